import { isFinished, isVisible, type Counts, type Job } from '../jobs/index.ts';
import type { JobView } from './job-service.ts';
import type { JobStore } from './ports.ts';

/** The job as its users see it, with counters exact at the time of reading; undefined when it is not theirs to see. */
export async function viewJob(store: JobStore, job: Job): Promise<JobView | undefined> {
  if (!isVisible(job.state)) return undefined;
  if (isFinished(job.state) || job.fold.through === job.operations) return toView(job, undefined);
  return toView(job, await store.sumCounts(job.id, job.fold.through + 1));
}

/** A view from the fold and the counts of the finished chunks beyond it. The job must be visible. */
export function toView(job: Job, beyond: Counts | undefined): JobView {
  const succeeded = job.fold.succeeded + (beyond?.succeeded ?? 0);
  const failed = job.fold.failed + (beyond?.failed ?? 0);
  const cancelled = job.fold.cancelled + (beyond?.cancelled ?? 0);
  return {
    id: job.id,
    name: job.name,
    status: isVisible(job.state) ? job.state : 'InProgress',
    mode: job.mode,
    precision: job.precision,
    operations: job.operations,
    completed: succeeded + failed + cancelled,
    succeeded,
    failed,
    cancelled,
    createdAt: job.createdAt,
    finishedAt: job.finishedAt,
    expiresAt: job.expiresAt,
  };
}
