/** The format of a database: who writes it down, who raises it, and who must not touch what a newer program wrote. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreError } from '../../../src/engine/index.ts';
import { createClient, openDatabase, parseAddress } from '../../../src/store/mongo/database.ts';
import { prepareFormat, type Migration } from '../../../src/store/mongo/format.ts';
import { createStore, useMongoServer, withDb } from './harness.ts';
import { newJob } from './samples.ts';

const server = useMongoServer();

interface StoredFormat {
  readonly _id: string;
  readonly version: unknown;
}

function readFormats(uri: string): Promise<StoredFormat[]> {
  return withDb(uri, (db) => db.collection<StoredFormat>('metadata').find().toArray());
}

async function writeFormat(uri: string, version: unknown): Promise<void> {
  await withDb(uri, async (db) => {
    await db.collection<StoredFormat>('metadata').deleteMany({});
    await db.collection<StoredFormat>('metadata').insertOne({ _id: 'format', version });
  });
}

function collectionsOf(uri: string): Promise<string[]> {
  return withDb(uri, async (db) => (await db.listCollections().toArray()).map(({ name }) => name).sort());
}

/** As the instance of a version whose newest format is the last of these migrations. */
async function prepare(uri: string, migrations: readonly Migration[]): Promise<void> {
  const address = parseAddress(uri);
  const client = createClient(uri, address);
  try {
    await prepareFormat(openDatabase(client, address), 'the database', migrations);
  } finally {
    await client.close();
  }
}

async function expectRefusal(uri: string, code: string, sentence: RegExp): Promise<void> {
  const store = createStore(uri);
  try {
    await assert.rejects(store.start(), (error) => {
      assert.ok(error instanceof StoreError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
      return true;
    });
  } finally {
    await store.stop();
  }
}

describe('the format of a database', () => {
  it('is written down by the first start, also of three at the same time', async () => {
    const uri = server.newUri();
    const stores = [createStore(uri), createStore(uri), createStore(uri)];
    await Promise.all(stores.map((store) => store.start()));
    for (const store of stores) await store.stop();
    assert.deepEqual(await readFormats(uri), [{ _id: 'format', version: 1 }]);
  });

  it('is the first one where jobs are and nothing says it, as before there were formats', async () => {
    const uri = server.newUri();
    const [store, job] = [createStore(uri), newJob()];
    await store.start();
    await store.createJob(job);
    await store.stop();
    await withDb(uri, (db) => db.collection('metadata').deleteMany({}));
    await store.start();
    const found = await store.readJob(job.id);
    await store.stop();
    assert.equal(found?.id, job.id);
    assert.deepEqual(await readFormats(uri), [{ _id: 'format', version: 1 }]);
  });

  it('of a newer program is refused with one message, before anything is changed', async () => {
    const uri = server.newUri();
    await writeFormat(uri, 2);
    await expectRefusal(
      uri,
      'failed',
      /^the database mathmill-test-\S+ at 127\.0\.0\.1:[\d.:,]+ was written by a newer Mathmill \(format 2, this one knows 1\); start that version, or name another database in MONGODB_URI$/,
    );
    assert.deepEqual(await collectionsOf(uri), ['metadata']);
    assert.deepEqual(await readFormats(uri), [{ _id: 'format', version: 2 }]);
  });

  for (const version of ['2', 0, 1.5, null]) {
    it(`that reads ${JSON.stringify(version)} is refused: nobody knows what a program that wrote that meant`, async () => {
      const uri = server.newUri();
      await writeFormat(uri, version);
      await expectRefusal(
        uri,
        'corrupt',
        /does not say which format it has \(collection metadata, document "format"\)/,
      );
      assert.deepEqual(await collectionsOf(uri), ['metadata']);
    });
  }

  it('is raised one by one, each after its migration, by whoever comes first', async () => {
    const uri = server.newUri();
    const seen: { readonly next: number; readonly version: number }[] = [];
    const migrations: Migration[] = [2, 3].map((next) => async (database) => {
      const [format] = await database.collection<StoredFormat>('metadata').find().toArray();
      seen.push({ next, version: Number(format?.version) });
    });
    await Promise.all([prepare(uri, migrations), prepare(uri, migrations), prepare(uri, migrations)]);
    assert.deepEqual(await readFormats(uri), [{ _id: 'format', version: 3 }]);
    // A migration may run beside itself, even when another instance has just written that it is done; never before its turn.
    for (const { next, version } of seen) assert.ok(version >= next - 1);
    assert.deepEqual(new Set(seen.map(({ next }) => next)), new Set([2, 3]));

    seen.length = 0;
    await prepare(uri, migrations);
    assert.deepEqual(seen, []);
    await expectRefusal(uri, 'failed', /format 3, this one knows 1/);
    await assert.rejects(prepare(uri, migrations.slice(0, 1)), /format 3, this one knows 2/);
  });

  it('stays what it was when a migration fails, and the next start does it again', async () => {
    const uri = server.newUri();
    let runs = 0;
    const fragile: Migration = async () => {
      runs += 1;
      if (runs === 1) throw new Error('the disk is full');
    };
    await assert.rejects(prepare(uri, [fragile]), /the disk is full/);
    assert.deepEqual(await readFormats(uri), [{ _id: 'format', version: 1 }]);
    await prepare(uri, [fragile]);
    assert.deepEqual([runs, await readFormats(uri)], [2, [{ _id: 'format', version: 2 }]]);
  });
});
