import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActiveJob, Traffic } from '../../src/engine/active-job.ts';
import { emptyFold, type Chunk, type Job } from '../../src/jobs/index.ts';

const job: Job = {
  id: 'a',
  state: 'InProgress',
  name: undefined,
  mode: 'decimal',
  precision: 34,
  createdAt: 0,
  sealedAt: 0,
  finishedAt: undefined,
  expiresAt: undefined,
  operations: 100,
  chunks: 10,
  fold: emptyFold,
  lease: { owner: 'me', until: 1_000 },
  takeovers: 0,
  idempotencyKey: undefined,
  contentDigest: undefined,
};

/** Chunks of 10 lines, from the first on. */
function chunks(count: number, from = 0): Chunk[] {
  return Array.from({ length: count }, (_, index) => ({
    firstLine: 1 + (from + index) * 10,
    count: 10,
    text: new Uint8Array(),
    faults: [],
    customIds: undefined,
  }));
}

function openTraffic(inFlightChunksMax = 100): Traffic {
  return new Traffic({ windowChunks: 8, roundTripMs: 200, resendMs: 1_000, inFlightChunksMax });
}

describe('an active job', () => {
  it('counts what of it is in flight once, whatever is sent again, lands twice or is taken back', () => {
    const traffic = openTraffic();
    const active = new ActiveJob(job, [], traffic, 0);
    active.depart(chunks(3), 1, 0);
    active.depart(chunks(1), 2, 10);
    assert.equal(traffic.chunks, 3);
    active.land(1, 20);
    active.land(1, 30);
    active.land(91, 30);
    assert.equal(traffic.chunks, 2);
    active.rewind(chunks(2, 1));
    assert.equal(traffic.chunks, 0);
    active.depart(chunks(2), 1, 0);
    active.clear();
    assert.deepEqual([traffic.chunks, active.inFlightCount], [0, 0]);
  });

  it('reads on only when half of its window is free', () => {
    const active = new ActiveJob(job, [], openTraffic(), 0);
    assert.equal(active.room, 8);
    active.depart(chunks(5), 1, 0);
    assert.equal(active.room, 0);
    active.land(1, 1);
    assert.equal(active.room, 4);
  });

  it('may send one chunk when others have filled the bus, and none when they have filled it twice', () => {
    const traffic = openTraffic(4);
    const active = new ActiveJob(job, [], traffic, 0);
    new ActiveJob(job, [], traffic, 0).depart(chunks(4), 1, 0);
    assert.equal(active.room, 1);
    new ActiveJob(job, [], traffic, 0).depart(chunks(4), 1, 0);
    assert.equal(active.room, 0);
  });

  it('keeps the chunks that it is given only if they can be sent at once', () => {
    const small = new ActiveJob(job, chunks(8), openTraffic(), 0);
    assert.equal(small.takeAtHand(8)?.length, 8);
    assert.equal(small.takeAtHand(8), undefined, 'only once');
    assert.equal(new ActiveJob(job, chunks(9), openTraffic(), 0).takeAtHand(100), undefined);
  });

  it('reads what the bus did not take again', () => {
    const active = new ActiveJob(job, [], openTraffic(), 0);
    active.depart(chunks(4), 1, 0);
    active.moveCursor(chunks(4));
    active.isExhausted = true;
    active.rewind(chunks(2, 1));
    assert.deepEqual([active.cursor, active.isExhausted, active.inFlightLines], [11, false, [1, 31]]);
  });

  it('tells which chunks are overdue, and waits longer for those that were sent again', () => {
    const active = new ActiveJob(job, [], openTraffic(), 0);
    active.depart(chunks(1), 1, 0);
    active.depart(chunks(1, 1), 2, 0);
    assert.deepEqual(active.findOverdue(1_000), []);
    assert.deepEqual(active.findOverdue(1_001), [1]);
    assert.deepEqual(active.findOverdue(2_001), [1, 11]);
    assert.deepEqual([active.nextAttempt(1), active.nextAttempt(11), active.nextAttempt(21)], [2, 3, undefined]);
  });

  it('keeps the counts that it saw until they are folded', () => {
    const active = new ActiveJob(job, [], openTraffic(), 0);
    const outcomes = { succeeded: 9, failed: 1, cancelled: 0, cost: 5, text: new Uint8Array() };
    for (const firstLine of [1, 11]) active.learn({ jobId: 'a', firstLine, count: 10, outcomes });
    active.update({ ...job, fold: { ...emptyFold, through: 10 } });
    assert.deepEqual([...active.known.keys()], [11]);
    active.learn({ jobId: 'a', firstLine: 1, count: 10, outcomes });
    assert.deepEqual([...active.known.keys()], [11]);
  });
});
