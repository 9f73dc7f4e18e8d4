/** Which jobs a request means, from its query. */
import type { JobFilter } from '../engine/index.ts';
import { checkJobName } from './job-options.ts';
import { Problem } from './problems.ts';
import type { JobFilterQuery } from './schemas/index.ts';

/** RFC 3339, as in the OpenAPI format `date-time`: with a zone, because without one every reader takes another. */
const zonedTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Undefined: the query has no condition. */
export function readJobFilter({ status, name, before }: JobFilterQuery): JobFilter | undefined {
  if (status === undefined && name === undefined && before === undefined) return undefined;
  if (name !== undefined) checkJobName(name);
  return { states: status, name, createdBefore: before === undefined ? undefined : readTime(before) };
}

/** For requests that change what they match: without a condition they would change everything. */
export function requireJobFilter(query: JobFilterQuery): JobFilter {
  const filter = readJobFilter(query);
  if (filter !== undefined) return filter;
  throw new Problem(
    'INVALID_PARAMETER',
    'Select jobs with at least one of the query parameters "status", "name" and "before".',
  );
}

function readTime(text: string): number {
  const time = zonedTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time) && hasItsDay(text)) return time;
  const hint = text.includes(' ') ? ' A "+" is written %2B in a URL.' : '';
  throw new Problem(
    'INVALID_PARAMETER',
    `The query parameter "before" must be a time with its zone, such as 2026-11-30T12:00:00Z or 2026-11-30T13:00:00+01:00.${hint}`,
  );
}

/** The 31st of February would otherwise be a day in March. */
function hasItsDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
