/**
 * Lists of jobs by a filter. Jobs of some states of one tenant are found and counted by an index and counters, in any number.
 * Names, times, and states of several tenants are looked at one by one in an index that holds nothing else, 5,000 at a
 * time, so that a caller can let others in between: 1,000,000 jobs take about 250 ms of CPU time, and no step more than a few.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JobFilter } from '../../engine/index.ts';
import { defaultTenant, visibleJobStates, type ListedJob, type VisibleJobState } from '../../jobs/index.ts';
import { listedColumns, numberIn, optionalTextIn, textIn, toListedJob, type Row } from './job-row.ts';

/** Jobs that one step looks at. */
const sliceJobs = 5_000;

/** One place for each state. A place that is not needed is null, and finds nothing immediately. */
const places = visibleJobStates.map((_, index) => `$state${index}`);
/** Each state has its jobs in the order of their ids; SQLite merges them without sorting. */
const ofStates = (columns: string, condition: string) =>
  places
    .map(
      (place) => `SELECT ${columns} FROM job INDEXED BY job_tenant
        WHERE is_visible AND tenant = $tenant AND state = ${place} AND ${condition}`,
    )
    .join(' UNION ALL ');
const isWanted = `state IN (${places.join(', ')})`;
const matches = `${isWanted} AND ($tenant IS NULL OR tenant = $tenant)
  AND created_at < $createdBefore AND ($name IS NULL OR name LIKE $name ESCAPE '\\')`;

export const listQueries = {
  tenants: 'SELECT (SELECT min(tenant) FROM job_count) AS first, (SELECT max(tenant) FROM job_count) AS last',
  total: `SELECT ifnull(sum(jobs), 0) AS total FROM job_count WHERE ${isWanted} AND tenant = $tenant`,
  jobsOfStates: `${ofStates(listedColumns, 'id < $below')} ORDER BY id DESC LIMIT $limit OFFSET $offset`,
  oldestOfStates: `${ofStates('id', "id > ''")} ORDER BY id LIMIT $limit`,
  /** How many jobs of a slice match, how many it has, and its last one. */
  sliceDown: `SELECT count(*) AS jobs, min(id) AS last, count(*) FILTER (WHERE ${matches}) AS matching FROM (
    SELECT id, tenant, state, created_at, name FROM job INDEXED BY job_listing WHERE is_visible AND id < $below ORDER BY id DESC LIMIT $slice)`,
  jobsDown: `SELECT ${listedColumns} FROM job INDEXED BY job_listing WHERE is_visible AND id < $below AND id >= $last AND ${matches}
    ORDER BY id DESC LIMIT $limit OFFSET $offset`,
  sliceUp: `SELECT count(*) AS jobs, max(id) AS last FROM (
    SELECT id FROM job INDEXED BY job_listing WHERE is_visible AND id > $above ORDER BY id LIMIT $slice)`,
  idsUp: `SELECT id FROM job INDEXED BY job_listing WHERE is_visible AND id > $above AND id <= $last AND ${matches} ORDER BY id LIMIT $limit`,
} as const;

interface TenantFilter extends Pick<JobFilter, 'states'> {
  readonly tenant: string;
}

/** Sorts after every id. */
const aboveAll = '\u{10ffff}';

/** The whole list, or what follows a job in it. */
export interface ListStart {
  readonly below?: string;
  readonly offset: number;
}

/** Runs one step, between which others get their turn. */
export type RunStep = <Result>(step: (lists: JobListReader) => Result) => Promise<Result>;

export class JobListReader {
  readonly #queries: Record<keyof typeof listQueries, StatementSync>;

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(listQueries).map(([name, sql]) => {
      const statement = database.prepare(sql);
      // Every query gets the whole filter.
      statement.setAllowUnknownNamedParameters(true);
      return [name, statement] as const;
    });
    this.#queries = Object.fromEntries(prepared) as Record<keyof typeof listQueries, StatementSync>;
  }

  /** The tenant of all jobs, if they have only one; of none, any will do. Undefined: they have several. */
  findSoleTenant(): string | undefined {
    const { first, last } = this.#queries.tenants.get() ?? {};
    return first === last ? String(first ?? defaultTenant) : undefined;
  }

  countStates(filter: TenantFilter): number {
    return numberIn(this.#queries.total.get(toParameters(filter)) ?? {}, 'total');
  }

  readStates(filter: TenantFilter, { below = aboveAll, offset }: ListStart, limit: number): ListedJob[] {
    return this.#queries.jobsOfStates.all({ ...toParameters(filter), below, offset, limit }).map(toListedJob);
  }

  findStates(filter: TenantFilter, limit: number): string[] {
    return this.#queries.oldestOfStates.all({ ...toParameters(filter), limit }).map(idIn);
  }

  readSlice(filter: JobFilter, below: string): Slice {
    return toSlice(this.#queries.sliceDown.get({ ...toParameters(filter), below, slice: sliceJobs }) ?? {});
  }

  /** Matching jobs from below a job down to `last`. */
  readJobs(filter: JobFilter, below: string, last: string, offset: number, limit: number): ListedJob[] {
    return this.#queries.jobsDown.all({ ...toParameters(filter), below, last, offset, limit }).map(toListedJob);
  }

  /** Ids of matching jobs of the slice above a job, and where the slice ends; undefined: with the list. */
  findAbove(filter: JobFilter, above: string, limit: number): { ids: string[]; last: string | undefined } {
    const { last, isFull } = toSlice({ matching: 0, ...this.#queries.sliceUp.get({ above, slice: sliceJobs }) });
    const rows = last === undefined ? [] : this.#queries.idsUp.all({ ...toParameters(filter), above, last, limit });
    return { ids: rows.map(idIn), last: isFull ? last : undefined };
  }
}

interface Slice {
  readonly matching: number;
  /** Its last job; undefined: it has none. */
  readonly last: string | undefined;
  /** Others may follow. */
  readonly isFull: boolean;
}

/** A page of the matching jobs, and how many match in all. */
export async function listMatching(
  run: RunStep,
  filter: JobFilter,
  start: ListStart,
  limit: number,
): Promise<{ total: number; jobs: ListedJob[] }> {
  const indexed = await run((lists) => {
    const known = toIndexed(filter, lists);
    return known && { total: lists.countStates(known), jobs: lists.readStates(known, start, limit) };
  });
  if (indexed !== undefined) return indexed;
  const { below = aboveAll } = start;
  const jobs: ListedJob[] = [];
  let total = 0;
  let skip = start.offset;
  for await (const { matching, last, from } of slices(run, filter)) {
    total += matching;
    // Slices without a match, and those above the place where the page begins, have nothing for it.
    if (matching === 0 || last === undefined || last >= below || jobs.length >= limit) continue;
    const place = from < below ? from : below;
    const wanted = limit - jobs.length;
    if (skip < matching) jobs.push(...(await run((lists) => lists.readJobs(filter, place, last, skip, wanted))));
    skip = Math.max(0, skip - matching);
  }
  return { total, jobs };
}

/** All jobs, newest first. */
async function* slices(run: RunStep, filter: JobFilter): AsyncGenerator<Slice & { readonly from: string }, void, void> {
  let from = aboveAll;
  for (;;) {
    const slice = await run((lists) => lists.readSlice(filter, from));
    yield { ...slice, from };
    if (!slice.isFull || slice.last === undefined) return;
    from = slice.last;
  }
}

/** Ids of matching jobs, oldest first. */
export async function findMatching(run: RunStep, filter: JobFilter, limit: number): Promise<string[]> {
  const indexed = await run((lists) => {
    const known = toIndexed(filter, lists);
    return known && lists.findStates(known, limit);
  });
  if (indexed !== undefined) return indexed;
  const found: string[] = [];
  for (let above: string | undefined = ''; above !== undefined && found.length < limit;) {
    const from: string = above;
    const { ids, last } = await run((lists) => lists.findAbove(filter, from, limit - found.length));
    found.push(...ids);
    above = last;
  }
  return found;
}

/** The filter, if an index and the counters alone know the matching jobs: of some states, of one tenant. */
function toIndexed({ tenant, states, name, createdBefore }: JobFilter, lists: JobListReader): TenantFilter | undefined {
  if (name !== undefined || createdBefore !== undefined) return undefined;
  const only = tenant ?? lists.findSoleTenant();
  return only === undefined ? undefined : { tenant: only, states };
}

function toParameters({ tenant, states = visibleJobStates, name, createdBefore }: JobFilter) {
  const wanted = visibleJobStates.map((state, index) => [`state${index}`, states.includes(state) ? state : null]);
  return {
    ...(Object.fromEntries(wanted) as Record<string, VisibleJobState | null>),
    tenant: tenant ?? null,
    name: name === undefined ? null : `%${name.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
    createdBefore: createdBefore ?? Number.MAX_SAFE_INTEGER,
  };
}

function idIn(row: Row): string {
  return textIn(row, 'id');
}

function toSlice(row: Row): Slice {
  return {
    matching: numberIn(row, 'matching'),
    last: optionalTextIn(row, 'last'),
    isFull: numberIn(row, 'jobs') >= sliceJobs,
  };
}
