/**
 * Requirements for every JobStore, in the words of its port. A store runs them with `testJobStore`; each case opens a store of
 * its own. A store may skip a case by its name and with a reason.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type {
  JobFilter,
  JobPage,
  JobSeal,
  JobStore,
  NewJob,
  OutcomeFilter,
  OutcomeRecord,
} from '../../src/engine/index.ts';
import {
  chunkBytesMax,
  chunkLinesMax,
  columnsMax,
  defaultTenant,
  emptyFold,
  headBytesMax,
  joinErrors,
  noTotals,
  tombstone,
  visibleJobStates,
  type Chunk,
  type ChunkCounts,
  type ChunkOutcomes,
  type ColumnTotals,
  type ErrorCounts,
  type Fold,
  type Job,
  type JobState,
  type ListedJob,
  type Table,
  type Totals,
  type VisibleJobState,
} from '../../src/jobs/index.ts';

export interface OpenJobStore {
  /** Started, and without a job. */
  readonly store: JobStore;
  /** Stops the store, also when it was reopened, and removes its data. */
  readonly close: () => Promise<void>;
  /** Stops the store as a restart would, and starts one on the same data. A store that keeps nothing has none. */
  readonly reopen?: () => Promise<JobStore>;
}

export interface JobStoreHarness {
  open(): Promise<OpenJobStore>;
  /** Cases that this store cannot pass: name and reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

export function testJobStore(name: string, harness: JobStoreHarness): void {
  const skip = harness.skip ?? {};
  describe(`the JobStore conformance suite: ${name}`, () => {
    for (const skipped of Object.keys(skip)) assert.ok(skipped in cases, `there is no case "${skipped}" to skip`);
    for (const [caseName, run] of Object.entries(cases)) {
      it(caseName, { skip: skip[caseName] ?? false }, async () => {
        const open = await harness.open();
        try {
          await run(open);
        } finally {
          await open.close();
        }
      });
    }
  });
}

// ------------------------------------------------------------------------------------------------------------ samples

const owner = 'instance-a';
const otherOwner = 'instance-b';
const createdAt = 1_790_000_000_000;
const leaseUntil = createdAt + 15_000;
const encoder = new TextEncoder();

/** Ids that sort by their number, as UUIDv7 sort by the time of creation. */
function jobId(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** A UUIDv7 of this moment. */
function jobIdOfNow(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

function newJob(number: number, changes: Partial<NewJob> = {}): NewJob {
  return {
    id: jobId(number),
    tenant: defaultTenant,
    name: undefined,
    mode: 'decimal',
    precision: 34,
    createdAt: createdAt + number,
    owner,
    leaseUntil,
    idempotencyKey: undefined,
    ...changes,
  };
}

function makeChunk(firstLine: number, count: number, changes: Partial<Chunk> = {}): Chunk {
  const lines = Array.from({ length: count }, (_, index) => `${firstLine + index} + 1\n`);
  return { firstLine, count, text: encoder.encode(lines.join('')), faults: [], customIds: undefined, ...changes };
}

/** Chunks of these line counts, one after the other from line 1. */
function makeChunks(counts: readonly number[]): Chunk[] {
  let next = 1;
  return counts.map((count) => {
    const chunk = makeChunk(next, count);
    next += count;
    return chunk;
  });
}

function makeOutcomes(chunk: Pick<Chunk, 'firstLine' | 'count'>, failed = 0, mark = '', engine = '3'): ChunkOutcomes {
  const lines = Array.from({ length: chunk.count }, (_, index) =>
    index < failed ? `!SYNTAX 1 2 not a number${mark}\n` : `${chunk.firstLine + index + 1}${mark}\n`,
  );
  const text = encoder.encode(lines.join(''));
  const errors = failed === 0 ? {} : { errors: { SYNTAX: failed } };
  return { succeeded: chunk.count - failed, failed, ...errors, cancelled: 0, cost: 10 * chunk.count, engine, text };
}

function makeRecord(id: string, chunk: Pick<Chunk, 'firstLine' | 'count'>, outcomes?: ChunkOutcomes): OutcomeRecord {
  const { firstLine, count } = chunk;
  return { jobId: id, firstLine, count, outcomes: outcomes ?? makeOutcomes(chunk) };
}

function sealOf(chunks: readonly Chunk[], changes: Partial<JobSeal> = {}): JobSeal {
  return {
    operations: chunks.reduce((sum, { count }) => sum + count, 0),
    chunks: chunks.length,
    contentDigest: undefined,
    sealedAt: createdAt + 1_000,
    leaseUntil,
    ...changes,
  };
}

/** A job in state InProgress with these chunks. */
async function makeJob(store: JobStore, number: number, chunks: readonly Chunk[], changes: Partial<NewJob> = {}) {
  const job = newJob(number, changes);
  assert.equal((await store.createJob(job)).kind, 'created');
  await store.appendChunks(job.id, chunks);
  assert.equal(await store.sealJob(job.id, job.owner, sealOf(chunks)), true);
  return job.id;
}

/** A job in each visible state, in the order of `visibleJobStates`; all have one chunk. */
async function makeVisibleJobs(store: JobStore, changes: (number: number) => Partial<NewJob> = () => ({})) {
  const chunks = makeChunks([2]);
  const ids: string[] = [];
  for (const number of [1, 2, 3, 4]) ids.push(await makeJob(store, number, chunks, changes(number)));
  const [inProgress = '', cancelling = '', completed = '', cancelled = ''] = ids;
  assert.equal(await store.cancelJob(cancelling), true);
  await finish(store, completed, 2, 'InProgress', undefined);
  assert.equal(await store.cancelJob(cancelled), true);
  await finish(store, cancelled, 2, 'Cancelling', undefined);
  return { inProgress, cancelling, completed, cancelled };
}

async function finish(
  store: JobStore,
  id: string,
  operations: number,
  from: 'InProgress' | 'Cancelling',
  expiresAt: number | undefined,
): Promise<void> {
  const fold = { ...emptyFold, through: operations, succeeded: operations };
  assert.equal(await store.foldJob(id, 0, fold), true);
  const to = from === 'InProgress' ? 'Completed' : 'Cancelled';
  assert.equal(await finishJob(store, id, from, to, createdAt + 5_000, expiresAt), true);
}

async function read(store: JobStore, id: string): Promise<Job> {
  const job = await store.readJob(id);
  assert.ok(job !== undefined, `job ${id} is missing`);
  return job;
}

/** A job as lists show it. */
function listedOf(job: Job): ListedJob {
  const { columns: _, ...fold } = job.fold;
  return { ...job, fold };
}

async function deleteWhole(store: JobStore, id: string, chunksMax = 128): Promise<number> {
  for (let calls = 1; ; calls += 1) {
    assert.ok(calls < 10_000, 'the deletion does not come to an end');
    if ((await store.deleteSlice(id, chunksMax)) === 'done') return calls;
  }
}

/** Bytes as a text of their own, so that a difference is readable and classes of arrays do not matter. */
function plainText(text: Uint8Array): string {
  return Buffer.from(text).toString('latin1');
}

function plainChunk(chunk: Chunk) {
  return { ...chunk, text: plainText(chunk.text) };
}

function plainOutcomes(outcomes: ChunkOutcomes | undefined) {
  return outcomes && { ...outcomes, text: plainText(outcomes.text) };
}

function assertChunks(actual: readonly Chunk[], expected: readonly Chunk[]): void {
  assert.deepEqual(actual.map(plainChunk), expected.map(plainChunk));
}

async function readStoredOutcomes(store: JobStore, id: string) {
  const slices = await store.readOutcomes(id, 1, 100_000_000, 1_000_000);
  return slices.map(({ firstLine, outcomes }) => ({ firstLine, ...plainOutcomes(outcomes) }));
}

/** Nothing is left of a job, once the writes that lost a race with its deletion are swept. */
async function assertNothingLeft(store: JobStore, id: string): Promise<void> {
  await store.sweepOrphans();
  assert.equal(await store.readJob(id), undefined);
  assert.deepEqual(await store.readOpenRanges(id, 0, 10), []);
  assert.deepEqual(await store.readCounts(id, 0, 10), []);
  assert.deepEqual(await store.readSlices(id, 1, 1_000_000, 10), []);
  assert.deepEqual(await store.readOutcomes(id, 1, 1_000_000, 10), []);
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** Ends a job whose stored fold is its last. */
async function finishJob(
  store: JobStore,
  id: string,
  from: JobState,
  state: 'Completed' | 'Cancelled',
  finishedAt: number,
  expiresAt: number | undefined,
): Promise<boolean> {
  const fold = (await store.readJob(id))?.fold ?? emptyFold;
  return store.finishJob(id, from, { through: fold.through, fold, state, finishedAt, expiresAt });
}

function countTrue(verdicts: readonly boolean[]): number {
  return verdicts.filter(Boolean).length;
}

function race<Result>(contenders: number, run: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: contenders }, (_, index) => run(index)));
}

// -------------------------------------------------------------------------------------------------------------- cases

type Case = (open: OpenJobStore) => Promise<void>;

const creation: Record<string, Case> = {
  async 'a new job reads back with all it was given'({ store }) {
    const job = newJob(1, {
      name: 'Σ "sums" \0 $set.x',
      mode: 'float64',
      precision: 7,
      idempotencyKey: 'key \' $ne "',
    });
    assert.deepEqual(await store.createJob(job), { kind: 'created' });
    const { owner: _, leaseUntil: __, ...given } = job;
    assert.deepEqual(await read(store, job.id), {
      ...given,
      state: 'Receiving',
      sealedAt: undefined,
      finishedAt: undefined,
      expiresAt: undefined,
      operations: 0,
      chunks: 0,
      fold: emptyFold,
      lease: { owner, until: leaseUntil },
      takeovers: 0,
      contentDigest: undefined,
      isTable: false,
      repairs: undefined,
    });
  },

  async 'what a job was not given reads back as undefined'({ store }) {
    await store.createJob(newJob(1));
    const job = await read(store, jobId(1));
    for (const field of [
      'name',
      'idempotencyKey',
      'contentDigest',
      'sealedAt',
      'finishedAt',
      'expiresAt',
      'repairs',
    ] as const) {
      assert.ok(field in job, `${field} is missing`);
      assert.equal(job[field], undefined);
    }
  },

  async 'the job that a job repairs reads back in every state, and in lists'({ store }) {
    const repairs = jobId(99);
    const visible = await makeVisibleJobs(store, () => ({ repairs }));
    await store.createJob(newJob(50, { repairs }));
    for (const id of [jobId(50), ...Object.values(visible)]) assert.equal((await read(store, id)).repairs, repairs);
    const { jobs } = await store.listJobs(0, 100);
    assert.deepEqual(
      jobs.map((job) => job.repairs),
      Object.values(visible).map(() => repairs),
    );
    assert.equal((await store.claimJob(jobId(50), owner, createdAt, leaseUntil))?.repairs, repairs);
  },

  async 'outcomes are recorded beside the chunks of a job that is still Receiving'({ store }) {
    const chunks = makeChunks([3, 2, 4]);
    const job = newJob(1, { repairs: jobId(99) });
    await store.createJob(job);
    const records = chunks.filter((_, index) => index !== 1).map((chunk) => makeRecord(job.id, chunk));
    const [verdicts] = await Promise.all([store.recordOutcomes(records), store.appendChunks(job.id, chunks)]);
    assert.deepEqual(verdicts, ['recorded', 'recorded']);
    assert.deepEqual(await store.recordOutcomes(records), ['recorded', 'recorded']);
    assert.equal(await store.sealJob(job.id, owner, sealOf(chunks)), true);
    const open = await store.readOpenChunks(job.id, 1, 10);
    assert.deepEqual(
      open.map(({ firstLine }) => firstLine),
      [4],
    );
    assert.equal((await store.sumCounts(job.id, 1)).succeeded, 7);
  },

  async 'creating a job again changes nothing'({ store }) {
    const job = newJob(1, { idempotencyKey: 'key' });
    await store.createJob(job);
    const before = await read(store, job.id);
    assert.deepEqual(await store.createJob(job), { kind: 'created' });
    assert.deepEqual(await read(store, job.id), before);
  },

  async 'a whole upload is a job InProgress with all its chunks, and repeating it changes nothing'({ store }) {
    const chunks = unusualChunks();
    const job = newJob(1, { idempotencyKey: 'key' });
    const seal = sealOf(chunks, { contentDigest: 'digest' });
    assert.deepEqual(await store.createJob(job, { seal, chunks }), { kind: 'created' });
    const sealed = await read(store, job.id);
    assert.deepEqual(
      [sealed.state, sealed.operations, sealed.chunks, sealed.contentDigest, sealed.lease.until],
      ['InProgress', seal.operations, chunks.length, 'digest', seal.leaseUntil],
    );
    assertChunks(await store.readOpenChunks(job.id, 1, 1_000), chunks);
    assert.equal((await store.listJobs(0, 10)).total, 1);
    assert.deepEqual(await store.createJob(job, { seal, chunks }), { kind: 'created' });
    assert.deepEqual(await read(store, job.id), sealed);
    const other = await store.createJob(newJob(2, { idempotencyKey: 'key' }), { seal, chunks });
    assert.deepEqual(other, { kind: 'exists', job: sealed });
    assert.equal(await store.readJob(jobId(2)), undefined);
    await assertNothingLeft(store, jobId(2));
  },

  async 'a whole upload of this moment is seen when all of it is there, and never swept'({ store }) {
    const chunks = makeChunks([3, 2, 4]);
    const jobs = Array.from({ length: 8 }, () => newJob(0, { id: jobIdOfNow() }));
    const isWatching = new AbortController();
    const watch = async () => {
      while (!isWatching.signal.aborted) {
        const { jobs: listed } = await store.listJobs(0, 10);
        for (const { id } of listed) assertChunks(await store.readOpenChunks(id, 1, 10), chunks);
        assert.equal(await store.sweepOrphans(), 0);
        // A store that answers at once must not keep the creations from going on.
        await setImmediate();
      }
    };
    const watched = watch();
    const creations = jobs.map((job) => store.createJob(job, { seal: sealOf(chunks), chunks }));
    for (const verdict of await Promise.all(creations)) assert.deepEqual(verdict, { kind: 'created' });
    isWatching.abort();
    await watched;
    for (const job of jobs) {
      const sealed = await read(store, job.id);
      assert.deepEqual([sealed.state, sealed.operations, sealed.chunks], ['InProgress', 9, 3]);
      assert.deepEqual(await store.createJob(job, { seal: sealOf(chunks), chunks }), { kind: 'created' });
      assert.deepEqual(await read(store, job.id), sealed);
    }
    assert.equal((await store.listJobs(0, 1)).total, 8);
  },

  async 'an id that somebody made up finds nothing'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2, 2]));
    await store.recordOutcomes([makeRecord(id, makeChunk(1, 2))]);
    const madeUp = [
      '',
      id.slice(0, -1),
      `${id}:`,
      `${id};`,
      `${id}:0000000001`,
      `${id}%`,
      `${id}\0`,
      '$ne',
      '/.*/',
      '\ud800',
    ];
    for (const other of madeUp) {
      assert.equal(await store.readJob(other), undefined);
      assert.deepEqual(await store.readSlices(other, 1, 10, 10), []);
      assert.deepEqual(await store.readOpenRanges(other, 0, 10), []);
      assert.deepEqual(await store.readCounts(other, 0, 10), []);
      assert.deepEqual(await store.findFinished(other, [1, 3]), []);
      assert.equal(await store.deleteJob(other), false);
      assert.equal(await store.deleteSlice(other, 10), 'done');
    }
    assert.equal((await store.readSlices(id, 1, 10, 10)).length, 2);
  },

  async 'an unknown job has nothing, and nothing can be done with it'({ store }) {
    const id = jobId(404);
    assert.equal(await store.readJob(id), undefined);
    assert.equal(await store.sealJob(id, owner, sealOf([])), false);
    assert.equal(await store.abortJob(id, owner, leaseUntil), false);
    assert.equal(await store.abortJob(id, undefined, leaseUntil), false);
    assert.equal(await store.claimJob(id, owner, leaseUntil, leaseUntil + 1), undefined);
    await store.releaseJob(id, owner);
    assert.deepEqual(await store.readOpenChunks(id, 1, 10), []);
    assert.deepEqual(await store.readOpenRanges(id, 1, 10), []);
    assert.deepEqual(await store.findFinished(id, [1, 2]), []);
    assert.deepEqual(await store.readCounts(id, 1, 10), []);
    assert.deepEqual(await store.sumCounts(id, 1), noTotals);
    assert.equal(await store.foldJob(id, 0, emptyFold), false);
    assert.equal(await finishJob(store, id, 'InProgress', 'Completed', createdAt, undefined), false);
    assert.equal(await store.cancelJob(id), false);
    assert.deepEqual(await store.readSlices(id, 1, 10, 10), []);
    assert.deepEqual(await store.readOutcomes(id, 1, 10, 10), []);
    for (const filter of outcomeFilters) assert.equal(await store.locateOutcome(id, filter, 0), undefined);
    assert.equal(await store.deleteJob(id), false);
    assert.equal(await store.deleteSlice(id, 10), 'done');
    await assertNothingLeft(store, id);
  },

  async 'an idempotency key belongs to its job in every state until it is deleted'({ store }) {
    const keyOf = (number: number) => ({ idempotencyKey: `key-${number}` });
    await makeVisibleJobs(store, keyOf);
    await store.createJob(newJob(5, keyOf(5)));
    for (const number of [1, 2, 3, 4, 5]) {
      const verdict = await store.createJob(newJob(100 + number, keyOf(number)));
      assert.deepEqual(verdict, { kind: 'exists', job: await read(store, jobId(number)) });
      assert.equal(await store.readJob(jobId(100 + number)), undefined);
    }
    assert.equal((await store.createJob(newJob(6, { idempotencyKey: 'KEY-1' }))).kind, 'created');
    assert.equal((await store.createJob(newJob(7))).kind, 'created');
    assert.equal((await store.createJob(newJob(8))).kind, 'created');
  },

  async 'deleting and aborting free the idempotency key at once'({ store }) {
    const jobs = await makeVisibleJobs(store, (number) => ({ idempotencyKey: `key-${number}` }));
    for (const [index, id] of Object.values(jobs).entries()) {
      assert.equal(await store.deleteJob(id), true);
      assert.equal((await read(store, id)).idempotencyKey, undefined);
      const successor = newJob(11 + index, { idempotencyKey: `key-${index + 1}` });
      assert.deepEqual(await store.createJob(successor), { kind: 'created' });
    }
    await store.createJob(newJob(5, { idempotencyKey: 'key-5' }));
    assert.equal(await store.abortJob(jobId(5), owner, createdAt), true);
    assert.equal((await read(store, jobId(5))).idempotencyKey, undefined);
    assert.deepEqual(await store.createJob(newJob(15, { idempotencyKey: 'key-5' })), { kind: 'created' });
    await deleteWhole(store, jobId(5));
    assert.equal((await store.createJob(newJob(25, { idempotencyKey: 'key-5' }))).kind, 'exists');
  },

  async 'of many jobs with one key at the same time one is created'({ store }) {
    const verdicts = await race(24, (index) => store.createJob(newJob(index, { idempotencyKey: 'the key' })));
    const created = verdicts.flatMap(({ kind }, index) => (kind === 'created' ? [index] : []));
    assert.equal(created.length, 1);
    for (const verdict of verdicts) {
      if (verdict.kind === 'exists') assert.equal(verdict.job.id, jobId(created[0] ?? -1));
    }
    for (let index = 0; index < 24; index += 1) {
      assert.equal((await store.readJob(jobId(index))) !== undefined, created.includes(index));
    }
  },
};

const receiving: Record<string, Case> = {
  async 'chunks read back byte for byte'({ store }) {
    const chunks = unusualChunks();
    const id = await makeJob(store, 1, chunks);
    const stored = await store.readOpenChunks(id, 1, 100);
    assertChunks(stored, chunks);
    const slices = await store.readSlices(id, 1, 100_000, 100);
    assertChunks(
      slices.map(({ chunk }) => chunk),
      chunks,
    );
    for (const { outcomes } of slices) assert.equal(outcomes, undefined);
  },

  async 'a chunk that is appended again changes nothing'({ store }) {
    const chunks = makeChunks([2, 3]);
    await store.createJob(newJob(1));
    await store.appendChunks(jobId(1), chunks);
    await store.appendChunks(jobId(1), chunks);
    await store.appendChunks(jobId(1), [makeChunk(1, 2, { text: encoder.encode('other\ntext\n') }), makeChunk(6, 1)]);
    assertChunks(await store.readOpenChunks(jobId(1), 1, 10), [...chunks, makeChunk(6, 1)]);
  },

  async 'chunks are taken only while the job is Receiving'({ store }) {
    const jobs = await makeVisibleJobs(store);
    for (const id of Object.values(jobs)) {
      await store.appendChunks(id, [makeChunk(3, 2)]);
      assert.equal((await store.readSlices(id, 1, 10, 10)).length, 1);
    }
  },

  async 'appending nothing is allowed'({ store }) {
    await store.createJob(newJob(1));
    await store.appendChunks(jobId(1), []);
    assert.deepEqual(await store.readOpenChunks(jobId(1), 1, 10), []);
  },

  async 'chunks may come in any order and at the same time'({ store }) {
    const chunks = makeChunks([4, 1, 512, 3, 3, 2, 7]);
    await store.createJob(newJob(1));
    await Promise.all(
      [3, 0, 6, 2, 5, 1, 4].map((index) => store.appendChunks(jobId(1), chunks.slice(index, index + 1))),
    );
    assertChunks(await store.readOpenChunks(jobId(1), 1, 10), chunks);
  },

  async 'chunks of a job that is gone leave nothing behind'({ store }) {
    await store.appendChunks(jobId(1), makeChunks([2]));
    await assertNothingLeft(store, jobId(1));
    await store.createJob(newJob(2));
    await store.abortJob(jobId(2), owner, createdAt);
    await store.appendChunks(jobId(2), makeChunks([2]));
    await deleteWhole(store, jobId(2));
    await store.appendChunks(jobId(2), makeChunks([2]));
    await assertNothingLeft(store, jobId(2));
  },

  async 'sealing sets what is known now and keeps the rest'({ store }) {
    const chunks = makeChunks([2, 3]);
    const job = newJob(1, { name: 'sums', idempotencyKey: 'key' });
    await store.createJob(job);
    await store.appendChunks(job.id, chunks);
    const before = await read(store, job.id);
    const seal = sealOf(chunks, { contentDigest: 'sha256:abc', leaseUntil: leaseUntil + 7 });
    assert.equal(await store.sealJob(job.id, owner, seal), true);
    const sealed = {
      ...before,
      state: 'InProgress',
      operations: 5,
      chunks: 2,
      contentDigest: 'sha256:abc',
      sealedAt: createdAt + 1_000,
      lease: { owner, until: leaseUntil + 7 },
    };
    assert.deepEqual(await read(store, job.id), sealed);
    await store.sealJob(job.id, owner, seal);
    await store.sealJob(job.id, owner, sealOf([]));
    assert.deepEqual(await read(store, job.id), sealed);
  },

  async 'only its owner seals a job, and only while it is Receiving'({ store }) {
    await store.createJob(newJob(1));
    assert.equal(await store.sealJob(jobId(1), otherOwner, sealOf([])), false);
    assert.equal((await read(store, jobId(1))).state, 'Receiving');
    await store.abortJob(jobId(1), owner, createdAt);
    assert.equal(await store.sealJob(jobId(1), owner, sealOf([])), false);
    assert.equal((await read(store, jobId(1))).state, 'Deleting');
  },

  async 'a job is aborted by its owner, or by anyone once its lease has lapsed'({ store }) {
    for (const number of [1, 2]) await store.createJob(newJob(number));
    assert.equal(await store.abortJob(jobId(1), otherOwner, leaseUntil + 1), false);
    assert.equal(await store.abortJob(jobId(1), undefined, leaseUntil - 1), false);
    assert.equal((await read(store, jobId(1))).state, 'Receiving');
    assert.equal(await store.abortJob(jobId(1), undefined, leaseUntil), true);
    assert.equal(await store.abortJob(jobId(2), owner, createdAt), true);
    for (const number of [1, 2]) {
      assert.equal((await read(store, jobId(number))).state, 'Deleting');
      assert.equal(await store.abortJob(jobId(number), owner, createdAt), false);
      assert.equal(await store.abortJob(jobId(number), undefined, leaseUntil), false);
    }
  },

  async 'a sealed job cannot be aborted'({ store }) {
    const jobs = await makeVisibleJobs(store);
    for (const id of Object.values(jobs)) {
      const before = await read(store, id);
      assert.equal(await store.abortJob(id, owner, createdAt), false);
      assert.equal(await store.abortJob(id, undefined, leaseUntil + 1_000_000), false);
      assert.deepEqual(await read(store, id), before);
    }
  },

  async 'of sealing and aborting at the same time one wins'({ store }) {
    for (let number = 0; number < 20; number += 1) {
      await store.createJob(newJob(number));
      const seal = () => store.sealJob(jobId(number), owner, sealOf([]));
      const abort = () => store.abortJob(jobId(number), owner, createdAt);
      const [first, second] = await Promise.all(number % 2 === 0 ? [seal(), abort()] : [abort(), seal()]);
      assert.equal(countTrue([first, second]), 1);
      const isSealed = number % 2 === 0 ? first : second;
      assert.equal((await read(store, jobId(number))).state, isSealed ? 'InProgress' : 'Deleting');
    }
  },
};

/** Chunks with everything that a text may hold. */
function unusualChunks(): Chunk[] {
  const everyPlane = '\0\u0001\t\r\u007f\u0080߿ࠀ퟿￾￿\u{10000}\u{10ffff}﻿\'"\\${x} a\u0301';
  const longest = 'x'.repeat(64 * 1024 - 1);
  const texts: [number, string][] = [
    [1, '\n'],
    [3, '\n\n\n'],
    [1, '\0\0\0\n'],
    [2, `${everyPlane}\n${everyPlane}\n`],
    [3, `${longest}\n${longest}\n${longest}\n`],
    [
      chunkLinesMax,
      '9'
        .repeat(chunkBytesMax / chunkLinesMax - 1)
        .concat('\n')
        .repeat(chunkLinesMax),
    ],
  ];
  let next = 1;
  const chunks = texts.map(([count, text]) => {
    const chunk = makeChunk(next, count, { text: encoder.encode(text) });
    next += count;
    return chunk;
  });
  const fault = {
    line: next,
    code: 'ENCODING',
    message: `bad "byte" \0 ${everyPlane}`,
    column: 1,
    endColumn: 2,
  } as const;
  chunks.push(makeChunk(next, 1, { faults: [fault] }));
  const faults = Array.from({ length: chunkLinesMax }, (_, index) => ({
    line: next + 1 + index,
    code: index % 2 === 0 ? ('TOO_LONG' as const) : ('EMPTY' as const),
    message: 'the line is longer than 65536 bytes',
    column: 0,
    endColumn: 0,
  }));
  const customIds = faults.map((_, index) => (index % 3 === 0 ? null : `${index}`.padEnd(256, 'é\0"€')));
  chunks.push(makeChunk(next + 1, chunkLinesMax, { faults, customIds }));
  chunks.push(makeChunk(next + 1 + chunkLinesMax, 2, { customIds: ['', null] }));
  return chunks;
}

function byState(ids: Awaited<ReturnType<typeof makeVisibleJobs>>): Readonly<Record<VisibleJobState, string>> {
  const { inProgress, cancelling, completed, cancelled } = ids;
  return { InProgress: inProgress, Cancelling: cancelling, Completed: completed, Cancelled: cancelled };
}

/** Every selection of these values, none of them and all of them too. */
function subsetsOf<Value>(values: readonly Value[]): Value[][] {
  const selections = Array.from({ length: 2 ** values.length }, (_, bits) => bits);
  return selections.map((bits) => values.filter((_, index) => (bits >> index) % 2 === 1));
}

/** All three kinds of query agree that these jobs match, given in ascending order. */
async function assertLists(store: JobStore, filter: JobFilter, ids: readonly string[]): Promise<void> {
  const newestFirst = ids.toReversed();
  const idsOf = ({ total, jobs }: JobPage) => ({ total, ids: jobs.map(({ id }) => id) });
  const total = ids.length;
  assert.deepEqual(idsOf(await store.listJobs(0, 100, filter)), { total, ids: newestFirst });
  assert.deepEqual(idsOf(await store.listJobs(1, 2, filter)), { total, ids: newestFirst.slice(1, 3) });
  assert.deepEqual(idsOf(await store.listJobs(total, 2, filter)), { total, ids: [] });
  for (const [index, id] of newestFirst.entries()) {
    const after = idsOf(await store.listJobsAfter(id, 2, filter));
    assert.deepEqual(after, { total, ids: newestFirst.slice(index + 1, index + 3) });
  }
  assert.deepEqual(await store.findJobs(filter, 100), ids);
  assert.deepEqual(await store.findJobs(filter, 2), ids.slice(0, 2));
}

const listing: Record<string, Case> = {
  async 'visible jobs are listed newest first with their total'({ store }) {
    for (const number of [3, 1, 5, 2, 4]) await makeJob(store, number, makeChunks([1]));
    await store.createJob(newJob(9));
    const idsOf = async (offset: number, limit: number) => {
      const { total, jobs } = await store.listJobs(offset, limit);
      assert.equal(total, 5);
      return jobs.map(({ id }) => id);
    };
    assert.deepEqual(await idsOf(0, 100), [5, 4, 3, 2, 1].map(jobId));
    assert.deepEqual(await idsOf(0, 2), [5, 4].map(jobId));
    assert.deepEqual(await idsOf(2, 2), [3, 2].map(jobId));
    assert.deepEqual(await idsOf(4, 2), [jobId(1)]);
    assert.deepEqual(await idsOf(5, 2), []);
    assert.deepEqual(await idsOf(1_000_000, 2), []);
    const [newest] = (await store.listJobs(0, 1)).jobs;
    assert.deepEqual(newest, listedOf(await read(store, jobId(5))));
  },

  async 'jobs after another one are listed newest first, whether it exists or not'({ store }) {
    for (const number of [3, 1, 5, 2, 4]) await makeJob(store, number, makeChunks([1]));
    await store.createJob(newJob(0));
    const idsAfter = async (number: number, limit: number) => {
      const { total, jobs } = await store.listJobsAfter(jobId(number), limit);
      return { total, ids: jobs.map(({ id }) => id) };
    };
    assert.deepEqual(await idsAfter(9, 2), { total: 5, ids: [5, 4].map(jobId) });
    assert.deepEqual(await idsAfter(5, 100), { total: 5, ids: [4, 3, 2, 1].map(jobId) });
    assert.deepEqual(await idsAfter(1, 2), { total: 5, ids: [] });
    await store.deleteJob(jobId(4));
    await makeJob(store, 6, makeChunks([1]));
    assert.deepEqual(await idsAfter(4, 2), { total: 5, ids: [3, 2].map(jobId) });
    const [next] = (await store.listJobsAfter(jobId(4), 1)).jobs;
    assert.deepEqual(next, listedOf(await read(store, jobId(3))));
  },

  async 'lists hold the jobs of some states, with their total, also after each change of a state'({ store }) {
    const jobs = byState(await makeVisibleJobs(store));
    for (const states of subsetsOf(visibleJobStates)) {
      const wanted = states.map((state) => jobs[state]).toSorted();
      await assertLists(store, { states }, wanted);
    }
    assert.equal(await store.cancelJob(jobs.InProgress), true);
    await assertLists(store, { states: ['InProgress'] }, []);
    await assertLists(store, { states: ['Cancelling'] }, [jobs.InProgress, jobs.Cancelling].toSorted());
    assert.equal(await store.deleteJob(jobs.Completed), true);
    await assertLists(store, { states: ['Completed'] }, []);
    await assertLists(store, {}, [jobs.InProgress, jobs.Cancelling, jobs.Cancelled].toSorted());
  },

  async 'a name is found by a part of it, in which only ASCII letters match in either case'({ store }) {
    const names = [
      'Nightly import',
      'nightly EXPORT',
      '100 % \\_.*',
      'Äpfel',
      'äpfel',
      undefined,
      '\u212a [a]+(b)? ^$|{2}',
    ];
    for (const [index, name] of names.entries()) await makeJob(store, index + 1, makeChunks([1]), { name });
    const found: readonly (readonly [part: string, numbers: readonly number[]])[] = [
      ['nightly', [1, 2]],
      ['PORT', [1, 2]],
      ['y i', [1]],
      ['%', [3]],
      ['% \\_', [3]],
      ['_', [3]],
      ['.', [3]],
      ['*', [3]],
      ['\\', [3]],
      ['Ä', [4]],
      ['äPF', [5]],
      ['pfel', [4, 5]],
      ['k', []],
      ['\u212a', [7]],
      ['[A]+(b)?', [7]],
      ['^$|{2}', [7]],
      ['^', [7]],
      ['undefined', []],
      ['null', []],
      [' import', [1]],
      ['import ', []],
    ];
    for (const [name, numbers] of found) await assertLists(store, { name }, numbers.map(jobId));
    await assertLists(store, { name: 'pfel', states: ['Completed'] }, []);
    await assertLists(store, { name: 'pfel', states: ['Completed', 'InProgress'] }, [4, 5].map(jobId));
  },

  async 'jobs are found by the time of their creation, the time itself not included'({ store }) {
    for (const number of [1, 2, 3]) await makeJob(store, number, makeChunks([1]));
    // A clock that was set back: the id sorts last all the same.
    await makeJob(store, 9, makeChunks([1]), { createdAt: createdAt - 1_000, name: 'early' });
    await store.createJob(newJob(8, { createdAt: 0 }));
    await assertLists(store, { createdBefore: createdAt + 3 }, [1, 2, 9].map(jobId));
    await assertLists(store, { createdBefore: createdAt + 1 }, [jobId(9)]);
    await assertLists(store, { createdBefore: createdAt - 1_000 }, []);
    await assertLists(store, { createdBefore: createdAt + 3, name: 'EARLY' }, [jobId(9)]);
    await assertLists(store, { createdBefore: 8.64e15, states: ['InProgress'] }, [1, 2, 3, 9].map(jobId));
  },

  async 'a deletion that names states leaves jobs in other ones alone'({ store }) {
    const jobs = byState(await makeVisibleJobs(store));
    assert.equal(await store.deleteJob(jobs.InProgress, ['Completed', 'Cancelled']), false);
    assert.equal((await read(store, jobs.InProgress)).state, 'InProgress');
    assert.equal(await store.deleteJob(jobs.Completed, ['Completed', 'Cancelled']), true);
    assert.equal(await store.deleteJob(jobs.Cancelled, []), false);
    await assertLists(store, {}, [jobs.InProgress, jobs.Cancelling, jobs.Cancelled].toSorted());
  },

  async 'the total follows jobs from sealing to deletion'({ store }) {
    const total = async () => (await store.listJobs(0, 1)).total;
    assert.equal(await total(), 0);
    await store.createJob(newJob(9));
    assert.equal(await total(), 0);
    await store.abortJob(jobId(9), owner, createdAt);
    assert.equal(await total(), 0);
    const jobs = await makeVisibleJobs(store);
    assert.equal(await total(), 4);
    let expected = 4;
    for (const id of Object.values(jobs)) {
      await store.deleteJob(id);
      expected -= 1;
      assert.equal(await total(), expected);
      await store.deleteJob(id);
      await deleteWhole(store, id);
      assert.equal(await total(), expected);
    }
    await deleteWhole(store, jobId(9));
    assert.equal(await total(), 0);
  },

  async 'work is found exactly when it is due'({ store }) {
    const jobs = await makeVisibleJobs(store);
    await makeJob(store, 5, makeChunks([2]));
    await finish(store, jobId(5), 2, 'InProgress', leaseUntil + 100);
    await store.createJob(newJob(6));
    await makeJob(store, 7, makeChunks([2]));
    await store.deleteJob(jobId(7));
    await store.createJob(newJob(8));
    await store.abortJob(jobId(8), owner, createdAt);
    const idsAt = async (now: number) => (await store.findWork(now, 100)).map(({ id }) => id).sort();
    const deleting = [jobId(7), jobId(8)];
    assert.deepEqual(await idsAt(0), deleting);
    assert.deepEqual(await idsAt(leaseUntil - 1), deleting);
    const lapsed = [jobs.inProgress, jobs.cancelling, jobId(6), ...deleting].sort();
    assert.deepEqual(await idsAt(leaseUntil), lapsed);
    assert.deepEqual(await idsAt(leaseUntil + 99), lapsed);
    assert.deepEqual(await idsAt(leaseUntil + 100), [...lapsed, jobId(5)].sort());
    const [first] = await store.findWork(0, 1);
    assert.deepEqual(first, listedOf(await read(store, first?.id ?? '')));
  },

  async 'work is found in portions, and what was looked after is not found again'({ store }) {
    for (let number = 0; number < 7; number += 1) await makeJob(store, number, makeChunks([1]));
    const seen: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const found = await store.findWork(leaseUntil, 2);
      assert.equal(found.length, round < 3 ? 2 : 1);
      for (const { id } of found) {
        seen.push(id);
        await store.claimJob(id, owner, leaseUntil, leaseUntil + 1_000);
      }
    }
    assert.deepEqual(seen.sort(), [0, 1, 2, 3, 4, 5, 6].map(jobId));
    assert.deepEqual(await store.findWork(leaseUntil, 2), []);
  },
};

const leases: Record<string, Case> = {
  async 'a lease is renewed by its owner and taken by others once it has lapsed'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    const before = await read(store, id);
    assert.equal(await store.claimJob(id, otherOwner, leaseUntil - 1, leaseUntil + 50), undefined);
    assert.deepEqual(await read(store, id), before);
    const renewed = await store.claimJob(id, owner, leaseUntil - 1, leaseUntil + 50);
    assert.deepEqual(renewed, { ...before, lease: { owner, until: leaseUntil + 50 } });
    const lapsed = await store.claimJob(id, owner, leaseUntil + 60, leaseUntil + 100);
    assert.deepEqual(lapsed, { ...before, lease: { owner, until: leaseUntil + 100 } });
    assert.equal(await store.claimJob(id, otherOwner, leaseUntil + 99, leaseUntil + 200), undefined);
    const taken = await store.claimJob(id, otherOwner, leaseUntil + 100, leaseUntil + 200);
    assert.deepEqual(taken, { ...before, lease: { owner: otherOwner, until: leaseUntil + 200 }, takeovers: 1 });
    assert.deepEqual(await read(store, id), taken);
    assert.equal(await store.claimJob(id, owner, leaseUntil + 199, leaseUntil + 300), undefined);
    assert.equal((await store.claimJob(id, owner, leaseUntil + 200, leaseUntil + 300))?.takeovers, 2);
  },

  async 'an upload cannot change hands'({ store }) {
    await store.createJob(newJob(1));
    assert.equal(await store.claimJob(jobId(1), otherOwner, leaseUntil + 1_000, leaseUntil + 2_000), undefined);
    const renewed = await store.claimJob(jobId(1), owner, leaseUntil + 1_000, leaseUntil + 2_000);
    assert.deepEqual(renewed?.lease, { owner, until: leaseUntil + 2_000 });
    assert.equal(renewed?.state, 'Receiving');
    assert.equal(renewed?.takeovers, 0);
  },

  async 'jobs that are finished or being deleted have no lease to take'({ store }) {
    const jobs = await makeVisibleJobs(store);
    await store.deleteJob(jobs.inProgress);
    for (const id of [jobs.inProgress, jobs.completed, jobs.cancelled]) {
      const before = await read(store, id);
      for (const claimant of [owner, otherOwner]) {
        assert.equal(await store.claimJob(id, claimant, leaseUntil + 1, leaseUntil + 9), undefined);
      }
      assert.deepEqual(await read(store, id), before);
    }
    const cancelling = await store.claimJob(jobs.cancelling, otherOwner, leaseUntil, leaseUntil + 9);
    assert.equal(cancelling?.state, 'Cancelling');
  },

  async 'of many that claim a lapsed lease at the same time one has it'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    const claims = await race(24, (index) => store.claimJob(id, `instance-${index}`, leaseUntil, leaseUntil + 1_000));
    const winners = claims.flatMap((job, index) => (job === undefined ? [] : [`instance-${index}`]));
    assert.equal(winners.length, 1);
    const job = await read(store, id);
    assert.equal(job.lease.owner, winners[0]);
    assert.equal(job.takeovers, 1);
  },

  async 'a lease that is given back can be taken at once'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    await store.claimJob(id, otherOwner, leaseUntil, leaseUntil + 100);
    const before = await read(store, id);
    await store.releaseJob(id, owner);
    assert.deepEqual(await read(store, id), before);
    await store.releaseJob(id, otherOwner);
    const released = await read(store, id);
    assert.equal(released.lease.until, 0);
    assert.equal(released.takeovers, 0);
    await store.releaseJob(id, otherOwner);
    assert.deepEqual(await read(store, id), released);
    assert.equal((await store.claimJob(id, owner, 1, 2))?.takeovers, 1);
  },
};

const evaluation: Record<string, Case> = {
  async 'open chunks are read in line order from a line on'({ store }) {
    const chunks = makeChunks([3, 1, 4, 1, 5, 9, 2, 6]);
    const id = await makeJob(store, 1, chunks);
    await makeJob(store, 2, makeChunks([1, 1]));
    await store.recordOutcomes([1, 4, 7].map((index) => makeRecord(id, chunks[index] ?? makeChunk(1, 1))));
    const open = chunks.filter((_, index) => ![1, 4, 7].includes(index));
    for (let fromLine = 0; fromLine <= 33; fromLine += 1) {
      for (const limit of [1, 2, 100]) {
        const expected = open.filter(({ firstLine }) => firstLine >= fromLine).slice(0, limit);
        assertChunks(await store.readOpenChunks(id, fromLine, limit), expected);
        assert.deepEqual(
          await store.readOpenRanges(id, fromLine, limit),
          expected.map(({ firstLine, count }) => ({ firstLine, count })),
        );
      }
    }
  },

  async 'finished chunks among those asked for are found'({ store }) {
    const chunks = makeChunks([3, 1, 4, 1, 5]);
    const id = await makeJob(store, 1, chunks);
    const other = await makeJob(store, 2, chunks);
    await store.recordOutcomes([makeRecord(id, makeChunk(1, 3)), makeRecord(id, makeChunk(9, 1))]);
    await store.recordOutcomes([makeRecord(other, makeChunk(4, 1))]);
    assert.deepEqual([...(await store.findFinished(id, [9, 5, 4, 1]))].sort(ascending), [1, 9]);
    assert.deepEqual(await store.findFinished(id, [4, 5]), []);
    assert.deepEqual(await store.findFinished(id, []), []);
  },

  async 'outcomes read back byte for byte'({ store }) {
    const chunks = unusualChunks();
    const id = await makeJob(store, 1, chunks);
    const records = chunks.map((chunk) => {
      return makeRecord(id, chunk, {
        succeeded: chunk.count,
        failed: 0,
        cancelled: 0,
        cost: 2 ** 40,
        engine: '3',
        text: chunk.text,
      });
    });
    const verdicts = await store.recordOutcomes(records);
    assert.deepEqual(
      verdicts,
      records.map(() => 'recorded'),
    );
    const slices = await store.readSlices(id, 1, 100_000, 100);
    assert.deepEqual(
      slices.map(({ chunk, outcomes }) => [plainChunk(chunk), plainOutcomes(outcomes)]),
      chunks.map((chunk, index) => [plainChunk(chunk), plainOutcomes(records[index]?.outcomes)]),
    );
    const outcomes = await store.readOutcomes(id, 1, 100_000, 100);
    assert.deepEqual(
      outcomes.map((slice) => [slice.firstLine, slice.count, plainOutcomes(slice.outcomes)]),
      records.map((record) => [record.firstLine, record.count, plainOutcomes(record.outcomes)]),
    );
  },

  async 'outcomes that say the same many times read back byte for byte'({ store }) {
    const error = '!EMPTY 1 1 The line is empty.\n';
    const texts: readonly (readonly [string, number])[] = [
      [error.repeat(chunkLinesMax), chunkLinesMax],
      [`${error}7\n`.repeat(chunkLinesMax / 2), chunkLinesMax / 2],
      [`${'7'.repeat(20_000)}\n`.repeat(chunkLinesMax), 0],
      [error.repeat(3), 3],
    ];
    const chunks = makeChunks(texts.map(([text]) => text.split('\n').length - 1));
    const id = await makeJob(store, 1, chunks);
    const records = chunks.map((chunk, index) => {
      const [text = '', failed] = texts[index] ?? [];
      return makeRecord(id, chunk, { ...makeOutcomes(chunk, failed), text: encoder.encode(text) });
    });
    const recorded = records.map(() => 'recorded');
    assert.deepEqual(await store.recordOutcomes(records), recorded);
    assert.deepEqual(await store.recordOutcomes(records), recorded);
    for (const record of records) {
      const { firstLine, count, outcomes } = record;
      const [slice] = await store.readSlices(id, firstLine + count - 1, firstLine + count - 1, 1);
      assert.deepEqual(plainOutcomes(slice?.outcomes), plainOutcomes(outcomes));
      const other = { ...record, outcomes: { ...outcomes, text: outcomes.text.toReversed() } };
      assert.deepEqual(await store.recordOutcomes([other]), ['duplicate']);
    }
    assert.deepEqual(
      await readStoredOutcomes(store, id),
      records.map(({ firstLine, outcomes }) => ({ firstLine, ...plainOutcomes(outcomes) })),
    );
  },

  async 'outcomes keep the engine that gave them, and sums name every one, in order of the versions'({ store }) {
    const chunks = makeChunks([1, 2, 3, 4]);
    const id = await makeJob(store, 1, chunks);
    const engines = ['10', '9', undefined, 'unknown'];
    const records = chunks.map((chunk, index) => {
      const engine = engines[index];
      return makeRecord(id, chunk, engine === undefined ? tombstone(3) : makeOutcomes(chunk, 1, '', engine));
    });
    await store.recordOutcomes(records);
    const read = await store.readCounts(id, 1, 10);
    assert.deepEqual(
      read.map(({ engine }) => engine),
      engines,
    );
    assert.deepEqual((await store.sumCounts(id, 1)).engines, ['9', '10', 'unknown']);
    assert.deepEqual((await store.sumCounts(id, 4)).engines, ['unknown']);
    assert.deepEqual((await store.sumCounts(id, 11)).engines, []);
  },

  async 'the first outcomes of a chunk stay, and the same ones again are recorded'({ store }) {
    const [chunk = makeChunk(1, 4)] = makeChunks([4]);
    const id = await makeJob(store, 1, [chunk]);
    const first = makeRecord(id, chunk, makeOutcomes(chunk, 1));
    const others: ChunkOutcomes[] = [
      makeOutcomes(chunk, 1, 'x'),
      makeOutcomes(chunk, 2),
      { ...first.outcomes, text: first.outcomes.text.slice(0, -1) },
      { ...first.outcomes, text: new Uint8Array(0) },
      { ...first.outcomes, engine: '4' },
      tombstone(4),
    ];
    assert.deepEqual(await store.recordOutcomes([first]), ['recorded']);
    assert.deepEqual(await store.recordOutcomes([first]), ['recorded']);
    for (const outcomes of others) {
      assert.deepEqual(await store.recordOutcomes([makeRecord(id, chunk, outcomes)]), ['duplicate']);
    }
    assert.deepEqual(await store.recordOutcomes([first]), ['recorded']);
    assert.deepEqual(await readStoredOutcomes(store, id), [{ firstLine: 1, ...plainOutcomes(first.outcomes) }]);
  },

  async 'each record of a call has its own verdict, in order'({ store }) {
    const chunks = makeChunks([2, 2, 2, 2]);
    const id = await makeJob(store, 1, chunks);
    const other = await makeJob(store, 2, chunks);
    const recordOf = (index: number, mark = '') => {
      const chunk = chunks[index] ?? makeChunk(1, 1);
      return makeRecord(id, chunk, makeOutcomes(chunk, 0, mark));
    };
    assert.deepEqual(await store.recordOutcomes([]), []);
    assert.deepEqual(await store.recordOutcomes([recordOf(2), recordOf(0)]), ['recorded', 'recorded']);
    const verdicts = await store.recordOutcomes([
      recordOf(0, 'late'),
      recordOf(1),
      recordOf(2),
      { ...recordOf(2, 'late'), jobId: other },
      recordOf(1),
      recordOf(1, 'late'),
      recordOf(3),
    ]);
    const expected = ['duplicate', 'recorded', 'recorded', 'recorded', 'recorded', 'duplicate', 'recorded'];
    assert.deepEqual(verdicts, expected);
    const stored = await readStoredOutcomes(store, id);
    assert.deepEqual(
      stored,
      [0, 1, 2, 3].map((index) => {
        const record = recordOf(index);
        return { firstLine: record.firstLine, ...plainOutcomes(record.outcomes) };
      }),
    );
  },

  async 'a tombstone and outcomes: the first stays'({ store }) {
    const [left = makeChunk(1, 3), right = makeChunk(4, 3)] = makeChunks([3, 3]);
    const id = await makeJob(store, 1, [left, right]);
    await store.cancelJob(id);
    const result = makeOutcomes(left, 1);
    await store.recordOutcomes([makeRecord(id, left, result), makeRecord(id, right, tombstone(3))]);
    const late = [makeRecord(id, left, tombstone(3)), makeRecord(id, right, makeOutcomes(right))];
    assert.deepEqual(await store.recordOutcomes(late), ['duplicate', 'duplicate']);
    assert.deepEqual(await store.recordOutcomes([makeRecord(id, right, tombstone(3))]), ['recorded']);
    assert.deepEqual(await readStoredOutcomes(store, id), [
      { firstLine: 1, ...plainOutcomes(result) },
      { firstLine: 4, ...plainOutcomes(tombstone(3)) },
    ]);
    assert.deepEqual(await store.readOpenRanges(id, 1, 10), []);
    assert.deepEqual(await store.sumCounts(id, 1), {
      succeeded: 2,
      failed: 1,
      cancelled: 3,
      cost: 30,
      errors: { SYNTAX: 1 },
      engines: ['3'],
    });
    const [slice] = await store.readSlices(id, 4, 4, 1);
    assert.deepEqual(plainOutcomes(slice?.outcomes), plainOutcomes(tombstone(3)));
  },

  async 'errors are counted by code: of chunks, of all beyond a line, and of the fold'({ store }) {
    const chunks = makeChunks([3, 4, 5]);
    const [first = makeChunk(1, 3), second = first, third = first] = chunks;
    const id = await makeJob(store, 1, chunks);
    const mixed = { ...makeOutcomes(second, 3), errors: { DIV0: 1, SYNTAX: 2 } };
    await store.recordOutcomes([
      makeRecord(id, first, makeOutcomes(first)),
      makeRecord(id, second, mixed),
      makeRecord(id, third, makeOutcomes(third, 5)),
    ]);
    const errorsOf = (counts: readonly ChunkCounts[]) => counts.map(({ errors }) => errors);
    assert.deepEqual(errorsOf(await store.readCounts(id, 1, 10)), [undefined, mixed.errors, { SYNTAX: 5 }]);
    assert.deepEqual(errorsOf(await store.readTotals(id, 4, 10)), [mixed.errors, { SYNTAX: 5 }]);
    assert.deepEqual((await store.sumCounts(id, 1)).errors, { DIV0: 1, SYNTAX: 7 });
    assert.deepEqual((await store.sumCounts(id, 5)).errors, { SYNTAX: 5 });
    assert.deepEqual((await store.sumCounts(id, 9)).errors, {});
    const outcomes = await store.readOutcomes(id, 1, 12, 10);
    assert.deepEqual(
      outcomes.map((slice) => slice.outcomes.errors),
      [undefined, mixed.errors, { SYNTAX: 5 }],
    );
    const fold = { ...emptyFold, through: 12, succeeded: 4, failed: 8, errors: { DIV0: 1, SYNTAX: 7 }, engines: ['3'] };
    assert.equal(await store.foldJob(id, 0, fold), true);
    assert.deepEqual((await read(store, id)).fold, fold);
    assert.deepEqual((await store.listJobs(0, 1)).jobs[0]?.fold.errors, fold.errors);
  },

  async 'errors that nobody counted are in no sum, and the same outcomes with their counts are no others'({ store }) {
    const [chunk = makeChunk(1, 4)] = makeChunks([4]);
    const id = await makeJob(store, 1, [chunk]);
    const counted = makeOutcomes(chunk, 2);
    const { errors: _, ...uncounted } = counted;
    assert.deepEqual(await store.recordOutcomes([makeRecord(id, chunk, uncounted)]), ['recorded']);
    assert.deepEqual(await store.recordOutcomes([makeRecord(id, chunk, counted)]), ['recorded']);
    const sum = await store.sumCounts(id, 1);
    assert.deepEqual([sum.failed, sum.errors], [2, {}]);
  },

  async 'of different outcomes at the same time one is recorded'({ store }) {
    const chunks = makeChunks([3, 3, 3, 3]);
    const id = await makeJob(store, 1, chunks);
    for (const chunk of chunks) {
      const contenders = Array.from({ length: 16 }, (_, index) =>
        index % 4 === 3
          ? makeRecord(id, chunk, tombstone(3))
          : makeRecord(id, chunk, makeOutcomes(chunk, 0, `#${index}`)),
      );
      const verdicts = await Promise.all(contenders.map((record) => store.recordOutcomes([record])));
      const winners = contenders.filter((_, index) => verdicts[index]?.[0] === 'recorded');
      assert.ok(winners.length > 0);
      const [stored] = await store.readOutcomes(id, chunk.firstLine, chunk.firstLine, 1);
      for (const { outcomes } of winners) assert.deepEqual(plainOutcomes(outcomes), plainOutcomes(stored?.outcomes));
      const isTombstone = (stored?.outcomes.cancelled ?? 0) > 0;
      // All four tombstones are the same record.
      assert.equal(winners.length, isTombstone ? 4 : 1);
    }
  },

  async 'the same outcomes at the same time are all recorded'({ store }) {
    const [chunk = makeChunk(1, 3)] = makeChunks([3]);
    const id = await makeJob(store, 1, [chunk]);
    const verdicts = await race(16, () => store.recordOutcomes([makeRecord(id, chunk)]));
    for (const verdict of verdicts) assert.deepEqual(verdict, ['recorded']);
    assert.equal((await store.readCounts(id, 1, 10)).length, 1);
  },

  async 'outcomes of a job that is gone leave nothing behind'({ store }) {
    const [chunk = makeChunk(1, 3)] = makeChunks([3]);
    const expected = new Set(['gone', 'recorded']);
    const recordOne = async (id: string) => (await store.recordOutcomes([makeRecord(id, chunk)]))[0] ?? '';
    assert.ok(expected.has(await recordOne(jobId(404))));
    await assertNothingLeft(store, jobId(404));
    const id = await makeJob(store, 1, [chunk]);
    await store.deleteJob(id);
    assert.ok(expected.has(await recordOne(id)));
    await deleteWhole(store, id);
    assert.ok(expected.has(await recordOne(id)));
    await assertNothingLeft(store, id);
  },

  async 'counts are read in line order from a line on'({ store }) {
    const chunks = makeChunks([3, 1, 4, 1, 5, 9]);
    const id = await makeJob(store, 1, chunks);
    await makeJob(store, 2, chunks);
    const outcomes = chunks.map((chunk, index) =>
      index === 3 ? tombstone(1) : makeOutcomes(chunk, index % 2, '', index === 0 ? '10' : '9'),
    );
    const order = [4, 0, 3, 2];
    for (const index of order) {
      await store.recordOutcomes([makeRecord(id, chunks[index] ?? makeChunk(1, 1), outcomes[index])]);
    }
    const finished = order.sort(ascending).map((index) => {
      const { text: _, ...counts } = outcomes[index] ?? tombstone(0);
      return { firstLine: chunks[index]?.firstLine ?? 0, count: chunks[index]?.count ?? 0, ...counts };
    });
    for (let fromLine = 0; fromLine <= 25; fromLine += 1) {
      const expected = finished.filter(({ firstLine }) => firstLine >= fromLine);
      for (const limit of [1, 2, 100]) {
        assert.deepEqual(await store.readCounts(id, fromLine, limit), expected.slice(0, limit));
      }
      assert.deepEqual(await store.sumCounts(id, fromLine), sumOf(expected));
    }
  },
};

function sumOf(counts: readonly ChunkCounts[]): Totals {
  const engines = new Set(counts.flatMap(({ engine }) => engine ?? []));
  const errors = counts.reduce<ErrorCounts>((joined, part) => joinErrors(joined, part.errors), {});
  const sum = { succeeded: 0, failed: 0, cancelled: 0, cost: 0, errors, engines: sortNumbers(engines) };
  for (const key of ['succeeded', 'failed', 'cancelled', 'cost'] as const) {
    for (const part of counts) sum[key] += part[key];
  }
  return sum;
}

function sortNumbers(texts: Iterable<string>): string[] {
  return Array.from(texts).sort((left, right) => Number(left) - Number(right));
}

const progress: Record<string, Case> = {
  async 'a fold is set if the stored one ends where it should'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2, 3]));
    const before = await read(store, id);
    const counts = { succeeded: 1, failed: 1, cancelled: 0, cost: 5, errors: { DIV0: 1 } };
    const fold: Fold = { through: 2, ...counts, engines: ['9'], columns: [] };
    assert.equal(await store.foldJob(id, 2, fold), false);
    assert.deepEqual(await read(store, id), before);
    assert.equal(await store.foldJob(id, 0, fold), true);
    assert.deepEqual(await read(store, id), { ...before, fold });
    assert.equal(await store.foldJob(id, 0, { ...fold, through: 5 }), false);
    const engines = ['9', '10', 'unknown'];
    const whole = { ...emptyFold, through: 5, succeeded: 4, failed: 1, cost: 2 ** 50, engines };
    assert.equal(await store.foldJob(id, 2, whole), true);
    assert.equal(await store.foldJob(id, 5, whole), true);
    assert.deepEqual(await read(store, id), { ...before, fold: whole });
  },

  async 'a fold that moves forgets the takeovers'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    await store.claimJob(id, otherOwner, leaseUntil, leaseUntil + 1);
    assert.equal((await read(store, id)).takeovers, 1);
    await store.foldJob(id, 1, { ...emptyFold, through: 2 });
    assert.equal((await read(store, id)).takeovers, 1);
    await store.foldJob(id, 0, { ...emptyFold, through: 2 });
    assert.equal((await read(store, id)).takeovers, 0);
  },

  async 'only a job under way is folded'({ store }) {
    const jobs = await makeVisibleJobs(store);
    await store.createJob(newJob(5));
    await makeJob(store, 6, makeChunks([2]));
    await store.deleteJob(jobId(6));
    const fold = { ...emptyFold, through: 2, cancelled: 2 };
    assert.equal(await store.foldJob(jobs.inProgress, 0, fold), true);
    assert.equal(await store.foldJob(jobs.cancelling, 0, fold), true);
    assert.equal(await store.foldJob(jobs.completed, 2, fold), false);
    assert.equal(await store.foldJob(jobs.cancelled, 2, fold), false);
    assert.equal(await store.foldJob(jobId(5), 0, fold), false);
    assert.equal(await store.foldJob(jobId(6), 0, fold), false);
  },

  async 'of many folds from the same line at the same time one is set'({ store }) {
    const id = await makeJob(store, 1, makeChunks([20]));
    const verdicts = await race(20, (index) => store.foldJob(id, 0, { ...emptyFold, through: index + 1, cost: index }));
    assert.equal(countTrue(verdicts), 1);
    assert.equal((await read(store, id)).fold.cost, verdicts.indexOf(true));
  },

  async 'a job finishes when its fold has reached the last line'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2, 3]));
    const finishAt = () => finishJob(store, id, 'InProgress', 'Completed', createdAt + 9, createdAt + 99);
    assert.equal(await finishAt(), false);
    await store.foldJob(id, 0, { ...emptyFold, through: 2, succeeded: 2 });
    assert.equal(await finishAt(), false);
    await store.foldJob(id, 2, { ...emptyFold, through: 5, succeeded: 5 });
    assert.equal(await finishJob(store, id, 'Cancelling', 'Cancelled', createdAt, undefined), false);
    const before = await read(store, id);
    assert.equal(before.state, 'InProgress');
    assert.equal(await finishAt(), true);
    const finished = { ...before, state: 'Completed', finishedAt: createdAt + 9, expiresAt: createdAt + 99 };
    assert.deepEqual(await read(store, id), finished);
    assert.equal(await finishAt(), false);
    assert.equal(await finishJob(store, id, 'InProgress', 'Cancelled', createdAt + 10, undefined), false);
    assert.deepEqual(await read(store, id), finished);
  },

  async 'the write that finishes a job may bring its last fold, from the line where the stored one ends'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2, 3]));
    await store.foldJob(id, 0, { ...emptyFold, through: 2, succeeded: 2 });
    const last: Fold = {
      through: 5,
      succeeded: 4,
      failed: 1,
      cancelled: 0,
      cost: 77,
      errors: { DIV0: 1 },
      engines: ['3', '4'],
      columns: [],
    };
    const end = { fold: last, state: 'Completed' as const, finishedAt: createdAt + 9, expiresAt: undefined };
    assert.equal(await store.finishJob(id, 'InProgress', { ...end, through: 0 }), false);
    assert.equal(await store.finishJob(id, 'InProgress', { ...end, through: 2, fold: { ...last, through: 4 } }), false);
    const before = await read(store, id);
    assert.equal(before.fold.through, 2);
    assert.equal(await store.finishJob(id, 'InProgress', { ...end, through: 2 }), true);
    assert.deepEqual(await read(store, id), { ...before, ...end });
    assert.equal(await store.finishJob(id, 'InProgress', { ...end, through: 2 }), false);
    assert.equal(await store.finishJob(id, 'Completed', { ...end, through: 2 }), false);
  },

  async 'a cancelled job ends as Cancelled, or as Completed when every line had its outcome'({ store }) {
    for (const [number, to] of [
      [1, 'Cancelled'],
      [2, 'Completed'],
    ] as const) {
      const id = await makeJob(store, number, makeChunks([2]));
      await store.foldJob(id, 0, { ...emptyFold, through: 2 });
      assert.equal(await store.cancelJob(id), true);
      assert.equal(await finishJob(store, id, 'InProgress', 'Completed', createdAt, undefined), false);
      assert.equal(await finishJob(store, id, 'Cancelling', to, createdAt + 3, undefined), true);
      const job = await read(store, id);
      assert.deepEqual([job.state, job.finishedAt, job.expiresAt], [to, createdAt + 3, undefined]);
    }
  },

  async 'of many that finish a job at the same time one is told so'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    await store.foldJob(id, 0, { ...emptyFold, through: 2 });
    const verdicts = await race(24, (index) => finishJob(store, id, 'InProgress', 'Completed', index, undefined));
    assert.equal(countTrue(verdicts), 1);
    assert.equal((await read(store, id)).finishedAt, verdicts.indexOf(true));
  },

  async 'only a job in progress is cancelled, and once'({ store }) {
    const jobs = await makeVisibleJobs(store);
    await store.createJob(newJob(5));
    const verdicts = await race(16, () => store.cancelJob(jobs.inProgress));
    assert.equal(countTrue(verdicts), 1);
    assert.equal((await read(store, jobs.inProgress)).state, 'Cancelling');
    for (const id of [jobs.cancelling, jobs.completed, jobs.cancelled, jobId(5)]) {
      const before = await read(store, id);
      assert.equal(await store.cancelJob(id), false);
      assert.deepEqual(await read(store, id), before);
    }
  },

  async 'of finishing, cancelling and deleting at the same time each knows what it did'({ store }) {
    for (let number = 0; number < 12; number += 1) {
      const id = await makeJob(store, number, makeChunks([2]));
      await store.foldJob(id, 0, { ...emptyFold, through: 2 });
      const steps = [
        () => finishJob(store, id, 'InProgress', 'Completed', createdAt, undefined),
        () => store.cancelJob(id),
        ...(number % 2 === 0 ? [() => store.deleteJob(id)] : []),
      ];
      const turned = [...steps.slice(number % 3), ...steps.slice(0, number % 3)];
      const verdicts = await Promise.all(turned.map(async (step) => [step, await step()] as const));
      const verdictOf = new Map(verdicts);
      const [hasFinished, hasCancelled, hasDeleted = false] = steps.map((step) => verdictOf.get(step) ?? false);
      assert.ok(!(hasFinished && hasCancelled), 'both finished and cancelled');
      assert.equal(hasDeleted, number % 2 === 0);
      const ended = hasFinished ? 'Completed' : 'Cancelling';
      assert.equal((await read(store, id)).state, hasDeleted ? 'Deleting' : ended);
    }
  },
};

const outcomeFilters: readonly OutcomeFilter[] = ['succeeded', 'failed', 'pending'];

const reading: Record<string, Case> = {
  async 'slices hold exactly the lines asked for'({ store }) {
    const chunks = makeChunks([1, 3, 2, 5, 1, 1, 4]);
    const id = await makeJob(store, 2, chunks);
    await makeJob(store, 1, makeChunks([30]));
    await makeJob(store, 3, makeChunks([30]));
    const outcomes = chunks.map((chunk, index) => (index === 5 ? tombstone(1) : makeOutcomes(chunk)));
    const isFinished = (index: number) => [1, 2, 5].includes(index);
    await store.recordOutcomes(
      chunks.map((chunk, index) => makeRecord(id, chunk, outcomes[index])).filter((_, index) => isFinished(index)),
    );
    const slices = chunks.map((chunk, index) => ({ chunk, outcomes: isFinished(index) ? outcomes[index] : undefined }));
    for (let fromLine = 1; fromLine <= 19; fromLine += 1) {
      for (let toLine = fromLine; toLine <= 20; toLine += 1) {
        const held = slices.filter(
          ({ chunk }) => chunk.firstLine <= toLine && chunk.firstLine + chunk.count > fromLine,
        );
        for (const limit of [1, 2, 100]) {
          const where = `lines ${fromLine} to ${toLine}, at most ${limit}`;
          const actual = await store.readSlices(id, fromLine, toLine, limit);
          assert.deepEqual(
            actual.map((slice) => [plainChunk(slice.chunk), plainOutcomes(slice.outcomes)]),
            held.slice(0, limit).map((slice) => [plainChunk(slice.chunk), plainOutcomes(slice.outcomes)]),
            where,
          );
          const ofOutcomes = await store.readOutcomes(id, fromLine, toLine, limit);
          const finished = held.filter((slice) => slice.outcomes !== undefined).slice(0, limit);
          assert.deepEqual(
            ofOutcomes.map((slice) => [slice.firstLine, slice.count, plainOutcomes(slice.outcomes)]),
            finished.map(({ chunk, outcomes }) => [chunk.firstLine, chunk.count, plainOutcomes(outcomes)]),
            where,
          );
        }
      }
    }
  },

  async 'a line is located by its kind and its place among them'({ store }) {
    const chunks = makeChunks([4, 1, 6, 2, 3, 5, 1]);
    const id = await makeJob(store, 2, chunks);
    await makeJob(store, 1, makeChunks([9]));
    const after = await makeJob(store, 3, makeChunks([9]));
    await store.recordOutcomes([makeRecord(after, makeChunk(1, 9), makeOutcomes(makeChunk(1, 9), 4))]);
    const failures = [2, 0, 6, undefined, 1, undefined, undefined];
    const outcomes = chunks.map((chunk, index) => {
      if (index === 6) return tombstone(1);
      const failed = failures[index];
      return failed === undefined ? undefined : makeOutcomes(chunk, failed);
    });
    await store.recordOutcomes(
      chunks.flatMap((chunk, index) => {
        const ofChunk = outcomes[index];
        return ofChunk === undefined ? [] : [makeRecord(id, chunk, ofChunk)];
      }),
    );
    const totals = { succeeded: 5, failed: 9, pending: 7 };
    for (const filter of outcomeFilters) {
      const places = chunks.flatMap((chunk, index) => {
        const ofChunk = outcomes[index];
        const pending = ofChunk === undefined ? chunk.count : 0;
        const matching = filter === 'pending' ? pending : (ofChunk?.[filter] ?? 0);
        return Array.from({ length: matching }, (_, skip) => ({ firstLine: chunk.firstLine, skip }));
      });
      assert.equal(places.length, totals[filter]);
      for (const [offset, place] of places.entries()) {
        assert.deepEqual(await store.locateOutcome(id, filter, offset), place, `${filter} ${offset}`);
      }
      assert.equal(await store.locateOutcome(id, filter, places.length), undefined);
      assert.equal(await store.locateOutcome(id, filter, 1_000_000_000), undefined);
    }
  },

  async 'a line is located in a job of 600,000 lines, however much of it is folded'({ store }) {
    // One line of every third chunk failed; the last 200 chunks are open.
    const text = encoder.encode('1\n'.repeat(chunkLinesMax));
    const chunks = Array.from({ length: 1_172 }, (_, index) => {
      return makeChunk(1 + index * chunkLinesMax, chunkLinesMax, { text });
    });
    const id = await makeJob(store, 1, chunks);
    const finished = chunks.slice(0, -200).map((chunk, index) => {
      const failed = index % 3 === 0 ? 1 : 0;
      return makeRecord(id, chunk, { ...makeOutcomes(chunk, failed), text });
    });
    for (let next = 0; next < finished.length; next += 128)
      await store.recordOutcomes(finished.slice(next, next + 128));
    const locate = async () => {
      const firstLineOf = (index: number) => 1 + index * chunkLinesMax;
      assert.deepEqual(await store.locateOutcome(id, 'failed', 0), { firstLine: 1, skip: 0 });
      assert.deepEqual(await store.locateOutcome(id, 'failed', 200), { firstLine: firstLineOf(600), skip: 0 });
      assert.deepEqual(await store.locateOutcome(id, 'failed', 323), { firstLine: firstLineOf(969), skip: 0 });
      assert.equal(await store.locateOutcome(id, 'failed', 324), undefined);
      assert.deepEqual(await store.locateOutcome(id, 'succeeded', 0), { firstLine: 1, skip: 0 });
      assert.deepEqual(await store.locateOutcome(id, 'succeeded', 511), { firstLine: firstLineOf(1), skip: 0 });
      const succeeded = 972 * chunkLinesMax - 324;
      assert.deepEqual(await store.locateOutcome(id, 'succeeded', succeeded - 1), {
        firstLine: firstLineOf(971),
        skip: 511,
      });
      assert.equal(await store.locateOutcome(id, 'succeeded', succeeded), undefined);
      assert.deepEqual(await store.locateOutcome(id, 'pending', 0), { firstLine: firstLineOf(972), skip: 0 });
      const pending = 200 * chunkLinesMax;
      assert.deepEqual(await store.locateOutcome(id, 'pending', pending - 1), {
        firstLine: firstLineOf(1_171),
        skip: 511,
      });
      assert.equal(await store.locateOutcome(id, 'pending', pending), undefined);
    };
    await locate();
    const half = { ...emptyFold, ...sumOf(await store.readCounts(id, 1, 500)), through: 500 * chunkLinesMax };
    assert.equal(await store.foldJob(id, 0, half), true);
    await locate();
    const all = { ...emptyFold, ...(await store.sumCounts(id, 1)), through: 972 * chunkLinesMax };
    assert.equal(await store.foldJob(id, half.through, all), true);
    await locate();
  },

  async 'a write that was answered is seen by the next read'({ store }) {
    const chunks = makeChunks(Array.from({ length: 50 }, () => 3));
    await store.createJob(newJob(1));
    for (const chunk of chunks) {
      await store.appendChunks(jobId(1), [chunk]);
      assert.equal((await store.readSlices(jobId(1), chunk.firstLine, chunk.firstLine, 1)).length, 1);
    }
    await store.sealJob(jobId(1), owner, sealOf(chunks));
    for (const [index, chunk] of chunks.entries()) {
      await store.recordOutcomes([makeRecord(jobId(1), chunk)]);
      assert.equal((await store.sumCounts(jobId(1), 1)).succeeded, (index + 1) * 3);
      assert.deepEqual(await store.findFinished(jobId(1), [chunk.firstLine]), [chunk.firstLine]);
    }
  },

  async 'jobs that work at the same time do not see each other'({ store }) {
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    await Promise.all(
      numbers.map(async (number) => {
        const chunks = makeChunks(Array.from({ length: 8 }, (_, index) => 1 + ((index + number) % 4)));
        const id = await makeJob(store, number, chunks);
        await Promise.all(
          chunks.map(async (chunk) => {
            const record = makeRecord(id, chunk, makeOutcomes(chunk, 0, `of ${number}`));
            assert.deepEqual(await store.recordOutcomes([record]), ['recorded']);
          }),
        );
        assertChunks(
          (await store.readSlices(id, 1, 100, 100)).map(({ chunk }) => chunk),
          chunks,
        );
        const operations = sealOf(chunks).operations;
        assert.equal((await store.sumCounts(id, 1)).succeeded, operations);
        for (const { text = '' } of await readStoredOutcomes(store, id)) {
          for (const line of text.trimEnd().split('\n')) assert.ok(line.endsWith(`of ${number}`), line);
        }
      }),
    );
    assert.equal((await store.listJobs(0, 1)).total, 12);
  },

  async 'a job of 50,000 lines from its upload to its deletion'({ store }) {
    const sizes = [...Array.from({ length: 97 }, () => chunkLinesMax), 50_000 - 97 * chunkLinesMax];
    const chunks = makeChunks(sizes);
    const id = await makeJob(store, 1, chunks);
    assert.equal((await store.readOpenRanges(id, 1, 1_000)).length, 98);
    assert.deepEqual(await store.locateOutcome(id, 'pending', 49_999), { firstLine: 49_665, skip: 335 });
    const records = chunks.map((chunk, index) => makeRecord(id, chunk, makeOutcomes(chunk, index === 50 ? 10 : 0)));
    for (let next = 0; next < records.length; next += 10) {
      const batch = records.slice(next, next + 10).toReversed();
      assert.deepEqual(
        await store.recordOutcomes(batch),
        batch.map(() => 'recorded'),
      );
    }
    const counts = {
      succeeded: 49_990,
      failed: 10,
      cancelled: 0,
      cost: 500_000,
      errors: { SYNTAX: 10 },
      engines: ['3'],
    };
    assert.deepEqual(await store.sumCounts(id, 1), counts);
    assert.equal((await store.readCounts(id, 1, 1_000)).length, 98);
    assert.deepEqual(await store.locateOutcome(id, 'failed', 9), { firstLine: 50 * chunkLinesMax + 1, skip: 9 });
    assert.deepEqual(await store.locateOutcome(id, 'succeeded', 49_989), { firstLine: 49_665, skip: 335 });
    assert.deepEqual(await store.readOpenRanges(id, 1, 10), []);
    const [slice] = await store.readSlices(id, 40_000, 40_000, 1);
    assert.equal(slice?.chunk.firstLine, 39_937);
    assert.equal(await store.foldJob(id, 0, { ...emptyFold, ...counts, through: 50_000 }), true);
    assert.equal(await finishJob(store, id, 'InProgress', 'Completed', createdAt, undefined), true);
    assert.equal(await store.deleteJob(id), true);
    await deleteWhole(store, id, 16);
    await assertNothingLeft(store, id);
  },
};

const deletion: Record<string, Case> = {
  async 'deleting hides a job at once, from every visible state'({ store }) {
    const jobs = await makeVisibleJobs(store);
    for (const id of Object.values(jobs)) {
      assert.equal(await store.deleteJob(id), true);
      assert.equal((await read(store, id)).state, 'Deleting');
      const { jobs: listed } = await store.listJobs(0, 10);
      assert.ok(!listed.some((job) => job.id === id));
      assert.equal(await store.deleteJob(id), false);
    }
  },

  async 'a job that is not visible cannot be deleted'({ store }) {
    await store.createJob(newJob(1));
    assert.equal(await store.deleteJob(jobId(1)), false);
    assert.equal((await read(store, jobId(1))).state, 'Receiving');
    await store.abortJob(jobId(1), owner, createdAt);
    assert.equal(await store.deleteJob(jobId(1)), false);
  },

  async 'of many that delete a job at the same time one is told so'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    assert.equal(countTrue(await race(16, () => store.deleteJob(id))), 1);
  },

  async 'chunks are removed in slices and the record last'({ store }) {
    const chunks = makeChunks([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]);
    const id = await makeJob(store, 2, chunks);
    const neighbours = [await makeJob(store, 1, chunks), await makeJob(store, 3, chunks)];
    for (const jobOf of [id, ...neighbours]) {
      await store.recordOutcomes(chunks.slice(0, 7).map((chunk) => makeRecord(jobOf, chunk)));
    }
    const before = await Promise.all(neighbours.map((neighbour) => readStoredOutcomes(store, neighbour)));
    await store.deleteJob(id);
    assert.equal(await store.deleteSlice(id, 3), 'more');
    assert.equal((await read(store, id)).state, 'Deleting');
    assert.equal((await store.readSlices(id, 1, 1_000, 100)).length, 7);
    const calls = await deleteWhole(store, id, 3);
    assert.ok(calls >= 3 && calls <= 4, `${calls} further slices for 7 chunks, 3 at once`);
    await assertNothingLeft(store, id);
    assert.equal(await store.deleteSlice(id, 3), 'done');
    for (const [index, neighbour] of neighbours.entries()) {
      assertChunks(
        (await store.readSlices(neighbour, 1, 1_000, 100)).map(({ chunk }) => chunk),
        chunks,
      );
      assert.deepEqual(await readStoredOutcomes(store, neighbour), before[index]);
    }
  },

  async 'an aborted upload is removed like any other job'({ store }) {
    await store.createJob(newJob(1));
    await store.appendChunks(jobId(1), makeChunks([1, 1, 1, 1, 1]));
    await store.abortJob(jobId(1), owner, createdAt);
    await deleteWhole(store, jobId(1), 2);
    await assertNothingLeft(store, jobId(1));
    await store.createJob(newJob(2));
    await store.abortJob(jobId(2), owner, createdAt);
    assert.equal(await store.deleteSlice(jobId(2), 2), 'done');
    await assertNothingLeft(store, jobId(2));
  },

  async 'nothing of a job is removed before it is deleted'({ store }) {
    const jobs = await makeVisibleJobs(store);
    for (const id of Object.values(jobs)) {
      const before = await read(store, id);
      await store.deleteSlice(id, 10);
      assert.deepEqual(await read(store, id), before);
      assert.equal((await store.readSlices(id, 1, 2, 10)).length, 1);
    }
    assert.equal(await store.sweepOrphans(), 0);
    assert.equal((await store.listJobs(0, 1)).total, 4);
  },

  async 'a job that is deleted while its outcomes arrive leaves nothing behind'({ store }) {
    const chunks = makeChunks(Array.from({ length: 60 }, () => 2));
    const id = await makeJob(store, 1, chunks);
    const records = chunks.map((chunk) => store.recordOutcomes([makeRecord(id, chunk)]));
    const deletion = store.deleteJob(id);
    const late = chunks.map((chunk) => store.recordOutcomes([makeRecord(id, chunk, makeOutcomes(chunk, 1))]));
    assert.equal(await deletion, true);
    await Promise.all([deleteWhole(store, id, 7), ...records, ...late]);
    await assertNothingLeft(store, id);
  },

  async 'a job may be removed by several at the same time'({ store }) {
    const id = await makeJob(store, 1, makeChunks(Array.from({ length: 40 }, () => 2)));
    await store.deleteJob(id);
    await race(4, () => deleteWhole(store, id, 3));
    await assertNothingLeft(store, id);
  },
};

async function restart({ reopen }: OpenJobStore): Promise<JobStore> {
  assert.ok(reopen !== undefined, 'a store that keeps nothing skips this case by its name');
  return reopen();
}

/** A restart may end the leases of the process before; nothing else changes. */
function withoutLease(job: ListedJob) {
  const { lease: _, ...rest } = job;
  return rest;
}

/** The filters that each part of a list by tenant is tried with, and whether a job of `makeTenants` matches. */
const narrowings: readonly (readonly [filter: JobFilter, matches: (job: ListedJob) => boolean])[] = [
  [{}, () => true],
  [{ states: ['Completed'] }, ({ state }) => state === 'Completed'],
  [{ states: ['InProgress', 'Cancelled'] }, ({ state }) => state === 'InProgress' || state === 'Cancelled'],
  [{ states: [] }, () => false],
  [{ name: 'ODD' }, ({ name }) => name === 'odd'],
  [{ name: 'odd', states: ['InProgress'] }, ({ name, state }) => name === 'odd' && state === 'InProgress'],
  [{ createdBefore: createdAt + 6 }, (job) => job.createdAt < createdAt + 6],
  [
    { createdBefore: createdAt + 8, name: 'even', states: ['InProgress', 'Cancelling'] },
    ({ createdAt: time, name, state }) =>
      time < createdAt + 8 && name === 'even' && (state === 'InProgress' || state === 'Cancelling'),
  ],
];

const tenants = [defaultTenant, 'a', 'a-b'] as const;

/** Twelve jobs in progress, of three tenants in turn, and of each a job that no list shows. Lists them, oldest first. */
async function makeTenants(store: JobStore): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < 12; number += 1) {
    const [tenant = '', name] = [tenants[number % 3], number % 2 === 0 ? 'even' : 'odd'];
    ids.push(await makeJob(store, number, makeChunks([2]), { tenant, name }));
  }
  for (const [index, tenant] of tenants.entries()) await store.createJob(newJob(50 + index, { tenant, name: 'odd' }));
  return ids;
}

/** Lists by tenant and without one are those of a look at each job. */
async function assertTenants(store: JobStore, ids: readonly string[]): Promise<void> {
  const jobs = (await Promise.all(ids.map((id) => read(store, id)))).filter(({ state }) => state !== 'Deleting');
  for (const [filter, matches] of narrowings) {
    const matching = jobs.filter((job) => matches(listedOf(job)));
    await assertLists(store, filter, matching.map(idOf));
    for (const tenant of [...tenants, 'nobody', 'A', '']) {
      await assertLists(store, { ...filter, tenant }, matching.filter((job) => job.tenant === tenant).map(idOf));
    }
  }
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

const tenancy: Record<string, Case> = {
  async 'a job keeps its tenant, in every state and in lists'({ store }) {
    for (const [index, tenant] of [defaultTenant, 'a', '0-9'.padEnd(63, 'z')].entries()) {
      const ids = await makeVisibleJobs(store, () => ({ tenant }));
      await store.createJob(newJob(50 + index, { tenant }));
      for (const id of [jobId(50 + index), ...Object.values(ids)]) assert.equal((await read(store, id)).tenant, tenant);
      for (const job of (await store.listJobs(0, 10)).jobs) assert.equal(job.tenant, tenant);
      const claimed = await store.claimJob(ids.inProgress, otherOwner, leaseUntil, leaseUntil + 1);
      assert.equal(claimed?.tenant, tenant);
      for (const id of Object.values(ids)) {
        await store.deleteJob(id);
        assert.equal((await read(store, id)).tenant, tenant);
        await deleteWhole(store, id);
      }
    }
  },

  async 'a job whose upload was whole keeps its tenant'({ store }) {
    const chunks = makeChunks([2]);
    const [young, keyed] = [{ ...newJob(1, { tenant: 'a' }), id: jobIdOfNow() }, newJob(2, { tenant: 'a' })];
    for (const job of [young, { ...keyed, idempotencyKey: 'key' }]) {
      await store.createJob(job, { seal: sealOf(chunks), chunks });
      assert.equal((await read(store, job.id)).tenant, 'a');
    }
    await assertLists(store, { tenant: 'a' }, [young.id, keyed.id].toSorted());
    await assertLists(store, { tenant: defaultTenant }, []);
    const again = await store.createJob(newJob(3, { idempotencyKey: 'key' }));
    assert.equal(again.kind === 'exists' && again.job.tenant, 'a');
  },

  async 'lists hold the jobs of a tenant and no others, by whatever else is asked for'({ store }) {
    await assertTenants(store, await makeTenants(store));
  },

  async 'lists and totals of a tenant follow its jobs through their states'({ store }) {
    const ids = await makeTenants(store);
    const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = ids;
    await finish(store, first, 2, 'InProgress', undefined);
    for (const id of [second, third, fourth]) assert.equal(await store.cancelJob(id), true);
    await finish(store, third, 2, 'Cancelling', undefined);
    await assertTenants(store, ids);
    for (const id of [first, second, third, fifth, sixth]) assert.equal(await store.deleteJob(id), true);
    await assertTenants(store, ids);
    await deleteWhole(store, first);
    await assertTenants(store, ids.slice(1));
  },

  async 'pages of a tenant follow each other, past jobs of others'({ store }) {
    const ids = await makeTenants(store);
    const wanted = ids.filter((_, index) => index % 3 === 1).toReversed();
    const filter = { tenant: 'a' };
    const found: string[] = [];
    for (let page = await store.listJobs(0, 1, filter); page.jobs.length > 0;) {
      assert.equal(page.total, wanted.length);
      const [{ id = '' } = {}] = page.jobs;
      found.push(id);
      page = await store.listJobsAfter(id, 1, filter);
    }
    assert.deepEqual(found, wanted);
    // The place may be a job of another tenant.
    const after = await store.listJobsAfter(ids[3] ?? '', 10, filter);
    assert.deepEqual(after.jobs.map(idOf), [ids[1]]);
    assert.equal(after.total, wanted.length);
  },
};

const restarting: Record<string, Case> = {
  async 'after a restart everything is there'(open) {
    const { store } = open;
    const jobs = await makeVisibleJobs(store, (number) => ({ name: `job ${number}`, idempotencyKey: `key-${number}` }));
    const chunks = unusualChunks();
    const id = await makeJob(store, 9, chunks);
    const records = chunks
      .slice(0, 5)
      .map((chunk) => makeRecord(id, chunk, { ...tombstone(0), engine: '3', text: chunk.text }));
    await store.recordOutcomes(records);
    await store.createJob(newJob(10));
    await store.appendChunks(jobId(10), chunks.slice(0, 2));
    const ids = [...Object.values(jobs), id, jobId(10)];
    const before = await Promise.all(ids.map((each) => read(store, each)));
    const listed = await store.listJobs(0, 100);
    const slices = await store.readSlices(id, 1, 100_000, 100);

    const reopened = await restart(open);
    const after = await Promise.all(ids.map((each) => read(reopened, each)));
    assert.deepEqual(after.map(withoutLease), before.map(withoutLease));
    const relisted = await reopened.listJobs(0, 100);
    assert.equal(relisted.total, listed.total);
    assert.deepEqual(relisted.jobs.map(withoutLease), listed.jobs.map(withoutLease));
    const plain = (read: typeof slices) =>
      read.map((slice) => [plainChunk(slice.chunk), plainOutcomes(slice.outcomes)]);
    assert.deepEqual(plain(await reopened.readSlices(id, 1, 100_000, 100)), plain(slices));
    assertChunks(await reopened.readOpenChunks(jobId(10), 1, 10), chunks.slice(0, 2));
    assert.deepEqual(
      await reopened.recordOutcomes(records),
      records.map(() => 'recorded'),
    );
    assert.equal((await reopened.createJob(newJob(11, { idempotencyKey: 'key-3' }))).kind, 'exists');
  },

  async 'a job has its tenant after a restart, and lists of tenants are as before'(open) {
    const ids = await makeTenants(open.store);
    const reopened = await restart(open);
    await assertTenants(reopened, ids);
  },

  async 'a deletion goes on after a restart'(open) {
    const chunks = makeChunks(Array.from({ length: 20 }, () => 2));
    const id = await makeJob(open.store, 1, chunks);
    await open.store.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk)));
    await open.store.deleteJob(id);
    assert.equal(await open.store.deleteSlice(id, 7), 'more');
    const reopened = await restart(open);
    assert.deepEqual(
      (await reopened.findWork(0, 10)).map((job) => [job.id, job.state]),
      [[id, 'Deleting']],
    );
    await deleteWhole(reopened, id, 7);
    await assertNothingLeft(reopened, id);
    assert.deepEqual(await reopened.findWork(leaseUntil * 2, 10), []);
  },
};

const table: Table = {
  program: {
    dialect: {
      format: 'csv',
      delimiter: ';',
      decimal: ',',
      group: '.',
      numbers: 'written',
      missing: 'empty',
      missingValues: ['NA', '\u0000', "'"],
    },
    cells: 3,
    columns: [{ name: 'größe $set.x', index: 1 }],
    formulas: [
      { name: 'double', text: '`größe $set.x` * 2' },
      { name: 'π "x"', text: 'double + 1' },
    ],
    totals: ['größe $set.x'],
    added: [],
  },
  head: Uint8Array.from({ length: 300 }, (_, index) => index % 256),
  lineEnd: '\r\n',
  hasHeader: true,
  columns: ['a', 'größe $set.x', '\ufffd'],
  replaces: true,
  errorColumn: undefined,
};

const fewTotals: readonly ColumnTotals[] = [
  { count: 2, sum: '-12.5', min: '-13', max: '0.5' },
  { count: 0, sum: '0', min: undefined, max: undefined },
  { count: 1, sum: undefined, min: '2/3', max: '2/3' },
];
/** Sums that are too long for a list of jobs. */
const longTotals: readonly ColumnTotals[] = [
  { count: 9, sum: `${'7'.repeat(20_000)}/${'3'.repeat(20_000)}`, min: '1', max: '2' },
];

const tables: Record<string, Case> = {
  async 'a table reads back as it was given, in every state, and goes with its job'({ store }) {
    const chunks = makeChunks([2]);
    await store.createJob(newJob(5, { table, idempotencyKey: 'key' }));
    await store.createJob(newJob(6, { table }), { seal: sealOf(chunks), chunks });
    const visible = await makeVisibleJobs(store, () => ({ table }));
    const ids = [jobId(5), jobId(6), ...Object.values(visible)];
    assert.equal(await store.deleteJob(visible.completed), true);
    for (const id of ids) {
      assert.deepEqual(await store.readTable(id), table);
      const { isTable, mode } = await read(store, id);
      assert.deepEqual({ isTable, mode }, { isTable: true, mode: 'decimal' });
    }
    const held = await store.createJob(newJob(7, { idempotencyKey: 'key' }));
    assert.ok(held.kind === 'exists' && held.job.isTable);
    await deleteWhole(store, visible.completed);
    assert.equal(await store.readTable(visible.completed), undefined);
    assert.equal(await store.readTable(jobId(99)), undefined);
  },
  async 'a job of lines has no table'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2]));
    assert.equal(await store.readTable(id), undefined);
    assert.equal((await read(store, id)).isTable, false);
  },
  async 'creating the job of a table again changes nothing'({ store }) {
    await store.createJob(newJob(1, { table }));
    await store.createJob(newJob(1, { table: { ...table, columns: ['other'] } }));
    await store.createJob(newJob(1));
    assert.deepEqual(await store.readTable(jobId(1)), table);
    assert.equal((await read(store, jobId(1))).isTable, true);
  },
  async 'a table may have the longest header and 16,384 columns'({ store }) {
    const head = Uint8Array.from({ length: headBytesMax }, (_, index) => (index * 7) % 256);
    const columns = Array.from({ length: columnsMax }, (_, index) => `column ${index}`);
    const large = { ...table, head, columns };
    await store.createJob(newJob(1, { table: large }));
    assert.deepEqual(await store.readTable(jobId(1)), large);
  },
  async 'rows read back byte for byte, with the faults of quotes'({ store }) {
    const text = Uint8Array.from({ length: 256 }, (_, index) => index);
    const fault = { line: 2, code: 'QUOTE', message: 'never closed', column: 0, endColumn: 0 } as const;
    const chunks = [{ ...makeChunk(1, 3), text, faults: [fault] }];
    const id = await makeJob(store, 1, chunks, { table });
    assertChunks(await store.readOpenChunks(id, 1, 10), chunks);
  },
  async 'the totals of outcomes are read with them, and counted with them where they are wanted'({ store }) {
    const chunks = makeChunks([2, 3, 4]);
    const id = await makeJob(store, 1, chunks, { table });
    const [first, second, third] = chunks;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const outcomes = [
      { ...makeOutcomes(first), totals: fewTotals },
      { ...makeOutcomes(second, 1), totals: longTotals },
      { ...tombstone(4) },
    ];
    const records = chunks.map((chunk, index) => makeRecord(id, chunk, outcomes[index]));
    assert.deepEqual(await store.recordOutcomes(records), ['recorded', 'recorded', 'recorded']);
    assert.deepEqual(
      (await store.readSlices(id, 1, 9, 10)).map((slice) => plainOutcomes(slice.outcomes)),
      outcomes.map(plainOutcomes),
    );
    assert.deepEqual(
      (await store.readOutcomes(id, 3, 9, 10)).map((slice) => plainOutcomes(slice.outcomes)),
      outcomes.slice(1).map(plainOutcomes),
    );
    const counts = await store.readCounts(id, 1, 10);
    assert.deepEqual(
      counts.map(({ totals }) => totals),
      [undefined, undefined, undefined],
    );
    const withTotals = counts.map((chunk, index) => ({ ...chunk, totals: outcomes[index]?.totals }));
    const read = await store.readTotals(id, 1, 10);
    assert.deepEqual(
      read.map((chunk) => ({ ...chunk, totals: chunk.totals })),
      withTotals,
    );
    const part = await store.readTotals(id, 2, 1);
    assert.deepEqual(
      part.map((chunk) => ({ ...chunk, totals: chunk.totals })),
      withTotals.slice(1, 2),
    );
    assert.deepEqual(await store.readTotals(id, 10, 10), []);
  },
  async 'counts with totals of a job of lines have none'({ store }) {
    const chunks = makeChunks([2, 3]);
    const id = await makeJob(store, 1, chunks);
    await store.recordOutcomes(chunks.map((chunk) => makeRecord(id, chunk)));
    const read = await store.readTotals(id, 1, 10);
    assert.deepEqual(
      read.map(({ firstLine, totals }) => [firstLine, totals]),
      [
        [1, undefined],
        [3, undefined],
      ],
    );
  },
  async 'outcomes that differ in their totals alone are others'({ store }) {
    const chunk = makeChunk(1, 2);
    const id = await makeJob(store, 1, [chunk], { table });
    const record = (totals: readonly ColumnTotals[] | undefined) =>
      store.recordOutcomes([makeRecord(id, chunk, { ...makeOutcomes(chunk), totals })]);
    assert.deepEqual(await record(fewTotals), ['recorded']);
    assert.deepEqual(await record(fewTotals), ['recorded']);
    assert.deepEqual(await record(longTotals), ['duplicate']);
    assert.deepEqual(await record(undefined), ['duplicate']);
    assert.deepEqual((await store.readTotals(id, 1, 1))[0]?.totals, fewTotals);
  },
  async 'a fold keeps the totals of columns, to the end of the job; lists leave them out'({ store }) {
    const id = await makeJob(store, 1, makeChunks([2, 3]), { table });
    const fold: Fold = { ...emptyFold, through: 2, succeeded: 2, columns: fewTotals };
    assert.equal(await store.foldJob(id, 0, fold), true);
    assert.deepEqual((await read(store, id)).fold, fold);
    assert.deepEqual((await store.claimJob(id, otherOwner, leaseUntil, leaseUntil + 1_000))?.fold, fold);
    const last: Fold = { ...emptyFold, through: 5, succeeded: 5, columns: longTotals };
    const end = { fold: last, state: 'Completed' as const, finishedAt: createdAt + 9, expiresAt: createdAt + 10 };
    assert.equal(await store.finishJob(id, 'InProgress', { ...end, through: 2 }), true);
    const job = await read(store, id);
    assert.deepEqual(job.fold, last);
    const listed = [
      ...(await store.listJobs(0, 10)).jobs,
      ...(await store.listJobsAfter(jobId(2), 10)).jobs,
      ...(await store.findWork(createdAt + 10, 10)),
    ];
    assert.deepEqual(listed, [listedOf(job), listedOf(job), listedOf(job)]);
  },
  async 'a table is there after a restart, with its totals'(open) {
    const chunk = makeChunk(1, 2);
    const id = await makeJob(open.store, 1, [chunk], { table });
    await open.store.recordOutcomes([makeRecord(id, chunk, { ...makeOutcomes(chunk), totals: fewTotals })]);
    const reopened = await restart(open);
    assert.deepEqual(await reopened.readTable(id), table);
    assert.deepEqual((await reopened.readTotals(id, 1, 1))[0]?.totals, fewTotals);
  },
  async 'nothing is left of a table that is deleted'({ store }) {
    const chunks = makeChunks([2, 3]);
    const id = await makeJob(store, 1, chunks, { table });
    await store.recordOutcomes(
      chunks.map((chunk) => makeRecord(id, chunk, { ...makeOutcomes(chunk), totals: fewTotals })),
    );
    await store.deleteJob(id);
    await deleteWhole(store, id, 1);
    await assertNothingLeft(store, id);
    assert.deepEqual(await store.readTotals(id, 1, 10), []);
    assert.equal(await store.readTable(id), undefined);
  },
};

const service: Record<string, Case> = {
  async 'a store that serves is healthy'({ store }) {
    await store.checkHealth();
  },

  async 'starting again and stopping twice does no harm'({ store }) {
    await store.start();
    await makeJob(store, 1, makeChunks([2]));
    await store.stop();
    await store.stop();
  },
};

const cases: Readonly<Record<string, Case>> = {
  ...creation,
  ...receiving,
  ...listing,
  ...tenancy,
  ...leases,
  ...evaluation,
  ...progress,
  ...reading,
  ...deletion,
  ...restarting,
  ...tables,
  ...service,
};
