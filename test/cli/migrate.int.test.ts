/** The messages of `mathmill migrate` without a cluster, and the copy between real data folders. */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { copyJobs } from '../../src/engine/index.ts';
import { withFolder, withStore } from '../store/sqlite/sqlite-folder.ts';
import { createFolder, runMathmill, startServer } from './mathmill.ts';
import { copiedIds, madeAt, makeSamples, pictureOf, picturesOf } from './migrate-jobs.ts';

/** Every row of a data folder, but for the leases, which no longer mean anything once their server has stopped. */
function dump(directory: string): unknown {
  const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
  try {
    database.exec('PRAGMA query_only = 1');
    const tables = ['chunk', 'chunk_text', 'outcome', 'outcome_text'];
    const jobs = database.prepare('SELECT * FROM job ORDER BY sequence').all();
    return [
      jobs.map(({ lease_until: _lease, work_at: _work, ...job }) => job),
      ...tables.map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY key`).all()),
    ];
  } finally {
    database.close();
  }
}

/** A port on which no server listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('copying a data folder', () => {
  it('gives the same jobs in another store, and changes no job in the folder', () =>
    withFolder(async (from) =>
      withFolder(async (to) => {
        await withStore(from, makeSamples);
        const before = dump(from);
        await withStore(from, async (source) =>
          withStore(to, async (target) => {
            const time = { now: () => madeAt + 3_600_000 };
            const events = await Array.fromAsync(copyJobs({ source, target, time }, { isDryRun: false }));
            const kinds = events.flatMap((event) => (event.kind === 'job' ? [event.verdict.kind] : []));
            assert.deepEqual(kinds, ['copied', 'copied', 'copied', 'copied', 'copied', 'expired', 'copied', 'copied']);
            const expected = await Promise.all(copiedIds.map((id) => pictureOf(source, id)));
            assert.deepEqual(await picturesOf(target), expected);
          }),
        );
        assert.deepEqual(dump(from), before);
      }),
    ));
});

describe('mathmill migrate', () => {
  it('refuses a folder without data, and makes none there', async (context) => {
    const folder = await createFolder(context);
    for (const directory of [folder, join(folder, 'missing')]) {
      const ended = await runMathmill(['migrate', '--data-dir', directory]);
      assert.equal(ended.code, 2);
      assert.equal(ended.stderr, `mathmill: cannot begin: no Mathmill data in the directory ${directory}\n`);
    }
    assert.deepEqual(await readdir(folder), []);
  });

  it('refuses the folder of a server that runs', async (context) => {
    const server = await startServer(context);
    const ended = await runMathmill(['migrate'], { environment: { DATA_DIR: server.dataDirectory } });
    assert.equal(ended.code, 2);
    assert.match(
      ended.stderr,
      /^mathmill: cannot begin: DATA_DIR .* is in use by another Mathmill server; stop that server/,
    );
    assert.equal(ended.stdout, '');
  });

  it('tells which store cannot be reached, without the password, and frees the folder', async (context) => {
    const folder = await createFolder(context);
    await withStore(folder, makeSamples);
    const uri = `mongodb://moving:geheim%2Fwort@127.0.0.1:${await closedPort()}/cluster?authSource=admin`;
    const ended = await runMathmill(['migrate'], { environment: { DATA_DIR: folder, MONGODB_URI: uri } });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /^mathmill: cannot begin: no MongoDB primary can be reached at 127\.0\.0\.1:\d+/);
    assert.doesNotMatch(ended.stderr, /geheim|moving/);
    await withStore(folder, async (store) => assert.equal((await store.listJobs(0, 1)).total, 8));
  });

  it('names the option or the variable that is wrong, without its value', async (context) => {
    const folder = await createFolder(context);
    const given = await runMathmill(['migrate', '--data-dir', folder, '--mongodb-uri', 'postgres://u:geheim@host/db']);
    assert.equal(given.code, 2);
    assert.match(given.stderr, /^mathmill: --mongodb-uri must be a connection string/);
    const set = await runMathmill(['migrate', '--data-dir', folder], {
      environment: { MONGODB_URI: 'mongo:geheim@host', HTTP_PORT: 'wrong, and not asked for' },
    });
    assert.match(set.stderr, /^mathmill: MONGODB_URI must be a connection string[^\n]*\n$/);
    assert.doesNotMatch(given.stderr + set.stderr, /geheim/);
    assert.equal(existsSync(join(folder, 'mathmill.db')), false);
  });
});
