import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BusHealth } from '../../../src/bus/kafka/health.ts';
import { createFakeTime } from '../../fake-time.ts';

describe('bus health', () => {
  it('asks no more often than every five seconds while brokers answer', async () => {
    const time = createFakeTime();
    let probes = 0;
    const health = new BusHealth(time, async () => void (probes += 1));
    for (let second = 0; second < 20; second += 1) {
      assert.deepEqual(await health.findFaults(false), []);
      await time.advance(1_000);
    }
    assert.equal(probes, 4);
  });

  it('reports brokers that are silent for five seconds, and recovers at their first answer', async () => {
    const time = createFakeTime();
    let isUp = true;
    const health = new BusHealth(time, async () => {
      if (!isUp) throw new Error('connection refused');
    });
    await health.findFaults(false);
    isUp = false;
    await time.advance(5_000);
    assert.deepEqual(await health.findFaults(false), []);
    await time.advance(5_000);
    const [fault] = await health.findFaults(false);
    assert.match(fault ?? '', /no broker has responded for 5 s: connection refused/);
    isUp = true;
    assert.deepEqual(await health.findFaults(false), []);
  });

  it('reports sends that fail for five seconds until one succeeds, or nobody sends any more', async () => {
    const time = createFakeTime();
    const health = new BusHealth(time, async () => undefined);
    health.noteSendFailure(new Error('not enough replicas'), 'requests');
    assert.deepEqual(await health.findFaults(true), []);
    await time.advance(6_000);
    assert.match(
      (await health.findFaults(true))[0] ?? '',
      /no message could be sent for 6 s: topic requests: not enough replicas/,
    );
    health.noteSent();
    assert.deepEqual(await health.findFaults(true), []);
    health.noteSendFailure(new Error('not enough replicas'), 'requests');
    await time.advance(20_000);
    assert.deepEqual(await health.findFaults(false), []);
  });
});
