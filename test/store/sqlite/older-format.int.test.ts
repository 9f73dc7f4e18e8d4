import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreError } from '../../../src/engine/index.ts';
import { decodeLines, unknownEngine } from '../../../src/jobs/index.ts';
import { createSqliteSource } from '../../../src/store/sqlite/index.ts';
import { writeFormat1, type Format1Job } from './format-1.ts';
import { makeRecord } from './samples.ts';
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
        (error) => error instanceof StoreError && /older Mathmill \(format 1, this one reads 4\)/.test(error.message),
      );
      await withStore(directory, async () => {});
      await source.start();
      assert.equal((await source.listJobs(0, 10)).total, 4);
      await source.stop();
    }));
});
