import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RateMeter } from '../../../src/http/budgets/rate-meter.ts';

const limits = { bytesPerSecondMin: 100, windowMs: 60_000, slowBytesPerSecond: 1_000, graceMs: 5_000 };

/** How many seconds it takes until the client is cut off; undefined: it is not within an hour. */
function secondsUntilCut(meter: RateMeter, bytesOf: (second: number) => number, isClientsTurn = true) {
  for (let second = 1; second <= 3_600; second += 1) {
    if (!meter.note(bytesOf(second), 1_000, isClientsTurn)) return second;
  }
  return undefined;
}

suite('rates', () => {
  test('six bytes every 20 s end after the window', () => {
    assert.equal(
      secondsUntilCut(new RateMeter(limits), (second) => (second % 20 === 0 ? 6 : 0)),
      60,
    );
  });

  test('a slow mobile network lasts, also with a tunnel of 50 s each minute', () => {
    assert.equal(
      secondsUntilCut(new RateMeter(limits), () => 3_000),
      undefined,
    );
    assert.equal(
      secondsUntilCut(new RateMeter(limits), (second) => (second % 60 < 10 ? 3_000 : 0)),
      undefined,
    );
  });

  test('a client that waits for the server is not slow', () => {
    const meter = new RateMeter(limits);
    assert.equal(
      secondsUntilCut(meter, () => 0, false),
      undefined,
    );
    assert.equal(meter.isSlow, false);
  });

  test('one that has kept up begins anew', () => {
    const meter = new RateMeter(limits);
    meter.note(0, 59_000, true);
    meter.reset();
    assert.equal(meter.note(0, 59_000, true), true);
    assert.equal(meter.note(0, 1_000, true), false);
  });

  test('others go first once a client was slow for a while', () => {
    const meter = new RateMeter(limits);
    meter.note(999, 4_999, true);
    assert.equal(meter.isSlow, false);
    meter.note(0, 1, true);
    assert.equal(meter.isSlow, true);
    meter.note(10_000, 1_000, true);
    assert.equal(meter.isSlow, false);
  });

  test('a minimum of 0 cuts nobody off', () => {
    assert.equal(
      secondsUntilCut(new RateMeter({ ...limits, bytesPerSecondMin: 0 }), () => 0),
      undefined,
    );
  });
});
