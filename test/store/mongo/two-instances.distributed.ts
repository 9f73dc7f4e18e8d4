/** Two stores on one database, as two instances of an application have: an action that both try at the same time happens once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JobStore } from '../../../src/engine/index.ts';
import { createStore, useMongoServer, withDb } from './harness.ts';
import { foldOf, leaseUntil, makeChunks, makeRecord, newJob, newJobId, otherOwner, owner, sealOf } from './samples.ts';

const server = useMongoServer();
const chunks = makeChunks(6);
const rounds = 12;

describe('two stores on one database', () => {
  let uri = '';
  let left: JobStore;
  let right: JobStore;

  before(async () => {
    uri = server.newUri();
    left = createStore(uri);
    right = createStore(uri);
    // At the same time, on a database that is empty: both make the indexes.
    await Promise.all([left.start(), right.start()]);
  });

  after(async () => {
    await left.stop();
    await right.stop();
  });

  async function makeJob(isSealed = true): Promise<string> {
    const job = newJob();
    await left.createJob(job);
    await left.appendChunks(job.id, chunks);
    if (isSealed) assert.equal(await right.sealJob(job.id, owner, sealOf(chunks)), true);
    return job.id;
  }

  /** Lets both stores make the same call at once, several times each; the answers. */
  async function race<Answer>(call: (store: JobStore, contender: number) => Promise<Answer>): Promise<Answer[]> {
    return Promise.all([left, right, left, right, right, left].map((store, contender) => call(store, contender)));
  }

  const changes: Record<string, { isSealed: boolean; call: (store: JobStore, id: string) => Promise<boolean> }> = {
    seal: { isSealed: false, call: (store, id) => store.sealJob(id, owner, sealOf(chunks)) },
    abort: { isSealed: false, call: (store, id) => store.abortJob(id, owner, 0) },
    fold: { isSealed: true, call: (store, id) => store.foldJob(id, 0, foldOf(chunks.slice(0, 2))) },
    cancel: { isSealed: true, call: (store, id) => store.cancelJob(id) },
    delete: { isSealed: true, call: (store, id) => store.deleteJob(id) },
    finish: {
      isSealed: true,
      call: (store, id) => {
        const end = { state: 'Completed', finishedAt: 3_000, expiresAt: undefined } as const;
        return store.finishJob(id, 'InProgress', { through: 0, fold: foldOf(chunks), ...end });
      },
    },
  };
  for (const [name, { isSealed, call }] of Object.entries(changes)) {
    it(`${name}: one of them is told that it did it`, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const id = await makeJob(isSealed);
        const verdicts = await race((store) => call(store, id));
        assert.equal(verdicts.filter(Boolean).length, 1);
      }
    });
  }

  it('a lapsed lease goes to one of them, and counts one takeover', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const id = await makeJob();
      const claims = await race((store, contender) =>
        store.claimJob(id, `${otherOwner}-${contender}`, leaseUntil, leaseUntil + 9_999),
      );
      const winners = claims.flatMap((job) => job ?? []);
      assert.equal(winners.length, 1);
      assert.deepEqual(await right.readJob(id), winners[0]);
      assert.equal(winners[0]?.takeovers, 1);
    }
  });

  it('of different outcomes one is recorded, in whole batches at once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const id = await makeJob();
      const verdicts = await race((store, contender) => {
        const order = contender % 2 === 0 ? chunks : chunks.toReversed();
        return store.recordOutcomes(order.map((chunk) => makeRecord(id, chunk, ` by ${contender}`)));
      });
      const winners = verdicts.map((ofOne, contender) => (contender % 2 === 0 ? ofOne : ofOne.toReversed()));
      const stored = await left.readOutcomes(id, 1, 1_000, 100);
      assert.equal(stored.length, chunks.length);
      for (const [index, { outcomes }] of stored.entries()) {
        const recorded = winners.flatMap((ofOne, contender) => (ofOne[index] === 'recorded' ? [contender] : []));
        assert.equal(recorded.length, 1);
        assert.ok(Buffer.from(outcomes.text).includes(` by ${recorded[0]}\n`));
      }
    }
  });

  it('an idempotency key goes to one of them, and to the next once that one is deleted', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const idempotencyKey = `key ${round}`;
      for (let life = 0; life < 2; life += 1) {
        const jobs = Array.from({ length: 6 }, () => newJob({ idempotencyKey }));
        const verdicts = await race((store, contender) => store.createJob(jobs[contender] ?? newJob()));
        const created = jobs.filter((_, contender) => verdicts[contender]?.kind === 'created');
        assert.equal(created.length, 1);
        const winner = created[0]?.id ?? '';
        for (const verdict of verdicts) if (verdict.kind === 'exists') assert.equal(verdict.job.id, winner);
        for (const { id } of jobs) assert.equal((await left.readJob(id)) !== undefined, id === winner);
        assert.equal(await right.abortJob(winner, owner, 0), true);
      }
    }
  });

  it('both remove a deleted job, while its last outcomes arrive', async () => {
    const id = await makeJob();
    assert.equal(await left.deleteJob(id), true);
    const removal = async (store: JobStore) => {
      while ((await store.deleteSlice(id, 2)) === 'more');
    };
    await Promise.all([
      removal(left),
      removal(right),
      right.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk))),
    ]);
    assert.equal(await left.readJob(id), undefined);
    assert.deepEqual(await left.readOpenRanges(id, 0, 10), []);
  });

  it('a key that a crash left behind is free', async () => {
    const [removed, deleting] = [newJob({ idempotencyKey: 'left 1' }), newJob({ idempotencyKey: 'left 2' })];
    for (const job of [removed, deleting]) await left.createJob(job);
    await withDb(uri, async (db) => {
      const jobs = db.collection<{ _id: string }>('jobs');
      await jobs.deleteOne({ _id: removed.id });
      await jobs.updateOne({ _id: deleting.id }, { $set: { state: 'Deleting', workAt: -1 } });
    });
    for (const idempotencyKey of ['left 1', 'left 2']) {
      assert.deepEqual(await right.createJob(newJob({ idempotencyKey })), { kind: 'created' });
    }
    // The rest of the job that was being deleted does not take the key from its new owner.
    assert.equal(await left.deleteSlice(deleting.id, 10), 'done');
    assert.equal((await left.createJob(newJob({ idempotencyKey: 'left 2' }))).kind, 'exists');
  });

  it('chunks that lost their job are swept when they are old, and only then', async () => {
    const ids = { old: newJobId(Date.now() - 3_700_000), young: newJobId(), strange: 'no-time-in-it' };
    const neighbour = await makeJob();
    await withDb(uri, async (db) => {
      const [chunk, outcome] = [db.collection<{ _id: string }>('chunks'), db.collection<{ _id: string }>('outcomes')];
      for (const id of Object.values(ids)) {
        await chunk.insertMany([{ _id: `${id}:0000000001` }, { _id: `${id}:0000000005` }]);
        await outcome.insertMany([{ _id: `${id}:0000000001` }]);
      }
      assert.equal(await left.sweepOrphans(), 2);
      assert.equal(await right.sweepOrphans(), 0);
      const prefixes = new Set((await chunk.find().toArray()).map(({ _id }) => _id.slice(0, -11)));
      assert.equal(prefixes.has(ids.old), false);
      for (const id of [ids.young, ids.strange, neighbour]) assert.equal(prefixes.has(id), true);
    });
    assert.equal((await left.readOpenRanges(neighbour, 1, 100)).length, chunks.length);
  });

  it('a document that makes no sense is an error, and what it held is not shown', async () => {
    const id = await makeJob();
    await withDb(uri, (db) =>
      db.collection<{ _id: string }>('jobs').updateOne({ _id: id }, { $set: { operations: 'many' } }),
    );
    await assert.rejects(left.readJob(id), { name: 'StoreError', code: 'corrupt', retryable: false });
    await withDb(uri, (db) => db.collection<{ _id: string }>('jobs').deleteOne({ _id: id }));
  });
});
