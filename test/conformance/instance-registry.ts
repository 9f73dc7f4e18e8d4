/** Requirements for every InstanceRegistry, in the words of its port. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceReport } from '../../src/engine/index.ts';
import type { InstanceRegistry } from '../../src/engine/ports.ts';

interface RegistryHarness {
  open(): Promise<{ readonly registry: InstanceRegistry; readonly close: () => Promise<void> }>;
}

function report(id: string, seenAt: number, changes: Partial<InstanceReport> = {}): InstanceReport {
  return {
    id,
    role: 'client-application',
    version: '0.1.0',
    startedAt: 1_790_000_000_000,
    seenAt,
    jobs: 3,
    chunksInFlight: 64,
    operationsPerSecond: 1_234.5,
    lags: [{ topic: 'application.operation.response', messages: 5 }],
    ...changes,
  };
}

export function testInstanceRegistry(name: string, harness: RegistryHarness): void {
  async function withRegistry(use: (registry: InstanceRegistry) => Promise<void>): Promise<void> {
    const { registry, close } = await harness.open();
    try {
      await use(registry);
    } finally {
      await close();
    }
  }

  async function read(registry: InstanceRegistry, seenFrom: number): Promise<readonly InstanceReport[]> {
    const reports = await registry.readInstances(seenFrom);
    return reports.toSorted((left, right) => `${left.role}/${left.id}`.localeCompare(`${right.role}/${right.id}`));
  }

  describe(`the InstanceRegistry conformance suite: ${name}`, () => {
    it('keeps the last report of each role and id, with all that it says', () =>
      withRegistry(async (registry) => {
        assert.deepEqual(await registry.readInstances(0), []);
        const a = report('a', 10);
        const b = report('b.$é/"', 12, { lags: [], operationsPerSecond: 0 });
        const server = report('a', 11, { role: 'server-application', jobs: 0 });
        for (const each of [report('a', 9, { jobs: 1 }), a, server, b]) await registry.reportInstance(each, 0);
        assert.deepEqual(await read(registry, 0), [a, b, server]);
      }));

    it('gives those that were seen since a time, and removes those seen before one', () =>
      withRegistry(async (registry) => {
        await registry.reportInstance(report('a', 10), 0);
        await registry.reportInstance(report('b', 20), 0);
        const idsFrom = async (seenFrom: number) => (await read(registry, seenFrom)).map(({ id }) => id);
        assert.deepEqual(await idsFrom(10), ['a', 'b']);
        assert.deepEqual(await idsFrom(11), ['b']);
        assert.deepEqual(await idsFrom(21), []);
        await registry.reportInstance(report('c', 30), 20);
        assert.deepEqual(await idsFrom(0), ['b', 'c']);
      }));

    it('takes reports of many instances at the same time, and of one', () =>
      withRegistry(async (registry) => {
        await Promise.all(Array.from({ length: 20 }, (_, index) => registry.reportInstance(report('one', index), 0)));
        await Promise.all(Array.from({ length: 20 }, (_, index) => registry.reportInstance(report(`${index}`, 5), 0)));
        assert.equal((await registry.readInstances(0)).length, 21);
      }));
  });
}
