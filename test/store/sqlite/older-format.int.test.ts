import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreError, type JobFilter, type JobStore } from '../../../src/engine/index.ts';
import {
  decodeLines,
  defaultTenant,
  isVisible,
  toTotalsFields,
  unknownEngine,
  visibleJobStates,
  type ColumnTotals,
} from '../../../src/jobs/index.ts';
import { createSqliteSource } from '../../../src/store/sqlite/index.ts';
import { format4Jobs, writeFormat4 } from './format-4.ts';
import { writeFormat1, type Format1Job } from './format-1.ts';
import { makeRecord, newJob, sealOf } from './samples.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

describe('a database of the first format', () => {
  it('is brought to the present one with all that it holds; who evaluated it is not known', () =>
    withFolder(async (directory) => {
      writeFormat1(directory);
      await withStore(directory, async (store) => {
        const { total, jobs } = await store.listJobs(0, 10);
        assert.equal(total, 4);
        const enginesOf = Object.fromEntries(jobs.map(({ id, fold }) => [id, fold.engines]));
        const expected: Record<Format1Job, readonly string[]> = {
          completed: [unknownEngine],
          inProgress: [unknownEngine],
          untouched: [],
          cancelled: [],
        };
        assert.deepEqual(enginesOf, expected);
        const completed = await store.readOutcomes('completed', 1, 4, 10);
        assert.deepEqual(
          completed.map(({ outcomes: { engine, text } }) => [engine, decodeLines(text)]),
          [
            [unknownEngine, ['2', '4']],
            [unknownEngine, ['6', '!EMPTY 1 1 The line is empty.']],
          ],
        );
        // No sum knows their errors, and only the text of a chunk has them.
        assert.deepEqual(
          completed.map(({ outcomes: { errors } }) => errors),
          [undefined, { EMPTY: 1 }],
        );
        assert.deepEqual(jobs.find(({ id }) => id === 'completed')?.fold.errors, {});
        assert.deepEqual((await store.sumCounts('completed', 1)).errors, {});
        for (const { outcomes } of await store.readSlices('cancelled', 1, 4, 10)) {
          assert.equal(outcomes?.engine, undefined);
          assert.equal(outcomes?.cancelled, 2);
        }
        assert.deepEqual((await store.sumCounts('cancelled', 1)).engines, []);
      });
    }));

  it('goes on with its jobs, which then name both engines', () =>
    withFolder(async (directory) => {
      writeFormat1(directory);
      await withStore(directory, async (store) => {
        assert.deepEqual((await store.sumCounts('inProgress', 3)).engines, [unknownEngine]);
        const [open] = await store.readOpenChunks('inProgress', 1, 10);
        assert.equal(open?.firstLine, 5);
        assert.deepEqual(await store.recordOutcomes([makeRecord('inProgress', open)]), ['recorded']);
        assert.deepEqual((await store.sumCounts('inProgress', 3)).engines, ['3', unknownEngine]);
        assert.deepEqual(
          (await store.readCounts('inProgress', 1, 10)).map(({ engine }) => engine),
          [unknownEngine, unknownEngine, '3'],
        );
      });
      // Twice: the second start finds the present format.
      await withStore(directory, async (store) => {
        assert.deepEqual((await store.sumCounts('inProgress', 3)).engines, ['3', unknownEngine]);
      });
    }));

  it('is left as it is by whoever only reads', () =>
    withFolder(async (directory) => {
      writeFormat1(directory);
      const source = createSqliteSource({ directory });
      await assert.rejects(
        source.start(),
        (error) => error instanceof StoreError && /older Mathmill \(format 1, this one reads 5\)/.test(error.message),
      );
      await withStore(directory, async () => {});
      await source.start();
      assert.equal((await source.listJobs(0, 10)).total, 4);
      await source.stop();
    }));
});

/** Jobs of an older database, which are of the default tenant; and that none are of another one. */
async function assertDefault(store: JobStore, filter: JobFilter, ids: readonly string[]): Promise<void> {
  for (const tenant of [defaultTenant, undefined, 'another']) {
    const wanted = tenant === 'another' ? [] : ids;
    const { total, jobs } = await store.listJobs(0, 10, { ...filter, tenant });
    assert.deepEqual([total, jobs.map(({ id }) => id)], [wanted.length, wanted.toReversed()]);
    assert.deepEqual(await store.findJobs({ ...filter, tenant }, 10), wanted);
    for (const job of jobs) assert.equal(job.tenant, defaultTenant);
  }
}

describe('the jobs of an older database', () => {
  for (const [format, write] of [
    [1, writeFormat1],
    [4, (directory: string) => writeFormat4(directory, '[]')],
  ] as const) {
    it(`are of the default tenant, by which they are listed and counted: format ${format}`, () =>
      withFolder(async (directory) => {
        write(directory);
        await withStore(directory, async (store) => {
          const all = (await store.listJobs(0, 10)).jobs.toReversed();
          assert.ok(all.length > 2);
          const idsOf = (jobs: typeof all) => jobs.map(({ id }) => id);
          await assertDefault(store, {}, idsOf(all));
          await assertDefault(store, { createdBefore: 1_000 }, idsOf(all));
          for (const state of visibleJobStates) {
            await assertDefault(store, { states: [state] }, idsOf(all.filter((job) => job.state === state)));
          }
          const [running] = all.filter(({ state }) => state === 'InProgress');
          assert.ok(running !== undefined);
          assert.equal(await store.deleteJob(running.id), true);
          await assertDefault(store, {}, idsOf(all.filter((job) => job !== running)));
        });
      }));
  }

  it('lie beside those of new tenants', () =>
    withFolder(async (directory) => {
      writeFormat4(directory, '[]');
      await withStore(directory, async (store) => {
        await store.createJob(newJob('z', { tenant: 'new' }));
        assert.equal(await store.sealJob('z', 'test', sealOf([])), true);
        assert.equal((await store.listJobs(0, 10, { tenant: 'new' })).total, 1);
        const old = format4Jobs.filter(([, state]) => isVisible(state)).map(([id]) => id);
        assert.deepEqual(await store.findJobs({ tenant: defaultTenant }, 10), old);
        assert.deepEqual(await store.findJobs({}, 10), [...old, 'z']);
        assert.deepEqual(await store.findJobs({ tenant: 'new', states: ['InProgress'] }, 10), ['z']);
      });
    }));

  it('keep the totals of their columns', () =>
    withFolder(async (directory) => {
      const columns: readonly ColumnTotals[] = [{ count: 9, sum: '7'.repeat(20_000), min: '1', max: '2' }];
      writeFormat4(directory, JSON.stringify(toTotalsFields(columns)));
      await withStore(directory, async (store) => {
        for (const [id] of format4Jobs) assert.deepEqual((await store.readJob(id))?.fold.columns, columns);
      });
    }));
});
