/** How a store on MongoDB starts and stops, and what it says when it cannot. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { StoreError, type StoreErrorCode } from '../../../src/engine/index.ts';
import { createStore, realUri, useMongoServer, withDb } from './harness.ts';
import { makeChunks, newJob, newJobId } from './samples.ts';
import { startWireProxy } from './wire-proxy.ts';

const server = useMongoServer();
const needsOwnServer = realUri !== undefined && 'needs a server of its own';

function storeError(code: StoreErrorCode, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /s3cret/);
    return true;
  };
}

/** A port on which nothing listens. */
async function findClosedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

describe('a store on MongoDB that cannot start', () => {
  it('says which servers it cannot reach, in bounded time', async () => {
    const port = await findClosedPort();
    const store = createStore(`mongodb://user:s3cret@127.0.0.1:${port}/jobs`, { startDeadlineMs: 300 });
    const sentence = new RegExp(
      `no MongoDB primary can be reached at 127.0.0.1:${port}; is it running, and is MONGODB_URI`,
    );
    await assert.rejects(store.start(), storeError('unavailable', sentence));
    await assert.rejects(store.readJob('x'), storeError('closed', /is stopped/));
    await store.stop();
  });

  it('says so when a server takes the connection and is silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    silent.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.unref();
    });
    const { port } = silent.address() as AddressInfo;
    const store = createStore(`mongodb://127.0.0.1:${port}/jobs`, { startDeadlineMs: 300 });
    await assert.rejects(store.start(), storeError('unavailable', /no MongoDB primary can be reached/));
    silent.close();
  });

  it('says so when the set has no primary', { skip: needsOwnServer }, async () => {
    const uri = server.newUri().replace('replicaSet=rs0', 'replicaSet=another');
    const store = createStore(uri, { startDeadlineMs: 300 });
    await assert.rejects(store.start(), storeError('unavailable', /no MongoDB primary can be reached/));
  });

  for (const [code, codeName, sentence] of [
    [18, 'AuthenticationFailed', /rejected the credentials; check the user, the password and authSource/],
    [13, 'Unauthorized', /may not use this database; give it the role readWrite/],
  ] as const) {
    it(`says so at once when the server answers ${codeName}`, { skip: needsOwnServer }, async () => {
      const proxy = await startWireProxy(server.standIn?.port ?? 0);
      const reply = { ok: 0, code, codeName, errmsg: `${codeName}.` };
      proxy.plan(code === 18 ? 'saslStart' : 'createIndexes', { kind: 'refused', reply }, 100);
      const user = code === 18 ? 'user:s3cret@' : '';
      const store = createStore(`mongodb://${user}127.0.0.1:${proxy.port}/jobs?directConnection=true`);
      await assert.rejects(store.start(), storeError('failed', sentence));
      await proxy.close();
    });
  }

  for (const [command, passing, sentence] of [
    [
      'find',
      0,
      /does not support reads with the read concern "linearizable", which Mathmill needs \(not supported here\)/,
    ],
    ['find', 1, /does not support reads with the read concern "majority", which/],
    ['aggregate', 0, /does not support aggregations with \$match and \$group that name an index \(hint\), which/],
    ['delete', 0, /does not support writes with the write concern "majority" and journal/],
    ['findAndModify', 0, /does not support conditional changes that return the document \(findAndModify\), which/],
  ] as const) {
    it(`says what the server lacks: ${command} ${passing + 1}`, { skip: needsOwnServer }, async () => {
      const proxy = await startWireProxy(server.standIn?.port ?? 0);
      const reply = { ok: 0, code: 303, codeName: 'FeatureNotSupported', errmsg: 'not supported here' };
      proxy.plan(command, { kind: 'refused', reply }, 1, passing);
      const store = createStore(`mongodb://127.0.0.1:${proxy.port}/jobs?directConnection=true`);
      await assert.rejects(store.start(), storeError('failed', sentence));
      await proxy.close();
    });
  }

  it('waits for a set that is not initiated yet', { skip: needsOwnServer }, async () => {
    const proxy = await startWireProxy(server.standIn?.port ?? 0);
    // The driver's own command comes first, at its first connection to the server and at that of its checks.
    const reply = { ok: 1, isreplicaset: true, isWritablePrimary: false, minWireVersion: 0, maxWireVersion: 21 };
    const store = createStore(`mongodb://127.0.0.1:${proxy.port}/jobs?directConnection=true`, { startDeadlineMs: 300 });
    proxy.plan('hello', { kind: 'refused', reply }, 1_000);
    await assert.rejects(
      store.start(),
      storeError('unavailable', /no MongoDB primary can be reached.*rs\.initiate\(\)/),
    );
    await proxy.close();
  });

  it('starts when the server comes up in time', { skip: needsOwnServer }, async () => {
    await server.standIn?.stop();
    const store = createStore(server.newUri(), { startDeadlineMs: 60_000 });
    const started = store.start();
    await server.standIn?.start();
    await started;
    await store.checkHealth();
    await store.stop();
  });
});

describe('the life of a store on MongoDB', () => {
  it('stops before it was started, and starts again after a stop', async () => {
    const store = createStore(server.newUri());
    await store.stop();
    const jobs = [newJob(), newJob(), newJob()];
    for (const job of jobs) {
      await Promise.all([store.start(), store.start()]);
      await store.createJob(job);
      await Promise.all([store.stop(), store.stop()]);
    }
    await store.start();
    assert.equal((await store.listJobs(0, 10)).total, 0);
    for (const { id } of jobs) assert.ok((await store.readJob(id)) !== undefined);
    await store.stop();
  });

  it('answers nothing before its start and after its stop', async () => {
    const store = createStore(server.newUri());
    const assertClosed = async () => {
      const closed = storeError('closed', /is stopped/);
      await assert.rejects(store.readJob('a'), closed);
      await assert.rejects(store.createJob(newJob()), closed);
      await assert.rejects(store.appendChunks('a', []), closed);
      await assert.rejects(store.sweepOrphans(), closed);
      await assert.rejects(store.checkHealth(), closed);
    };
    await assertClosed();
    await store.start();
    await store.stop();
    await assertClosed();
  });

  it('finishes what was asked before a stop, and refuses what comes after', async () => {
    const uri = server.newUri();
    const store = createStore(uri, { deadlineMs: 120_000 });
    await store.start();
    const job = newJob();
    await store.createJob(job);
    const appends = makeChunks(300).map((chunk) => store.appendChunks(job.id, [chunk]));
    const stopped = store.stop();
    await Promise.all(appends);
    await stopped;
    const again = createStore(uri);
    await again.start();
    assert.equal((await again.readOpenRanges(job.id, 1, 1_000)).length, 300);
    await again.stop();
  });

  it('makes its indexes once, and uses the database that the URI names', async () => {
    const uri = server.newUri();
    const store = createStore(uri);
    await store.start();
    await store.stop();
    await store.start();
    await store.createJob(newJob({ id: newJobId() }));
    await store.stop();
    await withDb(uri, async (db) => {
      const namesOf = async (collection: string) => {
        const indexes = (await db.collection(collection).listIndexes().toArray()) as { name: string }[];
        return indexes.map(({ name }) => name).sort();
      };
      assert.deepEqual(await namesOf('jobs'), ['_id_', 'listing', 'listing-by-filter', 'listing-by-tenant', 'work']);
      assert.deepEqual(await namesOf('chunks'), ['_id_', 'ranges']);
      assert.deepEqual(await namesOf('outcomes'), ['_id_', 'counts-and-errors']);
      assert.deepEqual(await namesOf('tokens'), ['_id_', 'expiry', 'listing', 'revocation']);
      assert.equal(await db.collection('jobs').countDocuments(), 1);
    });
  });
});
