/**
 * Whether a store holds each of its jobs whole: every line, every outcome that the record of the job counts, and counters
 * that equal a recount. It only reads, every byte, from a store that may be at work meanwhile. So it finds what a store lacks
 * after a restore, before a user requests that line.
 */
import { emptyFold, foldChunks, isFinished, isVisible, type Job, type ListedJob } from '../jobs/index.ts';
import { areSameFolds } from './compare-facts.ts';
import type { JobStore } from './ports.ts';
import { DamagedJob, readContents, throwDamage } from './read-contents.ts';

export type CheckSource = Pick<JobStore, 'listJobs' | 'listJobsAfter' | 'readJob' | 'readTable' | 'readSlices'>;

/**
 * `complete`: finished, and every line has its outcome. `unfinished`: every line is there, and the job continues when the
 * applications run. `incomplete`: something is missing or contradicts the rest. `gone`: deleted while it was checked.
 */
export type CheckVerdict =
  { readonly kind: 'complete' | 'unfinished' | 'gone' } | { readonly kind: 'incomplete'; readonly problem: string };

export interface JobCheck {
  readonly jobId: string;
  readonly verdict: CheckVerdict;
}

/** Jobs per list: 300 KB of records. */
const jobsPerPage = 1_000;

/**
 * Checks every job that the store shows, the newest first, and none that is submitted meanwhile. Throws `StoreError` when
 * the store is unavailable.
 */
export async function* checkJobs(source: CheckSource): AsyncGenerator<JobCheck, void, void> {
  let page = await source.listJobs(0, jobsPerPage);
  while (page.jobs.length > 0) {
    for (const { id } of page.jobs) yield { jobId: id, verdict: await checkJob(source, id) };
    page = await source.listJobsAfter(lastId(page.jobs), jobsPerPage);
  }
}

function lastId(jobs: readonly ListedJob[]): string {
  return jobs.at(-1)?.id ?? '';
}

async function checkJob(source: CheckSource, jobId: string): Promise<CheckVerdict> {
  try {
    const job = await source.readJob(jobId).catch(throwDamage);
    if (job === undefined || !isVisible(job.state)) return { kind: 'gone' };
    await requireTable(source, job);
    await recount(source, job);
    return { kind: isFinished(job.state) ? 'complete' : 'unfinished' };
  } catch (error) {
    if (!(error instanceof DamagedJob)) throw error;
    // A deletion takes the chunks away before the record.
    if (await isGone(source, jobId)) return { kind: 'gone' };
    return { kind: 'incomplete', problem: error.message };
  }
}

async function requireTable(source: CheckSource, { id, isTable }: Job): Promise<void> {
  if (!isTable || (await source.readTable(id).catch(throwDamage)) !== undefined) return;
  throw new DamagedJob('the description of its columns is missing');
}

/** The record was read first, so a store at work has at least the outcomes that the record counts. */
async function recount(source: CheckSource, job: Job): Promise<void> {
  let fold = emptyFold;
  for await (const slices of readContents(source, job)) {
    for (const { chunk, outcomes } of slices) {
      if (fold.through >= job.fold.through) break;
      if (outcomes === undefined) throw new DamagedJob(`the outcomes from line ${chunk.firstLine} on are missing`);
      fold = foldChunks(fold, [{ ...chunk, ...outcomes }]);
    }
  }
  if (!areSameFolds(fold, job.fold)) throw new DamagedJob('its counters do not match its outcomes');
}

async function isGone(source: CheckSource, jobId: string): Promise<boolean> {
  try {
    const job = await source.readJob(jobId).catch(throwDamage);
    return job === undefined || !isVisible(job.state);
  } catch (error) {
    if (error instanceof DamagedJob) return false;
    throw error;
  }
}
