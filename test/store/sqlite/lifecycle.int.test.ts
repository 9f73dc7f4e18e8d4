import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noopLogger, StoreError, type StoreErrorCode } from '../../../src/engine/index.ts';
import { emptyFold } from '../../../src/jobs/index.ts';
import { createSqliteStore } from '../../../src/store/sqlite/index.ts';
import { makeChunk, makeRecord, newJob, sealOf } from './samples.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

const openingChild = fileURLToPath(new URL('./opening-child.ts', import.meta.url));

function storeError(code: StoreErrorCode, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  };
}

/** Starts a store on the folder in another process; lends what it said first, and the process. */
async function withChild(
  directory: string,
  use: (answer: string, child: ReturnType<typeof spawn>) => Promise<void>,
  options: { readonly uid?: number } = {},
): Promise<void> {
  const child = spawn(process.execPath, [openingChild, directory], { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  const exited = once(child, 'exit');
  try {
    const [answer] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    await use(answer.toString(), child);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

describe('the folder of a SQLite store', () => {
  it('is made when it is missing', () =>
    withFolder(async (directory) => {
      const nested = join(directory, 'a', 'b');
      await withStore(nested, (store) => store.checkHealth());
      assert.deepEqual((await readdir(nested)).sort(), ['lock.db', 'mathmill.db']);
    }));

  it('belongs to one store of a process', () =>
    withFolder(async (directory) => {
      await withStore(directory, async (store) => {
        const second = createSqliteStore({}, { directory });
        await assert.rejects(second.start(), storeError('unavailable', /mathmill-store-.* in use by another Mathmill/));
        await second.stop();
        await store.checkHealth();
      });
      await withStore(directory, (store) => store.checkHealth());
    }));

  it('belongs to one process, until it ends in whatever way', () =>
    withFolder((directory) =>
      withChild(directory, async (answer, child) => {
        assert.equal(answer, 'started\n');
        const store = createSqliteStore({}, { directory });
        await assert.rejects(
          store.start(),
          storeError('unavailable', /^DATA_DIR .*mathmill-store-.* in use by another Mathmill.*DATA_DIR/),
        );
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
        await store.start();
        await store.checkHealth();
        await withChild(directory, async (refusal) =>
          assert.match(refusal, /^unavailable DATA_DIR .* another Mathmill/),
        );
        await store.checkHealth();
        await store.stop();
      }),
    ));

  it('may not be a file', () =>
    withFolder(async (directory) => {
      const file = join(directory, 'file');
      await writeFile(file, 'text');
      for (const path of [file, join(file, 'below')]) {
        const store = createSqliteStore({}, { directory: path });
        await assert.rejects(store.start(), storeError('failed', /^DATA_DIR .*is a file; set DATA_DIR to a folder/));
      }
    }));

  it('must be writable', { skip: process.platform === 'win32' && 'Windows has no permission bits' }, () =>
    withFolder(async (directory) => {
      await chmod(directory, 0o755);
      const closed = join(directory, 'closed');
      await mkdir(closed, { mode: 0o555 });
      // Permissions do not bind root, so another user tries.
      const options = process.getuid?.() === 0 ? { uid: 65_534 } : {};
      await withChild(
        closed,
        async (answer) => assert.match(answer, /^failed DATA_DIR .*closed cannot be used: the user of this/),
        options,
      );
    }),
  );
});

describe('the data of a SQLite store', { skip: process.platform === 'win32' && 'no permission bits' }, () => {
  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

  for (const umask of [0o000, 0o022, 0o277]) {
    it(`is for its owner alone with the umask ${umask.toString(8)}`, () =>
      withFolder(async (directory) => {
        const nested = join(directory, 'a', 'b');
        const before = process.umask(umask);
        try {
          await withStore(nested, async (store) => {
            await store.createJob(newJob('a'));
            const files = await readdir(nested);
            for (const file of ['lock.db', 'mathmill.db', 'mathmill.db-shm', 'mathmill.db-wal']) {
              assert.ok(files.includes(file), file);
            }
            for (const file of files) assert.equal(await modeOf(join(nested, file)), '600', file);
          });
        } finally {
          process.umask(before);
        }
        for (const folder of [join(directory, 'a'), nested]) assert.equal(await modeOf(folder), '700');
      }));
  }

  it('stays as it is where others may reach it, with a warning that names it and the command', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.createJob(newJob('a')));
      const folder = join(directory, "the mill's");
      await rename(directory, `${directory}-moved`);
      await mkdir(directory);
      await rename(`${directory}-moved`, folder);
      const [database, lock] = [join(folder, 'mathmill.db'), join(folder, 'lock.db')];
      await chmod(database, 0o644);
      await chmod(lock, 0o604);
      const warnings: object[] = [];
      const logger = { ...noopLogger, warn: (fields: object) => void warnings.push(fields) };
      const store = createSqliteStore({ logger }, { directory: folder });
      await store.start();
      await store.stop();
      const [{ exposed, command } = {}] = warnings as { exposed?: string[]; command?: string }[];
      assert.deepEqual(
        exposed?.filter((path) => !/-(?:wal|shm)$/.test(path)),
        [database, lock],
      );
      assert.deepEqual([await modeOf(database), await modeOf(lock)], ['644', '604']);
      const shell = spawn('/bin/sh', ['-c', command ?? 'false'], { stdio: 'inherit' });
      assert.deepEqual(await once(shell, 'exit'), [0, null]);
      warnings.length = 0;
      await store.start();
      await store.stop();
      assert.deepEqual(warnings, []);
    }));
});

describe('the file of a SQLite store', () => {
  for (const [what, content] of [
    ['random bytes', Buffer.alloc(64 * 1024, 'not a database ')],
    ['a head with a damaged body', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(64 * 1024, 0xee)])],
  ] as const) {
    it(`is refused when it holds ${what}`, () =>
      withFolder(async (directory) => {
        await writeFile(join(directory, 'mathmill.db'), content);
        const store = createSqliteStore({}, { directory });
        await assert.rejects(
          store.start(),
          storeError('corrupt', /^DATA_DIR .*mathmill\.db is damaged.*restore it from a backup/),
        );
        await assert.rejects(store.readJob('x'), storeError('closed', /is stopped/));
        await store.stop();
      }));
  }

  it("is refused when it is another program's", () =>
    withFolder(async (directory) => {
      const other = new DatabaseSync(join(directory, 'mathmill.db'));
      other.exec('CREATE TABLE theirs(x)');
      other.close();
      const store = createSqliteStore({}, { directory });
      await assert.rejects(store.start(), storeError('failed', /belongs to another program/));
    }));

  it('is refused when a newer version wrote it, and left as it is', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.createJob(newJob('a')));
      const database = new DatabaseSync(join(directory, 'mathmill.db'));
      const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
      database.exec('PRAGMA user_version = 1000');
      const store = createSqliteStore({}, { directory });
      await assert.rejects(store.start(), storeError('failed', /a newer Mathmill \(format 1000, this one knows \d+\)/));
      database.exec(`PRAGMA user_version = ${String(version)}`);
      database.close();
      await withStore(directory, async (again) => assert.equal((await again.readJob('a'))?.id, 'a'));
    }));

  it('is whole and alone after a stop', () =>
    withFolder(async (directory) => {
      await withStore(directory, async (store) => {
        await store.createJob(newJob('a'));
        await store.appendChunks('a', [makeChunk('a', 1)]);
        assert.ok((await readdir(directory)).includes('mathmill.db-wal'));
      });
      assert.deepEqual((await readdir(directory)).sort(), ['lock.db', 'mathmill.db']);
    }));

  it('has the settings on which safety and speed rest', () =>
    withFolder(async (directory) => {
      await withStore(directory, (store) => store.checkHealth());
      const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
      const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
      assert.equal(pragma('journal_mode'), 'wal');
      assert.equal(pragma('page_size'), 8192);
      assert.equal(pragma('auto_vacuum'), 2);
      database.close();
    }));
});

describe('the life of a SQLite store', () => {
  it('stops before it was started, and starts again after a stop', () =>
    withFolder(async (directory) => {
      const store = createSqliteStore({}, { directory });
      await store.stop();
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([store.start(), store.start()]);
        await store.createJob(newJob(`job-${round}`));
        await Promise.all([store.stop(), store.stop()]);
      }
      await store.start();
      for (let round = 0; round < 3; round += 1) assert.ok((await store.readJob(`job-${round}`)) !== undefined);
      await store.stop();
    }));

  it('answers nothing before its start and after its stop', () =>
    withFolder(async (directory) => {
      const store = createSqliteStore({}, { directory });
      const assertClosed = async () => {
        const closed = storeError('closed', /is stopped/);
        await assert.rejects(store.readJob('a'), closed);
        await assert.rejects(store.createJob(newJob('a')), closed);
        await assert.rejects(store.appendChunks('a', []), closed);
        await assert.rejects(store.checkHealth(), closed);
      };
      await assertClosed();
      await store.start();
      await store.stop();
      await assertClosed();
    }));

  it('finishes what was asked before a stop, and refuses what comes after', () =>
    withFolder(async (directory) => {
      const store = createSqliteStore({}, { directory });
      await store.start();
      await store.createJob(newJob('a'));
      const chunks = Array.from({ length: 3_000 }, (_, index) => makeChunk('a', 1 + index * 4));
      const appends = chunks.map((chunk) => store.appendChunks('a', [chunk]));
      const stopped = store.stop();
      await Promise.all(appends);
      await stopped;
      await assert.rejects(store.appendChunks('a', chunks), storeError('closed', /is stopped/));
      await withStore(directory, async (again) => {
        assert.equal((await again.readOpenRanges('a', 1, 10_000)).length, 3_000);
      });
    }));

  it('ends the leases of the process before, and touches no other job', () =>
    withFolder(async (directory) => {
      const before = await withStore(directory, async (store) => {
        for (const id of ['receiving', 'in-progress', 'cancelling', 'completed']) {
          await store.createJob(newJob(id, { leaseUntil: 9e15 }));
          if (id === 'receiving') continue;
          await store.sealJob(id, 'test', { ...sealOf([]), leaseUntil: 9e15 });
        }
        await store.cancelJob('cancelling');
        await store.finishJob('completed', 'InProgress', {
          through: 0,
          fold: emptyFold,
          state: 'Completed',
          finishedAt: 5,
          expiresAt: undefined,
        });
        return store.readJob('completed');
      });
      await withStore(directory, async (store) => {
        const work = await store.findWork(1, 10);
        assert.deepEqual(work.map(({ id }) => id).sort(), ['cancelling', 'in-progress', 'receiving']);
        for (const { lease } of work) assert.deepEqual(lease, { owner: 'test', until: 0 });
        assert.deepEqual(await store.readJob('completed'), before);
        assert.equal((await store.claimJob('in-progress', 'next', 1, 2))?.takeovers, 1);
        assert.equal(await store.abortJob('receiving', undefined, 1), true);
      });
    }));

  it('keeps what was recorded when the same records come again after a restart', () =>
    withFolder(async (directory) => {
      const chunk = makeChunk('a', 1);
      await withStore(directory, async (store) => {
        await store.createJob(newJob('a'));
        await store.appendChunks('a', [chunk]);
        await store.recordOutcomes([makeRecord('a', chunk)]);
      });
      await withStore(directory, async (store) => {
        assert.deepEqual(await store.recordOutcomes([makeRecord('a', chunk)]), ['recorded']);
      });
    }));
});
