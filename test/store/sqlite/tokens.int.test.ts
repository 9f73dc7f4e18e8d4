/** Tokens in the store of a server, and those of a command next to it or alone. */
import assert from 'node:assert/strict';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { StoreError, type StoreErrorCode } from '../../../src/engine/index.ts';
import { createSqliteStore, createSqliteTokens, type SqliteTokens } from '../../../src/store/sqlite/index.ts';
import { newToken, testTokenStore } from '../../conformance/token-store.ts';
import { writeFormat4 } from './format-4.ts';
import { newJob } from './samples.ts';
import { makeFolder, openSqliteStore, withFolder, withStore } from './sqlite-folder.ts';

testTokenStore('sqlite', { open: openSqliteStore });

testTokenStore('sqlite, without a server', {
  async open() {
    const { directory, remove } = await makeFolder();
    let store = createSqliteTokens({ directory });
    await store.start();
    return {
      store,
      async reopen() {
        await store.stop();
        store = createSqliteTokens({ directory });
        await store.start();
        return store;
      },
      async close() {
        await store.stop();
        await remove();
      },
    };
  },
});

async function withTokens<Result>(directory: string, use: (tokens: SqliteTokens) => Promise<Result>): Promise<Result> {
  const tokens = createSqliteTokens({ directory });
  await tokens.start();
  try {
    return await use(tokens);
  } finally {
    await tokens.stop();
  }
}

function storeError(code: StoreErrorCode, sentence: RegExp) {
  return (error: unknown) => error instanceof StoreError && error.code === code && sentence.test(error.message);
}

describe('tokens next to a running server', () => {
  it('are seen by both immediately', () =>
    withFolder((directory) =>
      withStore(directory, (store) =>
        withTokens(directory, async (tokens) => {
          await store.insertToken(newToken('a'), 0);
          assert.equal((await tokens.readToken('a'))?.id, 'a');
          await tokens.insertToken(newToken('b', { createdAt: 1 }), 0);
          assert.deepEqual(
            (await store.listTokens('default', 10)).map(({ id }) => id),
            ['a', 'b'],
          );
          assert.equal(await tokens.revokeToken('a', 5), true);
          assert.equal((await store.readToken('a'))?.revokedAt, 5);
          assert.equal(await store.revokeToken('a', 6), false);
          await store.noteTokenUse('b', 7);
          assert.equal((await tokens.readToken('b'))?.usedAt, 7);
        }),
      ),
    ));

  it('are written between its own writes, and fail none of them', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) =>
        withTokens(directory, async (tokens) => {
          const numbers = Array.from({ length: 200 }, (_, index) => index);
          const jobs = numbers.map((number) => store.createJob(newJob(`job ${number}`)));
          for (const number of numbers) {
            await tokens.insertToken(newToken(`token ${number}`), 0);
            await store.readToken(`token ${number}`);
          }
          await Promise.all(jobs);
          assert.equal((await store.listTokens(undefined, 1_000)).length, numbers.length);
        }),
      );
      await withStore(directory, async (store) => {
        assert.equal((await store.listTokens(undefined, 1_000)).length, 200);
        assert.equal((await store.readJob('job 199'))?.id, 'job 199');
      });
    }));

  it('do not hold the folder: a server may start, stop and start again', () =>
    withFolder((directory) =>
      withTokens(directory, async (tokens) => {
        await tokens.insertToken(newToken('a'), 0);
        for (const name of ['b', 'c']) {
          await withStore(directory, async (store) => {
            assert.equal((await store.readToken('a'))?.id, 'a');
            await store.insertToken(newToken(name), 0);
          });
          assert.equal((await tokens.readToken(name))?.id, name);
        }
      }),
    ));

  it('are not touched where the server is of another version', () =>
    withFolder((directory) =>
      withStore(directory, async () => {
        const database = new DatabaseSync(join(directory, 'mathmill.db'));
        database.exec('PRAGMA user_version = 99');
        const tokens = createSqliteTokens({ directory });
        await assert.rejects(tokens.start(), storeError('failed', /newer Mathmill \(format 99/));
        await assert.rejects(tokens.readToken('a'), storeError('closed', /is stopped/));
        await tokens.stop();
        database.exec('PRAGMA user_version = 4');
        await assert.rejects(tokens.start(), storeError('failed', /older Mathmill \(format 4/));
        database.close();
      }),
    ));
});

describe('tokens without a server', () => {
  it('make the folder and its files, for their owner alone', { skip: process.platform === 'win32' }, () =>
    withFolder(async (directory) => {
      const nested = join(directory, 'a', 'b');
      const umask = process.umask(0);
      try {
        await withTokens(nested, async (tokens) => {
          await tokens.insertToken(newToken('a'), 0);
          const files = await readdir(nested);
          assert.deepEqual(files.sort(), ['lock.db', 'mathmill.db', 'mathmill.db-shm', 'mathmill.db-wal']);
          for (const path of files) assert.equal((await stat(join(nested, path))).mode & 0o777, 0o600, path);
          assert.equal((await stat(nested)).mode & 0o777, 0o700);
        });
      } finally {
        process.umask(umask);
      }
      assert.deepEqual((await readdir(nested)).sort(), ['lock.db', 'mathmill.db']);
      await withStore(nested, async (store) => {
        assert.equal((await store.readToken('a'))?.id, 'a');
        await store.createJob(newJob('job'));
      });
    }),
  );

  it('bring an older database to the present format', () =>
    withFolder(async (directory) => {
      writeFormat4(directory, '[]');
      await withTokens(directory, (tokens) => tokens.insertToken(newToken('a'), 0));
      await withStore(directory, async (store) => {
        assert.equal((await store.readToken('a'))?.id, 'a');
        assert.equal((await store.listJobs(0, 10)).total, 4);
      });
    }));

  it('leave the leases of jobs as they are', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.createJob(newJob('job', { leaseUntil: 1_000 })));
      await withTokens(directory, (tokens) => tokens.insertToken(newToken('a'), 0));
      const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
      assert.equal(database.prepare('SELECT lease_until FROM job').get()?.['lease_until'], 1_000);
      database.close();
    }));

  it('reject a folder that cannot be used, and stop any number of times', () =>
    withFolder(async (directory) => {
      await mkdir(join(directory, 'mathmill.db'));
      const tokens = createSqliteTokens({ directory });
      await tokens.stop();
      await assert.rejects(tokens.start(), StoreError);
      await tokens.stop();
      const others = createSqliteTokens({ directory: join(directory, 'other') });
      await others.start();
      await others.start();
      await others.stop();
      await others.stop();
      await assert.rejects(others.insertToken(newToken('a'), 0), storeError('closed', /is stopped/));
    }));

  it('are in the store of a server that was stopped', () =>
    withFolder(async (directory) => {
      const store = createSqliteStore({}, { directory });
      await store.start();
      await store.insertToken(newToken('a'), 0);
      await store.stop();
      await withTokens(directory, async (tokens) => assert.equal((await tokens.readToken('a'))?.id, 'a'));
    }));
});
