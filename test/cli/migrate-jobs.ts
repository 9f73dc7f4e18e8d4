/** Jobs in every state for the tests of the migration, and a view of a store by which two can be compared. */
import assert from 'node:assert/strict';
import type { ChunkSlice, JobStore } from '../../src/engine/index.ts';
import {
  defaultTenant,
  emptyFold,
  encodeErrorLine,
  finalState,
  foldChunks,
  tombstone,
  type Chunk,
  type ChunkOutcomes,
  type Fold,
  type Job,
  type JobState,
} from '../../src/jobs/index.ts';

/** When the jobs of the source were made; the clock of a test begins an hour later. */
export const madeAt = 1_790_000_000_000;
const encoder = new TextEncoder();

/** Ids that sort by their number, as UUIDv7 sort by the time of creation. */
export function jobId(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

export interface Sample {
  readonly number: number;
  readonly state: JobState;
  /** Lines of each chunk. */
  readonly lines: readonly number[];
  /** Indexes of the chunks that have outcomes; default: all. */
  readonly finished?: readonly number[];
  /** Those of them that are tombstones. */
  readonly cancelled?: readonly number[];
  /** Default: `defaultTenant`. */
  readonly tenant?: string;
  readonly name?: string;
  readonly mode?: string;
  readonly precision?: number;
  readonly idempotencyKey?: string;
  readonly contentDigest?: string;
  readonly expiresAt?: number;
  readonly hasIds?: boolean;
  readonly repairs?: string;
}

const forty = Array.from({ length: 40 }, () => 2);

/** One of each kind; those with 40 chunks take more than one batch. */
export const samples: readonly Sample[] = [
  { number: 1, state: 'Completed', lines: forty, name: 'nightly; "ünïcode" \u0000', mode: 'rational', precision: 7 },
  { number: 2, state: 'Completed', lines: [3, 1], idempotencyKey: 'key-2', contentDigest: 'ab12', hasIds: true },
  { number: 3, state: 'Cancelled', lines: [2, 2, 2], finished: [0, 1, 2], cancelled: [1, 2] },
  { number: 4, state: 'InProgress', lines: forty, finished: [0, 1, 2, 5, 33], idempotencyKey: 'key-4' },
  { number: 5, state: 'Receiving', lines: [2, 2], finished: [], idempotencyKey: 'key-5' },
  { number: 6, state: 'Cancelling', lines: [2, 2, 2, 2], finished: [0, 2], cancelled: [2] },
  { number: 7, state: 'Deleting', lines: [2] },
  { number: 8, state: 'Completed', lines: [5], expiresAt: madeAt + 10_000 },
  { number: 9, state: 'InProgress', lines: [1], finished: [] },
  {
    number: 10,
    state: 'Completed',
    lines: [1],
    expiresAt: madeAt + 30 * 86_400_000,
    mode: 'float64',
    tenant: 'another-tenant',
    repairs: jobId(1),
  },
];

/** The jobs of the target after a copy of the samples, in the order of their ids. */
export const copiedIds: readonly string[] = [1, 2, 3, 4, 6, 9, 10].map(jobId);

export function makeSampleChunks({ number, lines, hasIds }: Sample): Chunk[] {
  let next = 1;
  return lines.map((count) => {
    const firstLine = next;
    next += count;
    const texts = Array.from({ length: count }, (_, index) => `${number} + ${firstLine + index} × ½\n`);
    return {
      firstLine,
      count,
      text: encoder.encode(texts.join('')),
      faults:
        hasIds === true && firstLine === 1
          ? [{ line: 2, code: 'SYNTAX', message: 'The line is not valid JSON.', column: 0, endColumn: 0 }]
          : [],
      customIds:
        hasIds === true ? Array.from({ length: count }, (_, index) => (index === 0 ? 'äöü' : null)) : undefined,
    };
  });
}

export function makeSampleOutcomes({ firstLine, count }: Chunk): ChunkOutcomes {
  const error = { code: 'DIV0', message: 'Division by zero.', column: 1, endColumn: 2 };
  const texts = Array.from({ length: count }, (_, index) =>
    (firstLine + index) % 3 === 0 ? encodeErrorLine(error) : `${firstLine + index}.5\n`,
  );
  const failed = texts.filter((text) => text.startsWith('!')).length;
  // As after an upgrade in the middle of a job.
  const engine = firstLine === 1 ? '2' : '3';
  return {
    succeeded: count - failed,
    failed,
    cancelled: 0,
    cost: 10 * count,
    engine,
    text: encoder.encode(texts.join('')),
  };
}

/** Puts a job into a store as the engine would. */
export async function makeJob(store: JobStore, sample: Sample): Promise<string> {
  const id = jobId(sample.number);
  const { tenant = defaultTenant, name, mode = 'decimal', precision = 34, idempotencyKey, repairs } = sample;
  const { contentDigest, cancelled = [] } = sample;
  const createdAt = madeAt + sample.number;
  const lease = { owner: 'instance', leaseUntil: madeAt + 15_000 };
  const creation = await store.createJob({
    ...{ id, tenant, name, mode, precision, createdAt, idempotencyKey, repairs },
    ...lease,
  });
  assert.equal(creation.kind, 'created');
  const chunks = makeSampleChunks(sample);
  await store.appendChunks(id, chunks);
  if (sample.state === 'Receiving') return id;
  const operations = sample.lines.reduce((sum, count) => sum + count, 0);
  const seal = { operations, chunks: chunks.length, contentDigest, sealedAt: createdAt + 500 };
  assert.equal(await store.sealJob(id, 'instance', { ...seal, leaseUntil: madeAt + 15_000 }), true);
  if (sample.state === 'Cancelling' || sample.state === 'Cancelled') assert.equal(await store.cancelJob(id), true);
  const wanted = new Set(sample.finished ?? chunks.keys());
  const records = chunks.flatMap((chunk, index) => {
    if (!wanted.has(index)) return [];
    const outcomes = cancelled.includes(index) ? tombstone(chunk.count) : makeSampleOutcomes(chunk);
    return [{ jobId: id, firstLine: chunk.firstLine, count: chunk.count, outcomes }];
  });
  await store.recordOutcomes(records);
  const finished = records.map(({ firstLine, count, outcomes }) => ({ firstLine, count, ...outcomes }));
  await endJob(store, id, sample, foldOf(finished));
  return id;
}

function foldOf(finished: readonly (ChunkOutcomes & { readonly firstLine: number; readonly count: number })[]): Fold {
  return foldChunks(emptyFold, finished);
}

async function endJob(store: JobStore, id: string, sample: Sample, fold: Fold): Promise<void> {
  if (sample.state === 'Completed' || sample.state === 'Cancelled') {
    const from = sample.state === 'Completed' ? 'InProgress' : 'Cancelling';
    const times = { finishedAt: madeAt + 5_000, expiresAt: sample.expiresAt };
    assert.equal(await store.finishJob(id, from, { through: 0, fold, state: finalState(fold), ...times }), true);
  } else if (sample.state === 'Deleting') {
    assert.equal(await store.deleteJob(id), true);
  } else {
    assert.equal(await store.foldJob(id, 0, fold), true);
  }
}

export async function makeSamples(store: JobStore): Promise<void> {
  for (const sample of samples) await makeJob(store, sample);
}

/** All that users of a job and instances that own it can see. */
export interface JobPicture {
  readonly job: Omit<Job, 'lease' | 'takeovers'>;
  readonly slices: readonly ChunkSlice[];
}

export async function pictureOf(store: JobStore, id: string): Promise<JobPicture> {
  const job = await store.readJob(id);
  assert.ok(job !== undefined, `the job ${id} is missing`);
  const { lease: _lease, takeovers: _takeovers, ...rest } = job;
  const slices = await store.readSlices(id, 1, Number.MAX_SAFE_INTEGER, 1_000);
  return {
    job: rest,
    slices: slices.map(({ chunk, outcomes }) => ({
      chunk: { ...chunk, text: Uint8Array.from(chunk.text) },
      outcomes: outcomes === undefined ? undefined : { ...outcomes, text: Uint8Array.from(outcomes.text) },
    })),
  };
}

/** All visible jobs, the oldest first. */
export async function picturesOf(store: JobStore): Promise<JobPicture[]> {
  const { jobs } = await store.listJobs(0, 1_000);
  const pictures: JobPicture[] = [];
  for (const { id } of jobs.toReversed()) pictures.push(await pictureOf(store, id));
  return pictures;
}
