import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSqliteSource, createSqliteStore } from '../../../src/store/sqlite/index.ts';
import { makeChunk, newJob, sealOf } from './samples.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

describe('a data folder that is only read', () => {
  it('shows its jobs, keeps servers away, and is not changed', () =>
    withFolder(async (directory) => {
      const chunk = makeChunk('a', 1);
      await withStore(directory, async (store) => {
        await store.createJob(newJob('a', { leaseUntil: 9e15 }), { seal: sealOf([chunk]), chunks: [chunk] });
      });
      const file = join(directory, 'mathmill.db');
      const before = readFileSync(file);
      const source = createSqliteSource({ directory });
      await source.start();
      try {
        assert.equal((await source.listJobs(0, 10)).jobs[0]?.id, 'a');
        assert.equal((await source.readSlices('a', 1, 4, 10)).length, 1);
        await assert.rejects(createSqliteStore({}, { directory }).start(), /is in use by another Mathmill/);
      } finally {
        await source.stop();
      }
      assert.deepEqual(readFileSync(file), before);
      await withStore(directory, async (store) => assert.equal((await store.listJobs(0, 10)).total, 1));
    }));

  it('is refused while a server works on it, and where there is none', () =>
    withFolder(async (directory) => {
      await assert.rejects(createSqliteSource({ directory }).start(), /no Mathmill data in the directory/);
      assert.deepEqual(readdirSync(directory), []);
      await withStore(directory, async () => {
        await assert.rejects(createSqliteSource({ directory }).start(), /is in use by another Mathmill/);
      });
    }));
});
