/** Counts the outcomes that a stream of results will hold, so that its reader can tell a whole stream from a part. */
import { decodeOutcomes, isFinished, type Job } from '../jobs/index.ts';
import { JobDeleted } from './errors.ts';
import type { ResultsQuery } from './job-service.ts';
import type { JobStore, OutcomeSlice } from './ports.ts';

type Filter = NonNullable<ResultsQuery['filter']>;

/** Undefined while the job is not finished. Costs one scan of chunk counts at most. */
export async function countResults(
  store: JobStore,
  job: Job,
  { from, limit, filter }: ResultsQuery,
): Promise<number | undefined> {
  if (!isFinished(job.state)) return undefined;
  const available =
    filter === undefined ? Math.max(0, job.operations - from + 1) : await countFrom(store, job, filter, from);
  return Math.min(available, limit ?? available);
}

async function countFrom(store: JobStore, job: Job, filter: Filter, from: number): Promise<number> {
  if (from === 1) return job.fold[filter];
  if (from > job.operations) return 0;
  const [slice] = await store.readOutcomes(job.id, from, from, 1);
  if (slice === undefined) throw new JobDeleted('the job was deleted');
  const next = slice.firstLine + slice.count;
  const later = next > job.operations ? 0 : (await store.sumCounts(job.id, next))[filter];
  return countInSlice(slice, filter, from) + later;
}

function countInSlice({ firstLine, outcomes }: OutcomeSlice, filter: Filter, from: number): number {
  if (firstLine === from) return outcomes[filter];
  // A cancelled chunk has a tombstone in place of outcomes.
  if (outcomes.cancelled > 0) return 0;
  const kind = filter === 'succeeded' ? 'result' : 'error';
  return decodeOutcomes(outcomes.text)
    .slice(from - firstLine)
    .filter((outcome) => outcome.kind === kind).length;
}
