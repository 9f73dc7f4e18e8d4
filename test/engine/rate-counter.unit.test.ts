import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRateCounter } from '../../src/engine/rate-counter.ts';

describe('the rate counter', () => {
  it('gives the mean of the last five whole seconds, without the one that has begun', () => {
    const rate = createRateCounter();
    for (let second = 0; second < 10; second += 1) rate.add(100 * second, 1_000 * second + 500);
    assert.equal(rate.read(10_000), (500 + 600 + 700 + 800 + 900) / 5);
    assert.equal(rate.read(9_999), (400 + 500 + 600 + 700 + 800) / 5);
  });

  it('gives nothing once nothing happens any more, however long ago the last event was', () => {
    const rate = createRateCounter();
    rate.add(1_000, 1_500);
    assert.equal(rate.read(2_000), 200);
    assert.equal(rate.read(6_999), 200);
    assert.equal(rate.read(7_000), 0);
    assert.equal(rate.read(86_400_000), 0);
  });

  it('forgets what lies in the future of a clock that was set back', () => {
    const rate = createRateCounter();
    rate.add(1_000, 100_000_000);
    assert.equal(rate.read(5_000), 0);
    rate.add(10, 4_000);
    assert.equal(rate.read(5_000), 2);
  });
});
