import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { StoreError } from '../../../src/engine/index.ts';
import { tombstone, type Chunk } from '../../../src/jobs/index.ts';
import { createSqliteStore, type Commit } from '../../../src/store/sqlite/index.ts';
import { listQueries } from '../../../src/store/sqlite/job-list-reader.ts';
import { tokenQueries } from '../../../src/store/sqlite/token-reader.ts';
import { readQueries } from '../../../src/store/sqlite/store-reader.ts';
import { WriterClient } from '../../../src/store/sqlite/writer-client.ts';
import { makeChunk, makeRecord, newJob, sealOf } from './samples.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

const mebibyte = 1024 * 1024;

function withWatchedStore(use: (store: ReturnType<typeof createSqliteStore>, commits: Commit[]) => Promise<void>) {
  return withFolder((directory) => {
    const commits: Commit[] = [];
    return withStore(directory, (store) => use(store, commits), { onCommit: (commit) => commits.push(commit) });
  });
}

describe('the writer of a SQLite store', () => {
  it('commits what waits together', () =>
    withWatchedStore(async (store, commits) => {
      await store.createJob(newJob('a'));
      commits.length = 0;
      const chunks = Array.from({ length: 400 }, (_, index) => makeChunk('a', 1 + index * 4));
      await Promise.all(chunks.map((chunk) => store.appendChunks('a', [chunk])));
      assert.equal(
        commits.reduce((sum, { calls }) => sum + calls, 0),
        400,
      );
      assert.equal(
        commits.reduce((sum, { bytes }) => sum + bytes, 0),
        chunks.reduce((sum, { text }) => sum + text.length, 0),
      );
      assert.ok(commits.length <= 4, `${commits.length} commits for 400 calls at once`);
      for (const { calls, milliseconds } of commits) {
        assert.ok(calls <= 256);
        assert.ok(milliseconds > 0);
      }
    }));

  it('splits what is too much for one transaction', () =>
    withWatchedStore(async (store, commits) => {
      await store.createJob(newJob('a'));
      commits.length = 0;
      const chunks = Array.from({ length: 10 }, (_, index) => makeChunk('a', 1 + index, 1, 3 * mebibyte));
      await Promise.all(chunks.map((chunk) => store.appendChunks('a', [chunk])));
      assert.ok(commits.length >= 5);
      for (const { bytes } of commits) assert.ok(bytes <= 8 * mebibyte);
      const [huge] = [makeChunk('a', 11, 1, 40 * mebibyte)];
      await store.appendChunks('a', huge === undefined ? [] : [huge]);
      const [slice] = await store.readSlices('a', 11, 11, 1);
      assert.equal(slice?.chunk.text.length, 40 * mebibyte);
    }));

  it('lets no call fail its neighbours', () =>
    withWatchedStore(async (store) => {
      await store.createJob(newJob('a'));
      const chunks = Array.from({ length: 40 }, (_, index) => makeChunk('a', 1 + index * 4));
      await store.appendChunks('a', chunks);
      await store.sealJob('a', 'test', sealOf(chunks));
      const results = await Promise.allSettled(
        chunks.map((chunk, index) => {
          const record = makeRecord('a', chunk);
          // A cost that is no integer, and a line that no job can have: the table and the key refuse them.
          if (index === 7)
            return store.recordOutcomes([record, { ...record, outcomes: { ...record.outcomes, cost: 0.5 } }]);
          if (index === 20) return store.recordOutcomes([record, { ...record, firstLine: 2 ** 27 }]);
          if (index === 30)
            return store.recordOutcomes([
              { ...makeRecord('a', makeChunk('a', 121)), outcomes: { ...tombstone(4), cost: 0.5 } },
            ]);
          return store.recordOutcomes([record]);
        }),
      );
      for (const [index, result] of results.entries()) {
        if (index === 20 || index === 30) {
          assert.ok(result.status === 'rejected' && result.reason instanceof StoreError, `call ${index}`);
          assert.equal(result.reason.code, 'failed');
          assert.equal(result.reason.retryable, false);
        } else if (index === 7) {
          // The second record of the call is another one for the chunk; the table never sees it.
          assert.deepEqual(result, { status: 'fulfilled', value: ['recorded', 'duplicate'] });
        } else {
          assert.deepEqual(result, { status: 'fulfilled', value: ['recorded'] });
        }
      }
      // Of a refused call nothing is kept, not even what was good in it.
      const open = await store.readOpenRanges('a', 1, 100);
      assert.deepEqual(
        open.map(({ firstLine }) => firstLine),
        [81, 121],
      );
    }));

  it('can tell that a job is gone, and never has anything to sweep', () =>
    withWatchedStore(async (store) => {
      const chunks = [makeChunk('a', 1), makeChunk('a', 5)];
      const records = chunks.map((chunk) => makeRecord('a', chunk));
      assert.deepEqual(await store.recordOutcomes(records), ['gone', 'gone']);
      await store.createJob(newJob('a'));
      await store.appendChunks('a', chunks);
      await store.sealJob('a', 'test', sealOf(chunks));
      // The seal has counted the chunks: one that comes later is not the job's.
      await store.appendChunks('a', [makeChunk('a', 9)]);
      assert.equal((await store.readOpenRanges('a', 1, 10)).length, 2);
      assert.deepEqual(await store.recordOutcomes(records.slice(0, 1)), ['recorded']);
      await store.deleteJob('a');
      assert.deepEqual(await store.recordOutcomes(records), ['gone', 'gone']);
      await store.appendChunks('a', [makeChunk('a', 9)]);
      assert.equal((await store.readCounts('a', 1, 10)).length, 1);
      assert.equal(await store.deleteSlice('a', 10), 'done');
      assert.deepEqual(await store.recordOutcomes(records), ['gone', 'gone']);
      assert.equal(await store.sweepOrphans(), 0);
      // A job of the same id starts with nothing of the one before.
      await store.createJob(newJob('a'));
      assert.deepEqual(await store.readSlices('a', 1, 100, 10), []);
      assert.deepEqual(await store.readCounts('a', 0, 10), []);
    }));

  it('leaves the buffers of its callers alone', () =>
    withWatchedStore(async (store) => {
      const chunk = makeChunk('a', 1);
      const shared = new Uint8Array(chunk.text.length + 2_000).fill(0x7a);
      shared.set(chunk.text, 1_000);
      const text = shared.subarray(1_000, 1_000 + chunk.text.length);
      await store.createJob(newJob('a'));
      await store.appendChunks('a', [{ ...chunk, text }]);
      await store.recordOutcomes([makeRecord('a', { ...chunk, text })]);
      assert.equal(shared.length, chunk.text.length + 2_000);
      assert.deepEqual(text, chunk.text);
      text.fill(0);
      const [slice] = await store.readSlices('a', 1, 1, 1);
      assert.deepEqual(Buffer.from(slice?.chunk.text ?? []), Buffer.from(chunk.text));
      assert.deepEqual(Buffer.from(slice?.outcomes?.text ?? []), Buffer.from(chunk.text));
    }));

  it('takes no more than it can hold, and every call in the end', () =>
    withFolder(async (directory) => {
      const writer = await WriterClient.start({ file: join(directory, 'mathmill.db') }, () => {});
      await writer.execute('createJob', { job: newJob('a') });
      let copies = 0;
      const append = (index: number) =>
        writer.handOver('appendChunks', mebibyte, () => {
          copies += 1;
          const texts = new Uint8Array(mebibyte);
          const chunk = { firstLine: index + 1, count: 1, faults: null, customIds: null, bytes: mebibyte };
          return { params: { jobId: 'a', content: { chunks: [chunk], texts } }, transfer: [texts.buffer] };
        });
      const appends = Array.from({ length: 100 }, (_, index) => append(index));
      assert.equal(copies, 32);
      const afterAll = writer.execute('cancelJob', { jobId: 'a' });
      await Promise.all(appends);
      assert.equal(copies, 100);
      assert.equal(await afterAll, false);
      const small = Array.from({ length: 3_000 }, () => writer.execute('checkHealth', {}));
      await Promise.all(small);
      await writer.stop(() => {});
    }));

  it('that dies fails every call with the reason, and the store can be stopped and started again', () =>
    withFolder(async (directory) => {
      const store = createSqliteStore({}, { directory });
      const created = once(process, 'worker') as Promise<[Worker]>;
      await store.start();
      const [thread] = await created;
      await store.createJob(newJob('a'));
      const calls = Array.from({ length: 50 }, (_, index) => store.appendChunks('a', [makeChunk('a', 1 + index * 4)]));
      const settled = Promise.allSettled(calls);
      await thread.terminate();
      const failed = (error: unknown) => error instanceof StoreError && /writer thread .*restart/.test(error.message);
      for (const result of await settled) assert.ok(result.status === 'fulfilled' || failed(result.reason));
      await assert.rejects(store.checkHealth(), failed);
      await assert.rejects(store.createJob(newJob('b')), failed);
      assert.equal((await store.readJob('a'))?.id, 'a');
      await store.stop();
      await store.start();
      await store.checkHealth();
      await store.stop();
    }));

  it('gives the space of deleted jobs back when it is idle', () =>
    withFolder((directory) =>
      withStore(directory, async (store) => {
        const file = join(directory, 'mathmill.db');
        await store.createJob(newJob('a'));
        for (let index = 0; index < 48; index += 1) {
          await store.appendChunks('a', [makeChunk('a', 1 + index, 1, mebibyte)]);
        }
        await store.abortJob('a', 'test', 0);
        while ((await store.deleteSlice('a', 8)) === 'more');
        await becomesSmaller(file, 20 * mebibyte);
        const database = new DatabaseSync(file, { readOnly: true });
        assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
        database.close();
      }),
    ));

  it('gives back what the log took when it is idle', () =>
    withFolder((directory) =>
      withStore(directory, async (store) => {
        await store.createJob(newJob('a'));
        for (let index = 0; index < 12; index += 1) {
          await store.appendChunks('a', [makeChunk('a', 1 + index, 1, mebibyte)]);
        }
        await becomesSmaller(join(directory, 'mathmill.db-wal'), 4 * mebibyte + 1);
        assert.equal((await store.readOpenChunks('a', 1, 20)).length, 12);
      }),
    ));

  it('keeps empty lines, and the errors that they end with, in less than two bytes each', () =>
    withFolder(async (directory) => {
      const chunks = Array.from({ length: 500 }, (_, index): Chunk => {
        const text = new TextEncoder().encode('\n'.repeat(512));
        return { firstLine: 1 + 512 * index, count: 512, text, faults: [], customIds: undefined };
      });
      const text = new TextEncoder().encode('!EMPTY 1 1 The line is empty.\n'.repeat(512));
      const outcomes = { succeeded: 0, failed: 512, cancelled: 0, cost: 0, engine: '3', text };
      await withStore(directory, async (store) => {
        await store.createJob(newJob('a'));
        await store.appendChunks('a', chunks);
        const records = chunks.map(({ firstLine, count }) => ({ jobId: 'a', firstLine, count, outcomes }));
        await store.recordOutcomes(records);
      });
      const { size } = await stat(join(directory, 'mathmill.db'));
      // 160 KiB are the tables of a store without jobs.
      assert.ok(size - 160 * 1024 < 2 * 512 * chunks.length, `${size} bytes`);
    }));

  it('keeps its keys apart beyond 2^53', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.createJob(newJob('first')));
      const database = new DatabaseSync(join(directory, 'mathmill.db'));
      database.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'job'").run(2n ** 36n - 4n);
      database.close();
      await withStore(directory, async (store) => {
        const ids = ['a', 'b', 'c'];
        const last = 2 ** 27 - 4;
        for (const id of ids) {
          const chunks = [makeChunk(id, 1), makeChunk(id, 5), makeChunk(id, last)];
          await store.createJob(newJob(id));
          await store.appendChunks(id, chunks);
          await store.recordOutcomes([makeRecord(id, makeChunk(id, last))]);
        }
        for (const id of ids) {
          const open = await store.readOpenRanges(id, 0, 10);
          assert.deepEqual(
            open.map(({ firstLine }) => firstLine),
            [1, 5],
          );
          const [slice] = await store.readSlices(id, last + 2, last + 3, 10);
          assert.equal(slice?.chunk.firstLine, last);
          assert.deepEqual(Buffer.from(slice?.chunk.text ?? []), Buffer.from(makeChunk(id, last).text));
          assert.deepEqual(await store.locateOutcome(id, 'succeeded', 3), { firstLine: last, skip: 3 });
          assert.equal((await store.readCounts(id, 1, 10))[0]?.firstLine, last);
        }
        await store.abortJob('b', 'test', 0);
        assert.equal(await store.deleteSlice('b', 10), 'done');
        assert.equal((await store.readSlices('a', 1, last, 10)).length, 3);
        assert.equal((await store.readSlices('c', 1, last, 10)).length, 3);
      });
    }));
});

/** Resolves when the file is smaller than that. */
async function becomesSmaller(file: string, bytesMax: number): Promise<void> {
  const shrunk = new Promise<void>((resolve) => {
    watchFile(file, { interval: 25 }, ({ size }) => {
      if (size < bytesMax) resolve();
    });
  });
  try {
    if ((await stat(file)).size >= bytesMax) await shrunk;
  } finally {
    unwatchFile(file);
  }
}

describe('the questions of the reader', () => {
  const countingQueries = ['openRanges', 'isFinished', 'counts', 'sums', 'succeeded', 'failed', 'pending'] as const;

  it('are answered by searches, never by looking at every row', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.checkHealth());
      const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
      for (const [name, sql] of Object.entries({ ...readQueries, ...listQueries, ...tokenQueries })) {
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
        for (const { detail } of plan) {
          // A page of jobs walks the index of visible jobs in its order, and stops at its end.
          if (name === 'jobs' && detail === 'SCAN job USING INDEX job_listing') continue;
          // So does a page of tokens, of which there are no others.
          if (name === 'tokens' && detail === 'SCAN token USING INDEX token_listing') continue;
          // A slice of a list, which was found by a search.
          if (name.startsWith('slice') && /^SCAN \(subquery-\d+\)$/.test(String(detail))) continue;
          // The versions of the engine: a few, whatever the number of rows.
          if (name === 'sums' && detail === 'USE TEMP B-TREE FOR json_group_array(DISTINCT)') continue;
          // Errors: a few kinds of chunks as a rule, all of which lie in the range.
          if (name === 'errors' && detail === 'USE TEMP B-TREE FOR GROUP BY') continue;
          assert.doesNotMatch(String(detail), /^SCAN (?!CONSTANT ROW)|TEMP B-TREE/, name);
        }
      }
      database.close();
    }));

  it('that count never touch a text', () => {
    for (const name of countingQueries) assert.doesNotMatch(readQueries[name], /text/, name);
  });
});
