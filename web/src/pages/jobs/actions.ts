/** Actions on several jobs together. */
import { getJson, request, requestJson } from '../../api/client.ts';
import { ProblemError } from '../../api/errors.ts';
import type { Job, JobPage } from '../../api/types.ts';
import type { Query } from '../../api/url.ts';

export type ActionKind = 'cancel' | 'delete';

export interface Progress {
  readonly kind: ActionKind;
  readonly done: number;
  /** Undefined while it is not known. */
  readonly of?: number;
}

/** Concurrent requests: a browser opens six connections to a server, and the list and another page need some. */
const requestsMax = 3;

/** Resolves with the number of jobs that were changed. One that is deleted meanwhile is as good as done. */
export async function changeJobs(
  kind: ActionKind,
  ids: readonly string[],
  onProgress: (progress: Progress) => void,
): Promise<number> {
  const waiting = [...ids];
  let [done, changed] = [0, 0];
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (await changeJob(kind, id)) changed++;
      done++;
      onProgress({ kind, done, of: ids.length });
    }
  };
  try {
    await Promise.all(Array.from({ length: requestsMax }, work));
  } catch (error) {
    // The other requests end after the one that each is at.
    waiting.length = 0;
    throw error;
  }
  return changed;
}

/** Whether the job is changed now; a finished one cannot be cancelled. */
async function changeJob(kind: ActionKind, id: string): Promise<boolean> {
  const path = `api/jobs/${encodeURIComponent(id)}`;
  try {
    if (kind === 'cancel') return isCancelled(await requestJson<Job>('POST', `${path}/cancel`));
    await request('DELETE', path);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'JOB_NOT_FOUND') return kind === 'delete';
    throw error;
  }
}

function isCancelled({ status }: Job): boolean {
  return status === 'Cancelling' || status === 'Cancelled';
}

export interface Filter {
  /** Empty: all. */
  readonly status: string;
  readonly name: string;
}

export function toQuery({ status, name }: Filter): Query {
  return { ...(status !== '' && { status }), ...(name !== '' && { name }) };
}

/** The jobs that match a filter at a moment; those that come later are not among them. */
export interface MatchingJobs {
  readonly query: Query;
  readonly count: number;
}

/** Only jobs in progress can be cancelled. */
export function canCancel({ status }: Filter): boolean {
  return status === '' || status === 'InProgress';
}

export async function findMatching(kind: ActionKind, filter: Filter): Promise<MatchingJobs> {
  const query = toQuery(kind === 'cancel' ? { ...filter, status: 'InProgress' } : filter);
  const { total, items } = await getJson<JobPage>('api/jobs', { query: { ...query, size: 1 } });
  const newest = items[0]?.created_at;
  // The clock of the server decides, not the one here.
  const before = newest === undefined ? undefined : new Date(Date.parse(newest) + 1).toISOString();
  return { query: { ...query, before }, count: total };
}

/** A request changes a bounded number of jobs, so it is repeated. */
export async function changeMatching(
  kind: ActionKind,
  { query, count }: MatchingJobs,
  onProgress: (progress: Progress) => void,
): Promise<number> {
  let done = 0;
  for (let hasMore = count > 0; hasMore;) {
    const answer = await changeSome(kind, query);
    done += answer.changed;
    hasMore = answer.hasMore;
    onProgress({ kind, done, of: Math.max(done, count) });
  }
  return done;
}

async function changeSome(kind: ActionKind, query: Query): Promise<{ changed: number; hasMore: boolean }> {
  if (kind === 'delete') {
    const { deleted, more } = await requestJson<{ deleted: number; more: boolean }>('DELETE', 'api/jobs', { query });
    return { changed: deleted, hasMore: more };
  }
  const options = { query };
  const { cancelled, more } = await requestJson<{ cancelled: number; more: boolean }>(
    'POST',
    'api/jobs/cancel',
    options,
  );
  return { changed: cancelled, hasMore: more };
}
