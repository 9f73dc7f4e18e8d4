/**
 * Repair: makes a job of a finished one, in which failed lines are corrected. The facts of the first are copied: a chunk without
 * corrections goes with its outcomes, a corrected one without, so the dispatcher finds it open and has it evaluated, and
 * every other part of the system sees a job like any other. A reference to the first job instead would tie the two
 * together: no deletion, expiry or migration of one could do without a look at the other.
 *
 *   corrections read ──▶ checked against the outcomes ──▶ Receiving, filled with facts ──seal──▶ InProgress
 *
 * Errors in the corrections are found before the new job exists. Memory: the corrections and two batches. A crash
 * leaves a job in Receiving, which a janitor aborts.
 */
import {
  correctLines,
  correctRows,
  isFinished,
  isVisible,
  type Chunk,
  type ChunkOutcomes,
  type CorrectedRequests,
  type Job,
  type Table,
} from '../jobs/index.ts';
import { FirstGone, findUncorrectable } from './correction-check.ts';
import { readCorrections, type ReadCorrections } from './correction-reader.ts';
import { StoreError } from './errors.ts';
import type { IntakeDependencies } from './intake.ts';
import type { Repair, RepairVerdict } from './job-service.ts';
import { toView } from './job-view.ts';
import type { ChunkSlice, JobSeal, NewJob, OutcomeRecord } from './ports.ts';
import { createReceiving, toSealedJob, type ReceivingOptions } from './receiving.ts';

/** Bytes copied in one call, as an upload appends them: larger calls let the small jobs of others wait. */
const bytesPerBatch = 128 * 1024;
const chunksPerBatchMax = 32;

export type RepairDependencies = Pick<
  IntakeDependencies,
  'store' | 'time' | 'jobIds' | 'tables' | 'isUtf8' | 'createDigest' | 'onSealed' | 'logger'
>;

export interface Repairer {
  repair(repair: Repair): Promise<RepairVerdict>;
}

/** The first job, with the corrections to make in it. */
interface Plan extends ReadCorrections {
  readonly first: Job;
  /** Undefined: its operations are lines. */
  readonly table: Table | undefined;
}

export function createRepairer(dependencies: RepairDependencies, options: ReceivingOptions): Repairer {
  const { store, time, tables } = dependencies;
  const receiving = createReceiving(dependencies, options);

  async function repair(given: Repair): Promise<RepairVerdict> {
    try {
      return await repairFirst(given);
    } catch (error) {
      if (error instanceof FirstGone) return { kind: 'unknown' };
      throw error;
    }
  }

  async function repairFirst(given: Repair): Promise<RepairVerdict> {
    const first = await findFirst(given.jobId);
    if (!isFinished(first.state)) return { kind: 'not-finished' };
    const table = await tables.find(first);
    if (first.isTable && table === undefined) throw new FirstGone();
    const digest = given.idempotencyKey === undefined ? undefined : dependencies.createDigest();
    const syntax = table?.program.dialect;
    const read = await readCorrections({ isUtf8: dependencies.isUtf8, digest }, given, first, syntax);
    if ('kind' in read) return read;
    const plan = { ...read, first, table };
    return (await check(plan)) ?? make(plan, given);
  }

  async function findFirst(jobId: string): Promise<Job> {
    const job = await store.readJob(jobId);
    if (job === undefined || !isVisible(job.state)) throw new FirstGone();
    return job;
  }

  // ------------------------------------------------------------------------------------------------------- the check

  /** The verdict if no new job is made, otherwise undefined. */
  async function check(plan: Plan): Promise<RepairVerdict | undefined> {
    const { corrections, unknown, first, table } = plan;
    if (corrections.count + unknown.count === 0) return first.fold.cancelled === 0 ? { kind: 'empty' } : undefined;
    const source = { store, time, isUtf8: dependencies.isUtf8, job: first, table };
    const { notFailed, unreadable } = await findUncorrectable(source, corrections);
    if (notFailed.count + unknown.count + unreadable.count === 0) return undefined;
    return { kind: 'not-correctable', notFailed, unknown, unreadable, operations: first.operations };
  }

  // --------------------------------------------------------------------------------------------------------- the copy

  async function make(plan: Plan, given: Repair): Promise<RepairVerdict> {
    const newJob = describeJob(plan, given);
    const existing = await receiving.create(newJob);
    if (existing !== undefined) return compare(existing, plan);
    return receiving.hold(newJob.id, async () => {
      const chunks = await copy(plan, newJob.id, given.signal);
      // Slices that were read after a deletion has begun may lack outcomes.
      await findFirst(plan.first.id);
      return seal(newJob, plan, chunks);
    });
  }

  function describeJob({ first, table }: Plan, { name, idempotencyKey }: Repair): NewJob {
    const now = time.now();
    return {
      id: dependencies.jobIds.next(),
      tenant: first.tenant,
      name: name ?? first.name,
      mode: first.mode,
      precision: first.precision,
      createdAt: now,
      owner: options.owner,
      leaseUntil: now + options.leaseMs,
      idempotencyKey,
      table,
      repairs: first.id,
    };
  }

  /** Answers a repair whose idempotency key is taken. */
  async function compare(job: Job, { contentDigest }: Plan): Promise<RepairVerdict> {
    if (job.state === 'Receiving') return { kind: 'key-in-use' };
    if (job.contentDigest !== contentDigest) return { kind: 'key-reused' };
    return { kind: 'replayed', job: toView(job, await tables.find(job)) };
  }

  /** Reads the next batch while one is being written. Returns how many chunks the new job has. */
  async function copy(plan: Plan, jobId: string, signal: AbortSignal | undefined): Promise<number> {
    let chunks = 0;
    let writing = Promise.resolve();
    try {
      for await (const slices of readFirst(plan.first)) {
        await writing;
        if (signal?.aborted === true) throw new StoreError('unavailable', 'the repair was aborted; send it again');
        const batch = correctSlices(slices, plan);
        chunks += batch.chunks.length;
        writing = write(jobId, batch);
        // Awaited in the next round; a failure before that must not end the process.
        writing.catch(() => {});
      }
    } finally {
      await writing;
    }
    return chunks;
  }

  async function* readFirst({ id, operations }: Job): AsyncGenerator<readonly ChunkSlice[], void, void> {
    for (let [next, limit] = [1, 1]; next <= operations;) {
      const slices = await store.readSlices(id, next, operations, limit);
      for (const { chunk } of slices) {
        if (chunk.firstLine !== next) throw new FirstGone();
        next += chunk.count;
      }
      if (slices.length === 0) throw new FirstGone();
      yield slices;
      const bytes = slices.reduce((sum, slice) => sum + bytesOf(slice), 1);
      limit = Math.max(1, Math.min(chunksPerBatchMax, Math.floor((bytesPerBatch * slices.length) / bytes)));
    }
  }

  async function write(jobId: string, { chunks, finished }: Batch): Promise<void> {
    const records = finished.map(({ chunk: { firstLine, count }, outcomes }): OutcomeRecord => {
      return { jobId, firstLine, count, outcomes };
    });
    const [verdicts] = await Promise.all([
      records.length === 0 ? [] : store.recordOutcomes(records),
      store.appendChunks(jobId, chunks),
    ]);
    if (verdicts.some((verdict) => verdict !== 'recorded')) throw tooSlow();
  }

  async function seal(newJob: NewJob, { first, table, contentDigest }: Plan, chunks: number): Promise<RepairVerdict> {
    // The clock may have been set back since the job was created.
    const sealedAt = Math.max(time.now(), newJob.createdAt);
    const { operations } = first;
    const seal: JobSeal = { operations, chunks, contentDigest, sealedAt, leaseUntil: sealedAt + options.leaseMs };
    if (!(await store.sealJob(newJob.id, options.owner, seal))) throw tooSlow();
    const job = toSealedJob(newJob, seal);
    if (table !== undefined) tables.keep(job.id, table);
    dependencies.onSealed(job);
    return { kind: 'accepted', job: toView(job, table) };
  }

  return { repair };
}

/** Chunks and outcomes that are written in one call. */
interface Batch {
  readonly chunks: readonly Chunk[];
  /** The chunks that keep their outcomes. */
  readonly finished: readonly { readonly chunk: Chunk; readonly outcomes: ChunkOutcomes }[];
}

function correctSlices(slices: readonly ChunkSlice[], { corrections, table }: Plan): Batch {
  const chunks: Chunk[] = [];
  const finished: { readonly chunk: Chunk; readonly outcomes: ChunkOutcomes }[] = [];
  for (const { chunk, outcomes } of slices) {
    const requests = corrections.within(chunk.firstLine, chunk.count);
    if (requests.size > 0) chunks.push(...correctChunk(chunk, requests, table));
    else {
      chunks.push(chunk);
      // A tombstone stays behind: its lines are evaluated now.
      if (outcomes !== undefined && outcomes.cancelled === 0) finished.push({ chunk, outcomes });
    }
  }
  return { chunks, finished };
}

function correctChunk(chunk: Chunk, requests: CorrectedRequests, table: Table | undefined): Chunk[] {
  if (table === undefined) return correctLines(chunk, requests);
  return correctRows(chunk, requests, table.program.dialect, table.lineEnd);
}

function bytesOf({ chunk, outcomes }: ChunkSlice): number {
  return chunk.text.length + (outcomes?.text.length ?? 0);
}

function tooSlow(): StoreError {
  return new StoreError('unavailable', 'the repair was aborted because its lease expired; send it again');
}
