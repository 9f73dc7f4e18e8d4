import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClusterView } from '../../src/engine/cluster-view.ts';
import { createInstanceReporter, createReportKeeper, noopLogger, type InstanceReport } from '../../src/engine/index.ts';
import type { InstanceRegistry } from '../../src/engine/ports.ts';
import { createFakeTime } from '../fake-time.ts';
import { testInstanceRegistry } from '../conformance/instance-registry.ts';

function createMemoryRegistry(): InstanceRegistry {
  const reports = new Map<string, InstanceReport>();
  return {
    async reportInstance(report, forgetBefore) {
      reports.set(`${report.role}/${report.id}`, report);
      for (const [key, { seenAt }] of reports) if (seenAt < forgetBefore) reports.delete(key);
    },
    readInstances: async (seenFrom) => Array.from(reports.values()).filter(({ seenAt }) => seenAt >= seenFrom),
  };
}

testInstanceRegistry('memory', { open: async () => ({ registry: createMemoryRegistry(), close: async () => {} }) });

const names = { storeKind: 'mongodb', busKind: 'kafka' } as const;

function describeInstance(id: string, changes: Partial<InstanceReport> = {}): InstanceReport {
  const load = { jobs: 0, chunksInFlight: 0, operationsPerSecond: 0, lags: [] };
  return { id, role: 'client-application', version: '1', startedAt: 0, seenAt: 0, ...load, ...changes };
}

describe('the view of a cluster', () => {
  it('has this instance as it is now, and the others as they reported, with the sum of their lags', async () => {
    const time = createFakeTime();
    const registry = createMemoryRegistry();
    const now = time.now();
    const lags = (messages: number) => [{ topic: 'responses', messages }];
    await registry.reportInstance(describeInstance('b', { seenAt: now - 59_000, lags: lags(2) }), 0);
    await registry.reportInstance(describeInstance('a', { seenAt: now, jobs: 1 }), 0);
    await registry.reportInstance(describeInstance('gone', { seenAt: now - 61_000, lags: lags(100) }), 0);
    const server = { role: 'server-application', seenAt: now, lags: [{ topic: 'requests', messages: 7 }] } as const;
    await registry.reportInstance(describeInstance('a', server), 0);
    const healthy = { checkHealth: async () => {} };
    const describeSelf = () => describeInstance('a', { seenAt: now, jobs: 5, lags: lags(1) });
    const dependencies = { store: healthy, bus: healthy, time, logger: noopLogger, registry, describeSelf };
    const view = await createClusterView(dependencies, names)();
    assert.deepEqual(
      view.instances.map(({ role, id, jobs }) => [role, id, jobs]),
      [
        ['client-application', 'a', 5],
        ['client-application', 'b', 0],
        ['server-application', 'a', 0],
      ],
    );
    assert.deepEqual(view.topics, [
      { topic: 'requests', messages: 7 },
      { topic: 'responses', messages: 3 },
    ]);
    assert.deepEqual(view.store, { kind: 'mongodb', status: 'UP' });
  });

  it('is there without a store that fails and a bus that never answers', async () => {
    const time = createFakeTime();
    const view = createClusterView(
      {
        store: { checkHealth: () => Promise.reject(new Error('away')) },
        bus: { checkHealth: () => new Promise(() => {}) },
        time,
        logger: noopLogger,
        registry: {
          reportInstance: async () => {},
          readInstances: () => Promise.reject(new Error('away')),
        },
        describeSelf: () => describeInstance('a'),
      },
      names,
    )();
    await time.advance(3_000);
    const { instances, store, bus } = await view;
    assert.deepEqual([instances.length, store.status, bus.status], [1, 'DOWN', 'DOWN']);
  });
});

describe('the reports of an instance', () => {
  it('are sent every 5 s, also after one that failed, and a stop does not wait for one on its way', async () => {
    const time = createFakeTime();
    const sent: InstanceReport[] = [];
    let mode: 'ok' | 'fails' | 'hangs' = 'ok';
    const reporter = createInstanceReporter({
      time,
      logger: noopLogger,
      describe: async () => describeInstance('a', { seenAt: time.now() }),
      async send(report) {
        sent.push(report);
        if (mode === 'fails') throw new Error('away');
        if (mode === 'hangs') await new Promise(() => {});
      },
    });
    await reporter.start();
    await time.advance(0);
    assert.equal(sent.length, 1);
    mode = 'fails';
    await time.advance(5_000);
    assert.equal(sent.length, 2);
    mode = 'hangs';
    await time.advance(5_000);
    assert.equal(sent.length, 3);
    await time.advance(60_000);
    assert.equal(sent.length, 3);
    await reporter.stop();
  });

  it('are kept with the time at which they came, unless they are old', async () => {
    const time = createFakeTime();
    const registry = createMemoryRegistry();
    const keep = createReportKeeper({ registry, time, logger: noopLogger });
    await keep(describeInstance('a', { seenAt: time.now() - 1_000 }));
    await keep(describeInstance('old', { seenAt: time.now() - 60_001 }));
    await keep(describeInstance('future', { seenAt: time.now() + 60_001 }));
    assert.deepEqual(await registry.readInstances(0), [describeInstance('a', { seenAt: time.now() })]);
    const away = { ...registry, reportInstance: () => Promise.reject(new Error('away')) };
    await createReportKeeper({ registry: away, time, logger: noopLogger })(describeInstance('b'));
  });
});
