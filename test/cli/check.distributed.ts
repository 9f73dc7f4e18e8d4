/** `mathmill check`, and what programs say of the store of a newer one, on both kinds of store. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createStore, useMongoServer, withDb } from '../store/mongo/harness.ts';
import { withStore } from '../store/sqlite/sqlite-folder.ts';
import { createFolder, runMathmill, type Ended } from './mathmill.ts';
import { jobId, makeSamples } from './migrate-jobs.ts';

const mongo = useMongoServer();

async function makeDatabase(): Promise<string> {
  const uri = mongo.newUri();
  const store = createStore(uri);
  await store.start();
  try {
    await makeSamples(store);
  } finally {
    await store.stop();
  }
  return uri;
}

function checkDatabase(uri: string, ...args: string[]): Promise<Ended> {
  return runMathmill(['check', ...args], { environment: { MONGODB_URI: uri } });
}

describe('mathmill check', () => {
  it('counts the jobs of the store of a cluster, and changes none', async () => {
    const uri = await makeDatabase();
    const first = await checkDatabase(uri);
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.equal(first.stdout, '8 jobs: 5 complete, 3 in progress, none incomplete\n');
    const second = await checkDatabase(uri, '--json');
    assert.deepEqual(JSON.parse(second.stdout), { complete: 5, unfinished: 3, incomplete: 0 });
  });

  it('names each job of a cluster that is not whole, and ends with 1', async () => {
    const uri = await makeDatabase();
    await withDb(uri, async (db) => {
      const keys = (job: number, line: number) => ({ _id: `${jobId(job)}:${String(line).padStart(10, '0')}` });
      await db.collection<{ _id: string }>('chunks').deleteOne(keys(4, 41));
      await db.collection<{ _id: string }>('outcomes').deleteOne(keys(2, 4));
    });
    const ended = await checkDatabase(uri);
    assert.equal(ended.code, 1);
    assert.equal(ended.stdout, '8 jobs: 4 complete, 2 in progress, 2 incomplete, see above\n');
    assert.equal(
      ended.stderr,
      `mathmill: job ${jobId(4)}: the line 41 is missing\n` +
        `mathmill: job ${jobId(2)}: the outcomes from line 4 on are missing\n`,
    );
  });

  it('checks a standalone data folder in the same way', async (test) => {
    const folder = await createFolder(test);
    await withStore(folder, makeSamples);
    const sound = await runMathmill(['check', '--data-dir', folder]);
    assert.deepEqual(
      [sound.code, sound.stdout, sound.stderr],
      [0, '8 jobs: 5 complete, 3 in progress, none incomplete\n', ''],
    );
    {
      using database = new DatabaseSync(join(folder, 'mathmill.db'));
      database.exec('DELETE FROM outcome WHERE key = (SELECT max(key) FROM outcome)');
    }
    const damaged = await runMathmill(['check', '--data-dir', folder]);
    assert.equal(damaged.code, 1, damaged.stderr);
    assert.match(damaged.stdout, / 1 incomplete, see above\n$/);
    assert.match(damaged.stderr, /^mathmill: job \S+: the outcomes from line 1 on are missing\n$/);
  });

  it('refuses a store that it cannot read', async (test) => {
    const folder = await createFolder(test);
    const nothing = await runMathmill(['check', '--data-dir', join(folder, 'nothing')]);
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /^mathmill: no Mathmill data in the directory /);
    const both = await runMathmill(['check', '--data-dir', folder, '--mongodb-uri', 'mongodb://127.0.0.1/x']);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /cannot be used with option/);
  });
});

describe('the store of a newer Mathmill', () => {
  const clientApplication = fileURLToPath(new URL('../../src/client-application.ts', import.meta.url));

  async function runClientApplication(uri: string): Promise<{ code: number; stderr: string }> {
    const child = spawn(process.execPath, [clientApplication], {
      // No broker listens there, and none is asked: the store comes first.
      env: { PATH: process.env['PATH'] ?? '', MONGODB_URI: uri, KAFKA_URI: '127.0.0.1:1', HTTP_PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [[code], stderr] = await Promise.all([once(child, 'close') as Promise<[number]>, text(child.stderr)]);
    return { code, stderr };
  }

  it('is refused by a client-application with one message', async () => {
    const uri = mongo.newUri();
    await withDb(uri, (db) =>
      db.collection<{ _id: string; version: number }>('metadata').insertOne({ _id: 'format', version: 2 }),
    );
    const { code, stderr } = await runClientApplication(uri);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^client-application: the database \S+ at \S+ was written by a newer Mathmill \(format 2, this one knows 1\); start that version, or name another database in MONGODB_URI\n$/,
    );
  });

  it('is refused by a standalone server with one message', async (test) => {
    const folder = await mkdtemp(join(await createFolder(test), 'newer-'));
    await withStore(folder, async () => {});
    {
      using database = new DatabaseSync(join(folder, 'mathmill.db'));
      database.exec('PRAGMA user_version = 1000');
    }
    const ended = await runMathmill(['serve', '--data-dir', folder, '--port', '0']);
    assert.equal(ended.code, 2);
    assert.match(
      ended.stderr,
      /^mathmill: cannot start: \S+mathmill\.db was written by a newer Mathmill \(format 1000, this one knows \d+\); start that version, or set --data-dir to another folder\n$/,
    );
  });
});
