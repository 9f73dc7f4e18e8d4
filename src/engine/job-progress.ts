/**
 * The steps that bring a job forward. Each computes from stored facts and writes conditionally, so any instance may
 * take any step at any time, twice or at the same time as another, and the outcome is the same.
 */
import { emptyFold, finalState, foldChunks, tombstone, type ChunkCounts, type Fold, type Job } from '../jobs/index.ts';
import type { JobStore } from './ports.ts';
import type { Time } from './time.ts';

/** Chunk counts per read while folding: a few kilobytes, and 500,000 lines per read. */
const countsPerRead = 1024;
/** Tombstones per write. */
const tombstonesPerWrite = 1024;

/** Counts of finished chunks by their first line, known to the instance that stored them: they never change, so no read is needed. */
export type KnownCounts = ReadonlyMap<number, ChunkCounts>;

const nothingKnown: KnownCounts = new Map();

/** The fold extended by the finished chunks that follow it. */
async function extendFold(store: JobStore, job: Job, known: KnownCounts): Promise<Fold> {
  let fold = await restoreColumns(store, job);
  for (let next = known.get(fold.through + 1); next !== undefined; next = known.get(fold.through + 1)) {
    fold = foldChunks(fold, [next]);
  }
  // Outcomes that other instances recorded come next. They are read when no counts are known here.
  if (fold.through === job.operations || fold.through > job.fold.through) return fold;
  for (;;) {
    const finished = await readFinished(store, job, fold.through + 1);
    const extended = foldChunks(fold, finished);
    if (extended.through === fold.through || finished.length < countsPerRead) return extended;
    fold = extended;
  }
}

function readFinished(store: JobStore, { id, isTable }: Job, fromLine: number): Promise<readonly ChunkCounts[]> {
  return isTable ? store.readTotals(id, fromLine, countsPerRead) : store.readCounts(id, fromLine, countsPerRead);
}

/**
 * An instance of a version from before there were tables folds one without its totals. They are facts, so they are
 * collected again; a table has at least one formula, so its totals are empty for no other reason.
 */
async function restoreColumns(store: JobStore, job: Job): Promise<Fold> {
  const { fold, isTable } = job;
  if (!isTable || fold.columns.length > 0 || fold.succeeded + fold.failed === 0) return fold;
  let recount = emptyFold;
  for (let through = -1; recount.through > through && recount.through < fold.through;) {
    ({ through } = recount);
    const finished = await readFinished(store, job, through + 1);
    recount = foldChunks(
      recount,
      finished.filter(({ firstLine }) => firstLine <= fold.through),
    );
  }
  return { ...fold, columns: recount.columns };
}

/**
 * Folds what is finished and, when that is everything, ends the job in the same write. Returns the job as it is then, or
 * undefined when it is gone. Where somebody else folded, cancelled, deleted or finished it in between, what is stored counts.
 */
export async function advanceJob(
  store: JobStore,
  time: Time,
  job: Job,
  retentionMs: number,
  known: KnownCounts = nothingKnown,
): Promise<Job | undefined> {
  const { through } = job.fold;
  const fold = await extendFold(store, job, known);
  if (fold.through === job.operations) {
    // The clock may have been set back since.
    const finishedAt = Math.max(time.now(), job.createdAt, job.sealedAt ?? 0);
    const expiresAt = retentionMs > 0 ? finishedAt + retentionMs : undefined;
    const end = { fold, state: finalState(fold), finishedAt, expiresAt };
    return (await store.finishJob(job.id, job.state, { through, ...end })) ? { ...job, ...end } : store.readJob(job.id);
  }
  if (fold.through === through) return job;
  return (await store.foldJob(job.id, through, fold)) ? { ...job, fold, takeovers: 0 } : store.readJob(job.id);
}

/** Gives every open chunk of a job from `fromLine` on its tombstone. Outcomes that arrive first stay. */
export async function placeTombstones(store: JobStore, jobId: string, fromLine: number): Promise<void> {
  let next = fromLine;
  for (;;) {
    const open = await store.readOpenRanges(jobId, next, tombstonesPerWrite);
    const last = open.at(-1);
    if (last === undefined) return;
    await store.recordOutcomes(
      open.map(({ firstLine, count }) => ({ jobId, firstLine, count, outcomes: tombstone(count) })),
    );
    next = last.firstLine + last.count;
  }
}

/** Brings a cancelled job to its end. */
export async function settleCancelledJob(store: JobStore, time: Time, job: Job, retentionMs: number): Promise<void> {
  await placeTombstones(store, job.id, job.fold.through + 1);
  let current: Job | undefined = job;
  // A write that loses against another's is repeated from what is stored; every loss means that somebody moved on.
  while (current?.state === 'Cancelling') current = await advanceJob(store, time, current, retentionMs);
}
