/**
 * Deleting and cancelling all jobs that match a filter, in calls of bounded work: the caller learns how many jobs were changed
 * and whether there are more, and repeats the call. A call that fails half way has done a part, and a repetition does the rest.
 */
import type { BulkVerdict } from './job-service.ts';
import type { JobFilter, JobStore } from './ports.ts';
import { pause, type Time } from './time.ts';

/** Jobs that one call changes. */
const jobsPerCall = 1_000;
/** Concurrent changes: enough for the store to commit many together, few enough to let others in between. */
const changesAtOnce = 32;
/**
 * How long a call lasts at most. Then no change begins, and what is left of those that have begun (the end of a cancelled
 * job of millions of lines takes seconds) continues after the answer.
 */
const callMsMax = 4_000;

export interface BulkDependencies {
  readonly store: Pick<JobStore, 'findJobs'>;
  readonly time: Time;
}

/** Changes one job. `onChanged` is called as soon as the store has the change, if it was this call that made it. */
export type ChangeJob = (jobId: string, onChanged: () => void) => Promise<unknown>;

export async function changeMatching(
  { store, time }: BulkDependencies,
  filter: JobFilter,
  change: ChangeJob,
): Promise<BulkVerdict> {
  const found = await store.findJobs(filter, jobsPerCall + 1);
  const waiting = found.slice(0, jobsPerCall);
  const until = time.now() + callMsMax;
  let changed = 0;
  let isFailed = false;

  async function work(): Promise<void> {
    while (!isFailed && time.now() < until) {
      const jobId = waiting.shift();
      if (jobId === undefined) return;
      try {
        await change(jobId, () => (changed += 1));
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  }

  const expiry = new AbortController();
  try {
    await Promise.race([
      Promise.all(Array.from({ length: changesAtOnce }, work)),
      pause(time, callMsMax, expiry.signal),
    ]);
  } finally {
    expiry.abort();
  }
  return { changed, hasMore: waiting.length > 0 || found.length > jobsPerCall };
}
