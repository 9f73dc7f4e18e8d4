/**
 * The steps that bring a job forward. Each computes from stored facts and writes conditionally, so any instance may
 * take any step at any time, twice or at the same time as another, and the outcome is the same.
 */
import { finalState, foldChunks, isFinished, tombstone, type Job } from '../jobs/index.ts';
import type { JobStore } from './ports.ts';
import type { Time } from './time.ts';

/** Chunk counts read at once while folding: a few kilobytes, and 500,000 lines a read. */
const countsPerRead = 1024;
/** Tombstones written at once. */
const tombstonesPerWrite = 1024;

/** Folds the finished chunks that follow the fold; returns the job as it is then, or undefined when it is gone. */
export async function advanceFold(store: JobStore, job: Job): Promise<Job | undefined> {
  let fold = job.fold;
  for (;;) {
    const finished = await store.readCounts(job.id, fold.through + 1, countsPerRead);
    const extended = foldChunks(fold, finished);
    const isComplete = extended.through === fold.through || finished.length < countsPerRead;
    fold = extended;
    if (isComplete) break;
  }
  if (fold.through === job.fold.through) return job;
  const isFolded = await store.foldJob(job.id, job.fold.through, fold);
  // Somebody else folded, cancelled, deleted or finished the job in between: what is stored counts.
  return isFolded ? { ...job, fold, takeovers: 0 } : store.readJob(job.id);
}

/** Ends a job whose every line has an outcome. True: the job is finished, by this call or another. */
export async function finishIfDone(store: JobStore, time: Time, job: Job, retentionMs: number): Promise<boolean> {
  if (isFinished(job.state)) return true;
  if (job.fold.through < job.operations) return false;
  const now = time.now();
  const expiresAt = retentionMs > 0 ? now + retentionMs : undefined;
  if (await store.finishJob(job.id, job.state, finalState(job.fold), now, expiresAt)) return true;
  const stored = await store.readJob(job.id);
  return stored === undefined || isFinished(stored.state) || stored.state === 'Deleting';
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
  // A fold that loses against another's is repeated from what is stored; every loss means that somebody moved on.
  while (current !== undefined && current.state === 'Cancelling') {
    current = await advanceFold(store, current);
    if (current !== undefined && (await finishIfDone(store, time, current, retentionMs))) return;
  }
}
