import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OffsetTracker, type InFlightMessage } from '../../../src/bus/kafka/offset-tracker.ts';

const partition = 3;

function admit(tracker: OffsetTracker, offset: number): InFlightMessage {
  const inFlight = tracker.admit(partition, BigInt(offset), 0);
  assert.ok(inFlight, `offset ${offset} is taken`);
  return inFlight;
}

function markOf(tracker: OffsetTracker): number | undefined {
  const [position] = tracker.positions();
  return position && Number(position.offset);
}

function commit(tracker: OffsetTracker): void {
  tracker.confirm(tracker.positions());
}

describe('offset tracker', () => {
  it('commits where it began, so that the group knows the partition, and then what is finished', () => {
    const tracker = new OffsetTracker();
    const first = admit(tracker, 10);
    const second = admit(tracker, 11);
    assert.equal(markOf(tracker), 10);
    commit(tracker);
    assert.equal(markOf(tracker), undefined);
    second.finish();
    assert.equal(markOf(tracker), undefined);
    first.finish();
    assert.equal(markOf(tracker), 12);
    commit(tracker);
    assert.equal(markOf(tracker), undefined);
  });

  it('passes over what is under way or finished here when a stream begins again', () => {
    const tracker = new OffsetTracker();
    const tickets = [5, 6, 7].map((offset) => admit(tracker, offset));
    tickets[1]?.finish();
    for (const offset of [5n, 6n, 7n]) assert.equal(tracker.admit(partition, offset, 0), undefined);
    admit(tracker, 8);
    for (const index of [0, 2]) tickets[index]?.finish();
    assert.equal(markOf(tracker), 8);
  });

  it('begins anew below what was committed', () => {
    const tracker = new OffsetTracker();
    const old = admit(tracker, 5);
    admit(tracker, 6).finish();
    commit(tracker);
    tracker.resume();
    const again = admit(tracker, 0);
    assert.equal(old.isCurrent, false);
    assert.equal(again.isCurrent, true);
    old.finish();
    assert.equal(markOf(tracker), 0);
    again.finish();
    assert.equal(markOf(tracker), 1);
    const later = admit(tracker, 5);
    assert.equal(later.isCurrent, true);
  });

  it('ignores the confirmation of a position from before it began anew', () => {
    const tracker = new OffsetTracker();
    admit(tracker, 100).finish();
    commit(tracker);
    admit(tracker, 101).finish();
    const positions = tracker.positions();
    admit(tracker, 0);
    tracker.confirm(positions);
    assert.equal(markOf(tracker), 0);
  });

  it('forgets partitions that belong to others', () => {
    const tracker = new OffsetTracker();
    const kept = tracker.admit(1, 0n, 0);
    const lost = tracker.admit(2, 0n, 0);
    tracker.keepOnly(new Set([1]));
    assert.equal(kept?.isCurrent, true);
    assert.equal(lost?.isCurrent, false);
    lost?.finish();
    assert.deepEqual(
      tracker.positions().map((position) => position.partition),
      [1],
    );
    assert.ok(tracker.admit(2, 0n, 0));
    tracker.clear();
    assert.deepEqual(tracker.positions(), []);
  });

  it('skips offsets that no message has', () => {
    const tracker = new OffsetTracker();
    admit(tracker, 3).finish();
    const later = admit(tracker, 900);
    assert.equal(markOf(tracker), 900);
    later.finish();
    assert.equal(markOf(tracker), 901);
  });

  it('never positions beyond an unfinished message, and finishes all, in any order and with any restarts', () => {
    const steps = fc.array(fc.oneof(fc.nat(1_000), fc.constant('commit' as const), fc.constant('restart' as const)));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), steps, (count, plan) => {
        const tracker = new OffsetTracker();
        const finished = new Set<number>();
        const underWay = new Map<number, InFlightMessage>();
        let committed = 0;
        let next = 0;
        function readOne(): void {
          if (next === count) return;
          const inFlight = tracker.admit(partition, BigInt(next), 0);
          if (inFlight !== undefined) {
            assert.ok(!finished.has(next) && !underWay.has(next), 'nothing is handled twice in one process');
            underWay.set(next, inFlight);
          }
          next += 1;
        }
        function finishOne(choice: number): void {
          const offset = [...underWay.keys()][choice % Math.max(1, underWay.size)];
          if (offset === undefined) return;
          underWay.get(offset)?.finish();
          underWay.delete(offset);
          finished.add(offset);
        }
        function commitAll(): void {
          const positions = tracker.positions();
          for (const { offset } of positions) {
            assert.ok(Number(offset) >= committed, 'a position never goes back');
            committed = Number(offset);
            for (let below = 0; below < committed; below += 1) assert.ok(finished.has(below), `${below} is finished`);
          }
          tracker.confirm(positions);
        }
        for (const step of plan) {
          if (step === 'commit') commitAll();
          else if (step === 'restart') {
            tracker.resume();
            next = committed;
          } else if (step % 2 === 0) readOne();
          else finishOne(step);
        }
        while (next < count) readOne();
        while (underWay.size > 0) finishOne(0);
        commitAll();
        assert.equal(committed, count);
        assert.equal(finished.size, count);
      }),
    );
  });
});
