/** Which jobs a request means, from its query. */
import type { JobFilter } from '../engine/index.ts';
import { checkJobName } from './job-options.ts';
import { Problem } from './problems.ts';
import type { JobFilterQuery } from './schemas/index.ts';
import { readZonedTime } from './zoned-time.ts';

/** Undefined: the query has no condition. */
export function readJobFilter({ status, name, before }: JobFilterQuery): JobFilter | undefined {
  if (status === undefined && name === undefined && before === undefined) return undefined;
  if (name !== undefined) checkJobName(name);
  return {
    states: status,
    name,
    createdBefore: before === undefined ? undefined : readZonedTime('query parameter', 'before', before),
  };
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
