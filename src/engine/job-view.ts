import {
  isFinished,
  isVisible,
  joinEngines,
  joinErrors,
  noEngines,
  type Job,
  type ListedJob,
  type Table,
  type Totals,
} from '../jobs/index.ts';
import type { JobSummary, JobView } from './job-service.ts';
import type { JobTables } from './job-tables.ts';
import type { JobStore } from './ports.ts';

/** The job as its users see it, with counters exact at the time of reading; undefined when it is not theirs to see. */
export async function viewJob(store: JobStore, tables: JobTables, job: Job): Promise<JobView | undefined> {
  const summary = await viewListedJob(store, job);
  const table = await tables.find(job);
  // A table goes with its job, which was deleted just now.
  if (summary === undefined || (job.isTable && table === undefined)) return undefined;
  return { ...summary, table, totals: job.fold.columns };
}

/** The job as lists show it. */
export async function viewListedJob(store: JobStore, job: ListedJob): Promise<JobSummary | undefined> {
  if (!isVisible(job.state)) return undefined;
  if (isFinished(job.state) || job.fold.through === job.operations) return toSummary(job, undefined);
  return toSummary(job, await store.sumCounts(job.id, job.fold.through + 1));
}

/** A view of a job of which nothing beyond the fold is finished. The job must be visible. */
export function toView(job: Job, table: Table | undefined): JobView {
  return { ...toSummary(job, undefined), table, totals: job.fold.columns };
}

/** From the fold and the counts of the finished chunks beyond it. */
function toSummary(job: ListedJob, beyond: Totals | undefined): JobSummary {
  const succeeded = job.fold.succeeded + (beyond?.succeeded ?? 0);
  const failed = job.fold.failed + (beyond?.failed ?? 0);
  const cancelled = job.fold.cancelled + (beyond?.cancelled ?? 0);
  return {
    id: job.id,
    tenant: job.tenant,
    name: job.name,
    status: isVisible(job.state) ? job.state : 'InProgress',
    mode: job.mode,
    precision: job.precision,
    operations: job.operations,
    completed: succeeded + failed + cancelled,
    succeeded,
    failed,
    cancelled,
    errors: joinErrors(job.fold.errors, beyond?.errors),
    engines: joinEngines(job.fold.engines, beyond?.engines ?? noEngines),
    createdAt: job.createdAt,
    finishedAt: job.finishedAt,
    expiresAt: job.expiresAt,
    isTable: job.isTable,
    repairs: job.repairs,
  };
}
