/** Which jobs a command means: the options that say so, and the query parameters of the API that they become. */
import { InvalidArgumentError, Option } from 'commander';
import { visibleJobStates, type VisibleJobState } from '../jobs/index.ts';

export interface SelectionOptions {
  readonly status?: readonly VisibleJobState[];
  readonly name?: string;
  /** Milliseconds. */
  readonly olderThan?: number;
}

export type SelectionQuery = Readonly<Record<'status' | 'name' | 'before', string | readonly string[] | undefined>>;

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};

/** A hundred years (leap days included): no job is older, and a time before them could not be written in four digits. */
const ageMsMax = 36_525 * 24 * 3_600_000;

export function readAge(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([smhdw])$/.exec(text) ?? [];
  const age = Number(digits) * (unitMs[unit] ?? Number.NaN);
  if (digits !== '' && age <= ageMsMax) return age;
  throw new InvalidArgumentError('It must be a number with a unit, such as 90s, 30m, 12h, 7d or 2w.');
}

/** Written in any case, with or without hyphens; several with commas between them, or the option again. */
export function readStatuses(text: string, previous: readonly VisibleJobState[] = []): readonly VisibleJobState[] {
  const named = text.split(',').map((name) => {
    const wanted = name.trim().toLowerCase().replaceAll('-', '');
    const status = visibleJobStates.find((known) => known.toLowerCase() === wanted);
    if (status !== undefined) return status;
    throw new InvalidArgumentError('It must be one of in-progress, cancelling, completed, cancelled.');
  });
  return Array.from(new Set([...previous, ...named]));
}

export const statusOption = () =>
  new Option(
    '--status <status>',
    'only jobs with this status: in-progress, cancelling, completed or cancelled; several with commas between them',
  ).argParser(readStatuses);

export const nameOption = () =>
  new Option('--name <text>', 'only jobs whose name contains this text').argParser((text) => {
    if (text !== '') return text;
    throw new InvalidArgumentError('It must not be empty.');
  });

export const olderThanOption = () =>
  new Option(
    '--older-than <age>',
    'only jobs created longer ago than this, such as 12h or 7d (units: s, m, h, d, w)',
  ).argParser(readAge);

/** The age counts back from `now`, the time of this machine. */
export function toSelectionQuery({ status, name, olderThan }: SelectionOptions, now: number): SelectionQuery {
  const before = olderThan === undefined ? undefined : new Date(now - olderThan).toISOString();
  return { status, name, before };
}

export function isSelection(query: SelectionQuery): boolean {
  return Object.values(query).some((value) => value !== undefined);
}
