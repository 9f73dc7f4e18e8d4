import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { noopLogger, StoreError, type Time } from '../../../src/engine/index.ts';
import { backoffMs, retryUntil } from '../../../src/store/mongo/retrying.ts';

/** A clock that jumps to the next timer as soon as nothing else is to be done. */
function createFakeTime(): { readonly time: Time; readonly waited: number[]; readonly now: () => number } {
  let now = 0;
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  const waited: number[] = [];
  function advance(): void {
    const next = timers.toSorted((left, right) => left.at - right.at).at(0);
    if (next === undefined) return;
    timers = timers.filter((timer) => timer !== next);
    now = next.at;
    next.action();
    setImmediate(advance);
  }
  const time: Time = {
    now: () => now,
    schedule(delayMs, action) {
      const timer = { at: now + delayMs, action };
      timers.push(timer);
      waited.push(delayMs);
      if (timers.length === 1) setImmediate(advance);
      return { cancel: () => void (timers = timers.filter((each) => each !== timer)) };
    },
  };
  return { time, waited, now: () => now };
}

const lost = new MongoNetworkError('connection 1 closed');

function failing(times: number, error: unknown = lost) {
  let calls = 0;
  const attempt = async (): Promise<string> => {
    calls += 1;
    if (calls <= times) throw error;
    return 'done';
  };
  return { calls: () => calls, attempt };
}

describe('a call of the database', () => {
  it('is tried again after twice the time, until it succeeds', async () => {
    const { time, waited } = createFakeTime();
    const call = failing(4);
    const answer = await retryUntil({ time, random: () => 1, logger: noopLogger }, 60_000, call.attempt);
    assert.equal(answer, 'done');
    assert.equal(call.calls(), 5);
    assert.deepEqual(waited, [60_000, 50, 100, 200, 400]);
  });

  it('waits any part of that time, so that those who failed together come back apart', () => {
    assert.equal(
      backoffMs(1, () => 0),
      0,
    );
    assert.equal(
      backoffMs(3, () => 0.5),
      100,
    );
    assert.equal(
      backoffMs(50, () => 1),
      1_000,
    );
  });

  it('fails as unavailable at its deadline, with the last fault', async () => {
    const fake = createFakeTime();
    const call = failing(Infinity);
    await assert.rejects(
      retryUntil({ time: fake.time, random: () => 1, logger: noopLogger }, 3_000, call.attempt),
      (error) =>
        error instanceof StoreError &&
        error.code === 'unavailable' &&
        error.retryable &&
        error.cause === lost &&
        /does not respond: connection 1 closed/.test(error.message),
    );
    assert.equal(fake.now(), 3_000);
    const calls = call.calls();
    assert.equal(calls, 7);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(call.calls(), calls, 'tried again after its deadline');
  });

  it('fails at its deadline although a try is still under way, and that one is not repeated', async () => {
    const { time } = createFakeTime();
    const hanging = Promise.withResolvers<string>();
    let calls = 0;
    const answer = retryUntil({ time, random: Math.random, logger: noopLogger }, 500, () => {
      calls += 1;
      return hanging.promise;
    });
    await assert.rejects(
      answer,
      (error) => error instanceof StoreError && /not respond within 0.5 s/.test(error.message),
    );
    hanging.reject(lost);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(calls, 1);
  });

  it('fails at once after a fault that stays', async () => {
    const { time } = createFakeTime();
    const call = failing(1, new MongoServerError({ code: 59, message: 'no such command' }));
    await assert.rejects(
      retryUntil({ time, random: Math.random, logger: noopLogger }, 500, call.attempt),
      (error) => error instanceof StoreError && error.code === 'failed' && !error.retryable,
    );
    assert.equal(call.calls(), 1);
  });

  it('leaves no timer behind', async () => {
    const { time, now } = createFakeTime();
    await retryUntil({ time, random: Math.random, logger: noopLogger }, 60_000, failing(2).attempt);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(now() < 1_000);
  });
});
