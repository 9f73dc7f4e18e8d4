/** Every call with its request lost, its answer lost, and a primary that steps down: it does its work, once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BSON } from 'mongodb';
import { StoreError, type JobStore } from '../../../src/engine/index.ts';
import { newToken } from '../../conformance/token-store.ts';
import { createStore, realUri, useMongoServer, withDatabase } from './harness.ts';
import { foldOf, leaseUntil, makeChunks, makeRecord, newJob, newJobId, otherOwner, owner, sealOf } from './samples.ts';
import { startWireProxy, type InjectedFault, type WireProxy } from './wire-proxy.ts';

const server = useMongoServer();
const chunks = makeChunks(3);

type Store = ReturnType<typeof createStore>;

/** The effect of a call, as its caller and the next reader see it. */
interface Trial {
  /** The command that has the fault. */
  readonly command: 'insert' | 'update' | 'delete' | 'findAndModify' | 'find' | 'aggregate';
  /** Commands of that name that pass before. Default: none. */
  readonly passing?: number;
  /** Brings the job to where the call starts, over a connection without faults. */
  readonly prepare: (store: Store, jobId: string) => Promise<unknown>;
  readonly call: (store: Store, jobId: string) => Promise<unknown>;
  readonly answer: unknown;
  readonly check?: (store: Store, jobId: string) => Promise<void>;
}

async function create(store: JobStore, id: string): Promise<void> {
  await store.createJob(newJob({ id, idempotencyKey: `key of ${id}` }));
  await store.appendChunks(id, chunks);
}

async function seal(store: JobStore, id: string): Promise<void> {
  await create(store, id);
  assert.equal(await store.sealJob(id, owner, sealOf(chunks)), true);
}

async function recordAll(store: JobStore, id: string) {
  return store.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk)));
}

/** Each health check takes its time, up to its deadline. */
async function untilHealthy(store: JobStore): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await store.checkHealth();
    } catch (error) {
      if (failures === 100) throw error;
    }
  }
}

async function expectState(store: JobStore, id: string, state: string | undefined): Promise<void> {
  assert.equal((await store.readJob(id))?.state, state);
}

/** The key is free, and so it is for another job. */
async function expectFreeKey(store: JobStore, id: string): Promise<void> {
  const successor = newJob({ idempotencyKey: `key of ${id}` });
  assert.deepEqual(await store.createJob(successor), { kind: 'created' });
}

const finish = {
  through: 0,
  fold: foldOf(chunks),
  state: 'Completed',
  finishedAt: 3_000,
  expiresAt: undefined,
} as const;

const trials: Record<string, Trial> = {
  'createJob with a key': {
    command: 'insert',
    prepare: async () => {},
    call: (store, id) => store.createJob(newJob({ id, idempotencyKey: `key of ${id}` })),
    answer: { kind: 'created' },
    async check(store, id) {
      const second = await store.createJob(newJob({ idempotencyKey: `key of ${id}` }));
      assert.equal(second.kind === 'exists' && second.job.id, id);
    },
  },
  'createJob with a key, when the key is taken': {
    command: 'insert',
    passing: 1,
    prepare: async () => {},
    call: (store, id) => store.createJob(newJob({ id, idempotencyKey: `key of ${id}` })),
    answer: { kind: 'created' },
    async check(store, id) {
      const second = await store.createJob(newJob({ idempotencyKey: `key of ${id}` }));
      assert.equal(second.kind === 'exists' && second.job.id, id);
    },
  },
  'createJob of a whole upload, when its job is inserted': {
    command: 'insert',
    passing: 1,
    prepare: async () => {},
    call: (store, id) => store.createJob(newJob({ id }), { seal: sealOf(chunks), chunks }),
    answer: { kind: 'created' },
    check: (store, id) => expectState(store, id, 'InProgress'),
  },
  'createJob of a whole upload': {
    command: 'insert',
    prepare: async () => {},
    call: (store, id) => store.createJob(newJob({ id }), { seal: sealOf(chunks), chunks }),
    answer: { kind: 'created' },
    async check(store, id) {
      await expectState(store, id, 'InProgress');
      assert.equal((await store.readOpenChunks(id, 1, 10)).length, chunks.length);
    },
  },
  appendChunks: {
    command: 'insert',
    prepare: create,
    call: (store, id) => store.appendChunks(id, makeChunks(5)),
    answer: undefined,
    async check(store, id) {
      assert.equal((await store.readOpenRanges(id, 1, 10)).length, 5);
    },
  },
  sealJob: {
    command: 'update',
    prepare: create,
    call: (store, id) => store.sealJob(id, owner, sealOf(chunks)),
    answer: true,
    check: (store, id) => expectState(store, id, 'InProgress'),
  },
  abortJob: {
    command: 'update',
    prepare: create,
    call: (store, id) => store.abortJob(id, owner, 0),
    answer: true,
    check: expectFreeKey,
  },
  'abortJob, when its key is freed': {
    command: 'delete',
    prepare: create,
    call: (store, id) => store.abortJob(id, owner, 0),
    answer: true,
    check: expectFreeKey,
  },
  'claimJob by its owner': {
    command: 'findAndModify',
    prepare: seal,
    call: async (store, id) => (await store.claimJob(id, owner, leaseUntil, leaseUntil + 9))?.lease,
    answer: { owner, until: leaseUntil + 9 },
    async check(store, id) {
      assert.equal((await store.readJob(id))?.takeovers, 0);
    },
  },
  'claimJob by another, when the job is taken': {
    command: 'findAndModify',
    passing: 1,
    prepare: seal,
    call: async (store, id) => (await store.claimJob(id, otherOwner, leaseUntil, leaseUntil + 9))?.lease,
    answer: { owner: otherOwner, until: leaseUntil + 9 },
    async check(store, id) {
      assert.equal((await store.readJob(id))?.takeovers, 1);
    },
  },
  releaseJob: {
    command: 'update',
    prepare: seal,
    call: (store, id) => store.releaseJob(id, owner),
    answer: undefined,
    async check(store, id) {
      assert.equal((await store.readJob(id))?.lease.until, 0);
    },
  },
  recordOutcomes: {
    command: 'insert',
    prepare: seal,
    call: recordAll,
    answer: ['recorded', 'recorded', 'recorded'],
    async check(store, id) {
      assert.equal((await store.sumCounts(id, 1)).succeeded, 12);
      const others = chunks.map((chunk) => makeRecord(id, chunk, ' other'));
      assert.deepEqual(await store.recordOutcomes(others), ['duplicate', 'duplicate', 'duplicate']);
    },
  },
  foldJob: {
    command: 'update',
    prepare: seal,
    call: (store, id) => store.foldJob(id, 0, foldOf(chunks.slice(0, 1))),
    answer: true,
  },
  finishJob: {
    command: 'update',
    prepare: seal,
    call: (store, id) => store.finishJob(id, 'InProgress', finish),
    answer: true,
    async check(store, id) {
      await expectState(store, id, 'Completed');
      assert.equal(await store.finishJob(id, 'InProgress', finish), false);
    },
  },
  cancelJob: {
    command: 'update',
    prepare: seal,
    call: (store, id) => store.cancelJob(id),
    answer: true,
    async check(store, id) {
      assert.equal(await store.cancelJob(id), false);
    },
  },
  deleteJob: {
    command: 'update',
    prepare: seal,
    call: (store, id) => store.deleteJob(id),
    answer: true,
    async check(store, id) {
      assert.equal(await store.deleteJob(id), false);
      await expectFreeKey(store, id);
    },
  },
  deleteSlice: {
    command: 'delete',
    async prepare(store, id) {
      await seal(store, id);
      await recordAll(store, id);
      await store.deleteJob(id);
    },
    call: (store, id) => store.deleteSlice(id, 10),
    answer: 'done',
    async check(store, id) {
      await expectState(store, id, undefined);
      assert.deepEqual(await store.readCounts(id, 0, 10), []);
    },
  },
  'deleteSlice, when the record is removed': {
    command: 'delete',
    passing: 3,
    async prepare(store, id) {
      await seal(store, id);
      await store.deleteJob(id);
    },
    call: (store, id) => store.deleteSlice(id, 10),
    answer: 'done',
    check: (store, id) => expectState(store, id, undefined),
  },
  insertToken: {
    command: 'insert',
    prepare: async () => {},
    call: (store, id) => store.insertToken(newToken(id), 0),
    answer: undefined,
    async check(store, id) {
      assert.equal((await store.readToken(id))?.id, id);
    },
  },
  'insertToken, when it removes others': {
    command: 'delete',
    prepare: (store, id) => store.insertToken(newToken(`old ${id}`, { expiresAt: 1 }), 0),
    call: (store, id) => store.insertToken(newToken(id), 2),
    answer: undefined,
    async check(store, id) {
      assert.equal(await store.readToken(`old ${id}`), undefined);
    },
  },
  revokeToken: {
    command: 'update',
    prepare: (store, id) => store.insertToken(newToken(id), 0),
    call: (store, id) => store.revokeToken(id, 5),
    answer: true,
    async check(store, id) {
      assert.equal((await store.readToken(id))?.revokedAt, 5);
      assert.equal(await store.revokeToken(id, 5), false);
    },
  },
  noteTokenUse: {
    command: 'update',
    prepare: (store, id) => store.insertToken(newToken(id), 0),
    call: (store, id) => store.noteTokenUse(id, 5),
    answer: undefined,
    async check(store, id) {
      assert.equal((await store.readToken(id))?.usedAt, 5);
    },
  },
  readOpenChunks: {
    command: 'find',
    prepare: seal,
    call: async (store, id) => (await store.readOpenChunks(id, 1, 10)).length,
    answer: 3,
  },
  sumCounts: {
    command: 'aggregate',
    async prepare(store, id) {
      await seal(store, id);
      await recordAll(store, id);
    },
    call: (store, id) => store.sumCounts(id, 5),
    answer: { succeeded: 8, failed: 0, cancelled: 0, cost: 8, errors: {}, engines: ['3'] },
  },
};

const steppedDown: InjectedFault = {
  kind: 'refused',
  reply: { ok: 0, code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'not primary' },
};

/** After one fault the driver itself repeats the command; three in a row outlast it. */
const faults: readonly [name: string, fault: InjectedFault, times: number][] = [
  ['the answer is lost', { kind: 'reply-lost' }, 1],
  ['the answer is lost three times', { kind: 'reply-lost' }, 3],
  ['the request is lost three times', { kind: 'request-lost' }, 3],
  ['the primary has stepped down', steppedDown, 3],
];

/** Carried out, but not known to a majority in time. */
const unknownWrite: InjectedFault = {
  kind: 'reply-replaced',
  reply: {
    ok: 1,
    n: 1,
    nModified: 1,
    writeConcernError: { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication timed out' },
  },
};

describe(
  'a store on MongoDB over a bad connection',
  { skip: realUri !== undefined && 'needs a server of its own' },
  () => {
    let proxy: WireProxy;
    let unreliable: Store;
    let reliable: Store;

    before(async () => {
      const uri = server.newDirectUri();
      proxy = await startWireProxy(server.standIn?.port ?? 0);
      reliable = createStore(uri);
      // The driver looks for a lost server again after half a second; here there is nothing to wait for.
      const proxied = `${uri.replace(/:\d+\//u, `:${proxy.port}/`)}&minHeartbeatFrequencyMS=20`;
      unreliable = createStore(proxied, { deadlineMs: 20_000 });
      await reliable.start();
      await unreliable.start();
    });

    after(async () => {
      await unreliable.stop();
      await reliable.stop();
      await proxy.close();
    });

    async function tryOut(
      { command, prepare, call, answer, check }: Trial,
      fault: InjectedFault,
      times: number,
    ): Promise<void> {
      const id = newJobId();
      await prepare(reliable, id);
      proxy.plan(command, fault, times);
      assert.deepEqual(await call(unreliable, id), answer);
      assert.equal(proxy.takeLeftPlans(), 0, 'not every fault has happened');
      await check?.(reliable, id);
    }

    for (const [name, trial] of Object.entries(trials)) {
      for (const [mishapName, fault, times] of faults) {
        it(`${name}: ${mishapName}`, () => tryOut(trial, fault, times));
      }
      if (trial.command !== 'update' && trial.command !== 'insert') continue;
      it(`${name}: it is not known whether a majority has the write`, () => tryOut(trial, unknownWrite, 2));
    }

    it('a new primary that does not know the newest job yet costs no chunk and no outcome', async () => {
      const id = newJobId();
      const nothingFound: InjectedFault = {
        kind: 'reply-replaced',
        reply: { ok: 1, cursor: { id: BSON.Long.fromNumber(0), ns: 'mathmill.jobs', firstBatch: [] } },
      };
      await create(reliable, id);
      proxy.plan('find', nothingFound, 1);
      await unreliable.appendChunks(id, makeChunks(5));
      assert.equal((await reliable.readOpenRanges(id, 1, 10)).length, 5);
      proxy.plan('find', nothingFound, 1);
      assert.deepEqual(await recordAll(unreliable, id), ['recorded', 'recorded', 'recorded']);
      assert.equal(proxy.takeLeftPlans(), 0);
    });

    it('of two that finish a job one is told so, although the answers are lost', async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = newJobId();
        await seal(reliable, id);
        proxy.plan('update', { kind: 'reply-lost' }, 3);
        const verdicts = await Promise.all([
          unreliable.finishJob(id, 'InProgress', finish),
          reliable.finishJob(id, 'InProgress', finish),
        ]);
        proxy.takeLeftPlans();
        assert.equal(verdicts.filter(Boolean).length, 1);
      }
    });

    it('of two evaluations one is recorded, although the answers are lost', async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = newJobId();
        await seal(reliable, id);
        proxy.plan('insert', { kind: 'reply-lost' }, 3);
        const verdicts = await Promise.all([
          unreliable.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk, ' of a'))),
          reliable.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk, ' of b'))),
        ]);
        proxy.takeLeftPlans();
        const stored = await reliable.readOutcomes(id, 1, 12, 10);
        for (const [index, { outcomes }] of stored.entries()) {
          const isOfA = Buffer.from(outcomes.text).includes(' of a');
          assert.deepEqual(
            verdicts.map((each) => each[index]),
            isOfA ? ['recorded', 'duplicate'] : ['duplicate', 'recorded'],
          );
        }
      }
    });

    it('connections that are reset under load cost nothing', async () => {
      const many = makeChunks(200);
      const id = newJobId();
      await unreliable.createJob(newJob({ id }));
      const appends = many.map((chunk) => unreliable.appendChunks(id, [chunk]));
      proxy.resetAll();
      await Promise.all(appends);
      assert.equal(await unreliable.sealJob(id, owner, sealOf(many)), true);
      const records = many.map(async (chunk, index) => {
        const answer = unreliable.recordOutcomes([makeRecord(id, chunk)]);
        if (index % 60 === 59) proxy.resetAll();
        return answer;
      });
      for (const verdicts of await Promise.all(records)) assert.deepEqual(verdicts, ['recorded']);
      assert.equal((await reliable.sumCounts(id, 1)).succeeded, 800);
      assert.deepEqual(await reliable.readOpenRanges(id, 1, 10), []);
    });

    it('a silent network ends in a clear error by the deadline, and what was asked is done or not', async () => {
      const hurried = createStore(withDatabase(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, 'silent'), {
        deadlineMs: 500,
      });
      await hurried.start();
      try {
        const id = newJobId();
        await seal(hurried, id);
        proxy.hold();
        const isUnavailable = (error: unknown) =>
          error instanceof StoreError &&
          error.code === 'unavailable' &&
          error.retryable &&
          !error.message.includes('key of');
        await assert.rejects(hurried.cancelJob(id), isUnavailable);
        await assert.rejects(hurried.checkHealth(), isUnavailable);
        proxy.release();
        await untilHealthy(hurried);
        await hurried.cancelJob(id);
        await expectState(hurried, id, 'Cancelling');
      } finally {
        proxy.release();
        await hurried.stop();
      }
    });
  },
);
