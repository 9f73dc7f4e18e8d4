import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Delivery, type Task } from '../../../src/bus/kafka/delivery.ts';
import { OffsetTracker } from '../../../src/bus/kafka/offset-tracker.ts';
import { createFakeTime } from '../../fake-time.ts';

function openDelivery(concurrency: number) {
  const time = createFakeTime();
  const tracker = new OffsetTracker();
  const failures: number[] = [];
  const delivery = new Delivery(
    { time, onRoom: () => void delivery.findRoom(), onRejected: (_error, _ticket, count) => failures.push(count) },
    concurrency,
  );
  let offset = 0n;
  function take(run: () => Promise<void>, fields: Partial<Task> = {}): void {
    const inFlight = tracker.admit(0, offset, 0);
    assert.ok(inFlight);
    offset += 1n;
    delivery.take({ inFlight, bytes: 1, needsSlot: true, run, ...fields });
  }
  function committable(): number | undefined {
    const [position] = tracker.positions();
    return position && Number(position.offset);
  }
  return { time, tracker, failures, delivery, take, committable };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('delivery', () => {
  it('has room for as many messages as it may run', async () => {
    const { delivery, take } = openDelivery(2);
    const release = Promise.withResolvers<void>();
    assert.ok(delivery.findRoom());
    take(() => release.promise);
    assert.ok(delivery.findRoom());
    take(() => release.promise);
    assert.equal(delivery.findRoom(), false);
    take(async () => undefined, { needsSlot: false });
    release.resolve();
    await settled();
    assert.ok(delivery.findRoom());
  });

  it('tries again with growing pauses up to 5 s, and holds no slot meanwhile', async () => {
    const { time, failures, delivery, take, committable } = openDelivery(1);
    const triedAt: number[] = [];
    let mayPass = false;
    take(async () => {
      triedAt.push(time.now());
      if (!mayPass) throw new Error('not now');
    });
    await settled();
    assert.ok(delivery.findRoom());
    take(async () => undefined);
    await settled();
    assert.equal(committable(), 0);
    await time.advance(40_000);
    const pauses = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    assert.deepEqual(pauses.slice(0, 8), [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    assert.deepEqual(failures.slice(0, 3), [1, 2, 3]);
    mayPass = true;
    await time.advance(5_000);
    assert.equal(committable(), 2);
  });

  it('takes no more while very many are parked, and goes on when they pass', async () => {
    const { time, delivery, take } = openDelivery(4);
    let mayPass = false;
    let taken = 0;
    while (delivery.findRoom()) {
      take(async () => {
        if (!mayPass) throw new Error('not now');
      });
      taken += 1;
      await settled();
    }
    assert.ok(taken > 1_000 && taken < 1_100, `${taken}`);
    mayPass = true;
    await time.advance(5_000);
    await settled();
    assert.ok(delivery.findRoom());
  });

  it('bounds the bytes in hand', async () => {
    const { delivery, take } = openDelivery(4);
    take(() => Promise.reject(new Error('not now')), { bytes: 65 * 1024 * 1024 });
    await settled();
    assert.equal(delivery.findRoom(), false);
  });

  it('drops a parked message whose partition went to another consumer', async () => {
    const { time, tracker, delivery, take } = openDelivery(1);
    let tries = 0;
    take(async () => {
      tries += 1;
      throw new Error('not now');
    });
    await settled();
    tracker.keepOnly(new Set([7]));
    await time.advance(60_000);
    assert.equal(tries, 1);
    assert.ok(delivery.findRoom());
  });

  it('waits at stop for what runs, and forgets what is parked', async () => {
    const { time, delivery, take } = openDelivery(2);
    let tries = 0;
    take(async () => {
      tries += 1;
      throw new Error('not now');
    });
    const release = Promise.withResolvers<void>();
    take(() => release.promise);
    await settled();
    let isStopped = false;
    const stopped = delivery.stop().then(() => (isStopped = true));
    assert.equal(delivery.findRoom(), false);
    await time.advance(10_000);
    assert.equal(isStopped, false);
    release.resolve();
    await stopped;
    assert.equal(tries, 1);
  });
});
