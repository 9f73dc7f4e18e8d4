/**
 * Copies jobs from one store into another, which may be at work meanwhile. The source is only read.
 *
 *   not there ──create──▶ Receiving ──all chunks and outcomes──▶ compared ──seal, settle──▶ as in the source
 *
 * A copy is a job in state Receiving until every byte of it has been read back and compared, so no client ever sees half a
 * job. It belongs to an owner that is the same in every run: a run that was cut short is continued by the next one, which
 * adds what is missing. Only when no run has come for `leaseMs` does a janitor of the target remove the partial copy.
 * Every step is one call that may be repeated, and what a step needs to know is read from the two stores.
 *
 * A job that the target shows already is compared and left as it is: the target may have continued it.
 */
import {
  emptyFold,
  foldChunks,
  isFinished,
  isVisible,
  type Chunk,
  type ChunkOutcomes,
  type Fold,
  type Job,
  type ListedJob,
  type Table,
} from '../jobs/index.ts';
import { areSameChunks, areSameFolds, areSameOutcomes, areSameTables } from './compare-facts.ts';
import { countLines, DamagedJob, readContents, throwDamage } from './read-contents.ts';
import type { ChunkSlice, JobFinish, JobStore } from './ports.ts';
import type { Time } from './time.ts';

/** The calls that the copy needs from the source; none can change it. */
export type CopySource = Pick<JobStore, 'listJobs' | 'readJob' | 'readTable' | 'readSlices'>;

export type CopyTarget = Pick<
  JobStore,
  | 'createJob'
  | 'appendChunks'
  | 'sealJob'
  | 'abortJob'
  | 'readJob'
  | 'readTable'
  | 'claimJob'
  | 'releaseJob'
  | 'recordOutcomes'
  | 'readCounts'
  | 'readTotals'
  | 'foldJob'
  | 'finishJob'
  | 'cancelJob'
  | 'readSlices'
>;

export interface CopyDependencies {
  /** No other process may write to it meanwhile. */
  readonly source: CopySource;
  readonly target: CopyTarget;
  readonly time: Pick<Time, 'now'>;
}

export interface CopyOptions {
  /** Looks and compares, and writes nothing. */
  readonly isDryRun: boolean;
}

/**
 * `copied`: it was not there, or not as far, and is now. `present`: nothing had to be done. `missing`: a dry run would have
 * to do something. `expired`: its retention time is over, so it is left behind. `failed`: the two stores contradict each
 * other, or the source itself; a job that the target showed before is as it was.
 */
export type CopyVerdict =
  | { readonly kind: 'copied' | 'present' | 'missing' | 'expired' }
  | { readonly kind: 'failed'; readonly problem: string };

export type CopyEvent =
  | { readonly kind: 'planned'; readonly jobs: number; readonly operations: number }
  /** Operations dealt with since the last event of this kind; one that is copied counts half when written, half when compared. */
  | { readonly kind: 'advanced'; readonly operations: number }
  | { readonly kind: 'job'; readonly job: Job; readonly verdict: CopyVerdict };

type Advance = Extract<CopyEvent, { readonly kind: 'advanced' }>;

/** The owner of partial copies, whichever run they are from. Two concurrent runs would write the same facts. */
const copyOwner = 'migration';
/** How long a partial copy waits for the next run, unless a live one renews it. */
const leaseMs = 3_600_000;
/** From the seal on the target continues on its own after this, if this process dies. The steps after it take milliseconds. */
const settlingMs = 30_000;
/** Jobs per page of the list: 300 KB of records. Listing costs a walk over all newer jobs, so few pages are better. */
const jobsPerPage = 1_000;
/** Chunk counts per read while recounting: a few kilobytes. */
const countsPerRead = 1024;
/** Only users of the target can get in between the steps of settling, and there is little that they can do to a job. */
const settlingRoundsMax = 10;

/** Ends the work on one job. Thrown, because it comes from within loops over two stores; `copyJob` returns it. */
class JobProblem extends Error {
  override readonly name = 'JobProblem';
}

/** The copy of one job. */
interface Copying extends CopyDependencies {
  readonly job: Job;
  /** Until when the partial copy is held; undefined: there is no partial copy, and leases of other owners are not touched. */
  heldUntil: number | undefined;
}

/**
 * Copies every job that the source shows, the oldest first. Throws `StoreError` when a store cannot continue; the next run
 * continues where this one was.
 */
export async function* copyJobs(
  dependencies: CopyDependencies,
  options: CopyOptions,
): AsyncGenerator<CopyEvent, void, void> {
  let [jobs, operations] = [0, 0];
  for await (const job of listOldestFirst(dependencies.source)) {
    jobs += 1;
    operations += job.operations;
  }
  yield { kind: 'planned', jobs, operations };
  for await (const { id } of listOldestFirst(dependencies.source)) {
    const job = await dependencies.source.readJob(id);
    // No other process writes to the source.
    if (job === undefined) continue;
    const copying = { ...dependencies, job, heldUntil: undefined };
    const verdict = yield* copyJob(copying, options);
    yield { kind: 'job', job, verdict };
  }
}

async function* listOldestFirst(source: CopySource): AsyncGenerator<ListedJob, void, void> {
  const { total } = await source.listJobs(0, 1);
  for (let end = total; end > 0;) {
    const offset = Math.max(0, end - jobsPerPage);
    const { jobs } = await source.listJobs(offset, end - offset);
    yield* jobs.toReversed();
    end = offset;
  }
}

async function* copyJob(copying: Copying, options: CopyOptions): AsyncGenerator<Advance, CopyVerdict, void> {
  const { job, target, time } = copying;
  try {
    if (job.expiresAt !== undefined && job.expiresAt <= time.now()) {
      yield { kind: 'advanced', operations: job.operations };
      return { kind: 'expired' };
    }
    const present = await target.readJob(job.id);
    if (present?.state === 'Deleting') throw new JobProblem(beingDeleted);
    if (present !== undefined && isVisible(present.state)) return yield* comparePresent(copying, present, options);
    if (options.isDryRun) {
      yield { kind: 'advanced', operations: job.operations };
      return { kind: 'missing' };
    }
    yield* makeCopy(copying, present !== undefined);
    return { kind: 'copied' };
  } catch (error) {
    if (error instanceof JobProblem) return { kind: 'failed', problem: error.message };
    throw error;
  }
}

/** Whether a job that the target shows is this one; finishes what a run that was cut short had left to do. */
async function* comparePresent(
  copying: Copying,
  present: Job,
  options: CopyOptions,
): AsyncGenerator<Advance, CopyVerdict, void> {
  const { job } = copying;
  requireSameFields(copying, present, [...identity, ...sealed]);
  await requireSameTable(copying);
  const { isBehind } = yield* compareContents(copying, 1);
  if (isBehind) {
    // The target had not come as far when it was read, and continues on its own.
    if (isFinished(present.state)) throw new JobProblem('it is finished in the target, where outcomes are missing');
    return { kind: 'present' };
  }
  if (isSettled(job, present)) return { kind: 'present' };
  if (options.isDryRun) return { kind: 'missing' };
  await settle(copying);
  return { kind: 'copied' };
}

// --------------------------------------------------------------------------------------------------------- the copy

async function* makeCopy(copying: Copying, isBegun: boolean): AsyncGenerator<Advance, void, void> {
  const { job, target, time } = copying;
  await begin(copying);
  try {
    for await (const slices of readSource(copying)) {
      await keepLease(copying);
      await addMissing(copying, slices, isBegun);
      yield { kind: 'advanced', operations: countLines(slices) / 2 };
    }
    const { isBehind } = yield* compareContents(copying, 0.5);
    if (isBehind) throw new JobProblem(`outcomes that were just written are missing; ${runAgain}`);
    await seal(copying);
  } catch (error) {
    // A copy that is wrong is removed, so that the next run starts over. After any other fault the next run continues it.
    if (error instanceof JobProblem) await target.abortJob(job.id, copyOwner, time.now());
    throw error;
  }
  await settle(copying);
  await checkCounters(copying);
}

/** Makes the partial copy, or takes up the one that is there. */
async function begin(copying: Copying): Promise<void> {
  const { job, target, time } = copying;
  const { id, tenant, name, mode, precision, createdAt, idempotencyKey, repairs } = job;
  const lease = { owner: copyOwner, leaseUntil: time.now() + leaseMs };
  const table = job.isTable ? await readSourceTable(copying) : undefined;
  if (job.isTable && table === undefined) throw new JobProblem(`${damaged}: the description of its columns is missing`);
  // Also for one that is there: creation takes several steps in some stores, and a repetition completes them.
  const creation = await target.createJob({
    id,
    tenant,
    name,
    mode,
    precision,
    createdAt,
    idempotencyKey,
    repairs,
    table,
    ...lease,
  });
  if (creation.kind === 'exists') {
    throw new JobProblem(
      `its idempotency key belongs to the job ${creation.job.id} of the target; to have this one, delete that one there and run this again`,
    );
  }
  const held = await claim(copying);
  requireSameFields(copying, held, identity);
  await requireSameTable(copying);
}

async function claim(copying: Copying): Promise<Job> {
  const { job, target, time } = copying;
  const until = time.now() + leaseMs;
  const held = await target.claimJob(job.id, copyOwner, time.now(), until);
  if (held?.state !== 'Receiving') throw new JobProblem(`the partial copy was removed by another process; ${runAgain}`);
  copying.heldUntil = until;
  return held;
}

async function keepLease(copying: Copying): Promise<void> {
  if (copying.heldUntil === undefined || copying.heldUntil - copying.time.now() > leaseMs / 2) return;
  await claim(copying);
}

/** Adds the chunks and outcomes that are not there yet. What is there is compared later, with everything else. */
async function addMissing({ job, target }: Copying, slices: readonly ChunkSlice[], isBegun: boolean): Promise<void> {
  const stored = isBegun ? await readSame(target, job.id, slices) : [];
  const known = new Map(stored.map((slice) => [slice.chunk.firstLine, slice]));
  const chunks = slices.map(({ chunk }) => chunk).filter(({ firstLine }) => !known.has(firstLine));
  if (chunks.length > 0) await target.appendChunks(job.id, chunks);
  const records = slices.flatMap(({ chunk: { firstLine, count }, outcomes }) =>
    outcomes === undefined || known.get(firstLine)?.outcomes !== undefined
      ? []
      : [{ jobId: job.id, firstLine, count, outcomes }],
  );
  if (records.length === 0) return;
  const verdicts = await target.recordOutcomes(records);
  if (verdicts.includes('gone')) throw new JobProblem(`the partial copy was removed by another process; ${runAgain}`);
  if (verdicts.includes('duplicate')) throw new JobProblem(`the partial copy has different outcomes; ${runAgain}`);
}

async function seal(copying: Copying): Promise<void> {
  const { job, target, time } = copying;
  const { operations, chunks, contentDigest, sealedAt = job.createdAt } = job;
  const leaseUntil = time.now() + settlingMs;
  const isSealed = await target.sealJob(job.id, copyOwner, { operations, chunks, contentDigest, sealedAt, leaseUntil });
  if (!isSealed) throw new JobProblem(`the partial copy was removed by another process; ${runAgain}`);
  copying.heldUntil = undefined;
}

/** Brings the record of a job whose contents are complete to where the source's is, unless others brought it further. */
async function settle({ job, target }: Copying): Promise<void> {
  for (let round = 0; round < settlingRoundsMax; round += 1) {
    const present = await target.readJob(job.id);
    // Its users have deleted it, now that they see it.
    if (present === undefined) return;
    if (!isSettled(job, present)) {
      await takeStep(target, job, present);
      continue;
    }
    if (!isFinished(present.state)) await target.releaseJob(job.id, copyOwner);
    return;
  }
  throw new JobProblem(`other processes keep changing it in the target; ${runAgain}`);
}

function isSettled(job: Job, present: Job): boolean {
  if (isFinished(present.state) || present.state === 'Deleting') return true;
  if (isFinished(job.state) || present.fold.through < job.fold.through) return false;
  return job.state !== 'Cancelling' || present.state === 'Cancelling';
}

async function takeStep(target: CopyTarget, job: Job, present: Job): Promise<void> {
  const { through } = present.fold;
  const finish = readFinish(job, through);
  if (finish !== undefined) await target.finishJob(job.id, present.state, finish);
  else if (through < job.fold.through) await target.foldJob(job.id, through, job.fold);
  else await target.cancelJob(job.id);
}

function readFinish({ state, fold, finishedAt, expiresAt }: Job, through: number): JobFinish | undefined {
  if ((state !== 'Completed' && state !== 'Cancelled') || finishedAt === undefined) return undefined;
  return { through, fold, state, finishedAt, expiresAt };
}

/** The last look at a finished job, now that everybody sees it: the record, and a recount by the target itself. */
async function checkCounters(copying: Copying): Promise<void> {
  const { job, target } = copying;
  if (!isFinished(job.state)) return;
  const recount = await recountTarget(target, job);
  const present = await target.readJob(job.id);
  if (present === undefined || present.state === 'Deleting') return;
  requireSameFields(copying, present, [...identity, ...sealed, 'state']);
  if (areSameFolds(present.fold, job.fold) && areSameFolds(recount, job.fold)) return;
  throw new JobProblem(`its counters differ between source and target; delete it in the target, and run this again`);
}

/** In steps: a sum over a large job in one call is more than some stores answer in time. */
async function recountTarget(target: CopyTarget, { id, isTable }: Job): Promise<Fold> {
  let recount = emptyFold;
  for (;;) {
    const fromLine = recount.through + 1;
    const counts = isTable
      ? await target.readTotals(id, fromLine, countsPerRead)
      : await target.readCounts(id, fromLine, countsPerRead);
    const extended = foldChunks(recount, counts);
    if (extended.through === recount.through || counts.length < countsPerRead) return extended;
    recount = extended;
  }
}

// ---------------------------------------------------------------------------------------------------- the comparison

/**
 * Reads both sides and compares every byte. `isBehind`: the source has outcomes that the target has not. Each operation
 * counts `share` of one. The source must agree with itself, too: a copy of a damaged job would look sound.
 */
async function* compareContents(
  copying: Copying,
  share: number,
): AsyncGenerator<Advance, { readonly isBehind: boolean }, void> {
  const { job, target } = copying;
  let isBehind = false;
  let recount: Fold = emptyFold;
  for await (const slices of readSource(copying)) {
    await keepLease(copying);
    const stored = await readSame(target, job.id, slices);
    for (const [index, { chunk, outcomes }] of slices.entries()) {
      const other = stored[index];
      requireSameChunk(copying, chunk, other?.chunk);
      if (outcomes === undefined) continue;
      if (other?.outcomes === undefined) isBehind = true;
      else requireSameOutcomes(copying, chunk, outcomes, other.outcomes);
      if (recount.through < job.fold.through) recount = foldChunks(recount, [{ ...chunk, ...outcomes }]);
    }
    if (stored.length !== slices.length)
      throw new JobProblem(`the target has different chunks; ${consequenceOf(copying)}`);
    yield { kind: 'advanced', operations: countLines(slices) * share };
  }
  const [beyond] = await target.readSlices(job.id, job.operations + 1, Number.MAX_SAFE_INTEGER, 1);
  if (beyond !== undefined) throw new JobProblem(`the target has more lines; ${consequenceOf(copying)}`);
  if (!areSameFolds(recount, job.fold)) throw new JobProblem(`${damaged}: its counters do not match its outcomes`);
  return { isBehind };
}

/** One more than there should be, so that other chunks between the same lines are seen. */
function readSame(target: CopyTarget, jobId: string, slices: readonly ChunkSlice[]): Promise<readonly ChunkSlice[]> {
  const [first, last] = [slices.at(0)?.chunk, slices.at(-1)?.chunk];
  if (first === undefined || last === undefined) return Promise.resolve([]);
  return target.readSlices(jobId, first.firstLine, last.firstLine + last.count - 1, slices.length + 1);
}

/** The contents of the source in line order. */
async function* readSource({ job, source }: Copying): AsyncGenerator<readonly ChunkSlice[], void, void> {
  try {
    yield* readContents(source, job);
  } catch (error) {
    throw toProblem(error);
  }
}

function readSourceTable({ job, source }: Copying): Promise<Table | undefined> {
  return source
    .readTable(job.id)
    .catch(throwDamage)
    .catch((error: unknown) => {
      throw toProblem(error);
    });
}

function toProblem(error: unknown): unknown {
  return error instanceof DamagedJob ? new JobProblem(`${damaged}: ${error.message}`) : error;
}

const beingDeleted = 'it is being deleted in the target; run this again in a few minutes to copy it';
const damaged = 'it is damaged in the source';
const runAgain = 'run this again';

/** The consequence of a difference, as the second half of a message. */
function consequenceOf({ heldUntil }: Copying): string {
  return heldUntil === undefined
    ? 'the target has a different job with this id, which was not changed; delete it there to copy this one'
    : `the partial copy was removed; ${runAgain}`;
}

/** Fields of a job that are fixed from its creation on, and from its seal on. */
const identity = ['tenant', 'name', 'mode', 'precision', 'createdAt', 'idempotencyKey', 'isTable', 'repairs'] as const;
const sealed = ['operations', 'chunks', 'sealedAt', 'contentDigest'] as const;

function requireSameFields(copying: Copying, other: Job, fields: readonly (keyof Job)[]): void {
  const differing = fields.filter((field) => copying.job[field] !== other[field]);
  if (differing.length === 0) return;
  throw new JobProblem(`the target has another ${differing.join(', ')}; ${consequenceOf(copying)}`);
}

async function requireSameTable(copying: Copying): Promise<void> {
  const { job, target } = copying;
  if (!job.isTable) return;
  const [table, other] = [await readSourceTable(copying), await target.readTable(job.id)];
  if (areSameTables(table, other)) return;
  throw new JobProblem(`the target has different formulas or columns; ${consequenceOf(copying)}`);
}

function requireSameChunk(copying: Copying, chunk: Chunk, other: Chunk | undefined): void {
  if (other !== undefined && areSameChunks(chunk, other)) return;
  throw new JobProblem(`${linesOf(chunk)} differ in the target; ${consequenceOf(copying)}`);
}

function requireSameOutcomes(copying: Copying, chunk: Chunk, outcomes: ChunkOutcomes, other: ChunkOutcomes): void {
  if (areSameOutcomes(outcomes, other)) return;
  throw new JobProblem(`${linesOf(chunk)} have different outcomes in the target; ${consequenceOf(copying)}`);
}

function linesOf({ firstLine, count }: Chunk): string {
  return `the lines ${firstLine} to ${firstLine + count - 1}`;
}
