import { CommandFailure } from './exit-codes.ts';
import { printable } from '../printable.ts';
import {
  displayWidth,
  formatAge,
  formatCount,
  formatFields,
  formatShortCount,
  formatTable,
  truncate,
  type Column,
} from './text.ts';

/** A job as the API writes it. */
export interface JobDocument {
  readonly id: string;
  readonly name?: string;
  readonly status: string;
  readonly mode: string;
  readonly precision: number;
  readonly operations: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** The failed ones by error code. Missing where the server is older than this command. */
  readonly error_counts?: unknown;
  /** Of a table: control totals by the name of their column. */
  readonly totals?: unknown;
  /** Missing where the server is older than this command. */
  readonly engine?: readonly string[];
  readonly created_at: string;
  readonly finished_at?: string;
  readonly expires_at?: string;
}

export interface JobPage {
  readonly page: number;
  readonly size: number;
  readonly total: number;
  readonly items: readonly JobDocument[];
}

const texts = ['id', 'status', 'mode', 'created_at'];
const numbers = ['precision', 'operations', 'completed', 'succeeded', 'failed', 'cancelled'];

/** Checks that a response is a job; whatever else listens on the port must not be shown as one. Undefined: it is not. */
export function readJobDocument(value: unknown): JobDocument | undefined {
  const fields = asFields(value);
  const isJob =
    texts.every((name) => typeof fields[name] === 'string') &&
    numbers.every((name) => typeof fields[name] === 'number');
  return isJob ? (value as JobDocument) : undefined;
}

export function readJobPage(value: unknown): JobPage | undefined {
  const { page, size, total, items } = asFields(value);
  const isPage =
    [page, size, total].every((field) => typeof field === 'number') &&
    Array.isArray(items) &&
    items.every((item) => readJobDocument(item) !== undefined);
  return isPage ? (value as JobPage) : undefined;
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function isFinished(job: JobDocument): boolean {
  return job.status === 'Completed' || job.status === 'Cancelled';
}

export function formatJob(job: JobDocument): string {
  const fields: [string, string | undefined][] = [
    ['id', printable(job.id)],
    ['name', job.name === undefined ? undefined : printable(job.name)],
    ['status', printable(job.status)],
    ['mode', job.mode === 'decimal' ? `decimal, ${job.precision} digits` : printable(job.mode)],
    ['operations', formatCount(job.operations)],
    ['completed', `${formatCount(job.completed)} (${formatShare(job)} %)`],
    ['succeeded', formatCount(job.succeeded)],
    ['failed', formatCount(job.failed)],
    ['errors', formatErrors(job.error_counts)],
    ['cancelled', job.cancelled === 0 ? undefined : formatCount(job.cancelled)],
    ['engine', job.engine === undefined || job.engine.length === 0 ? undefined : printable(job.engine.join(', '))],
    ['created', printable(job.created_at)],
    ['finished', job.finished_at === undefined ? undefined : printable(job.finished_at)],
    ['expires', job.expires_at === undefined ? undefined : printable(job.expires_at)],
  ];
  return formatFields(fields.filter((field): field is [string, string] => field[1] !== undefined));
}

/** The most frequent first; undefined when there are none. */
function formatErrors(errors: unknown): string | undefined {
  const counts = Object.entries(asFields(errors)).map(([code, count]) => ({ code, count: Number(count) }));
  if (counts.length === 0) return undefined;
  const sorted = counts.toSorted((left, right) => right.count - left.count);
  return sorted.map(({ code, count }) => `${formatCount(count)} ${printable(code)}`).join(', ');
}

/** Percent that are completed. */
function formatShare(job: JobDocument): string {
  return String(job.operations === 0 ? 0 : Math.floor((1000 * job.completed) / job.operations) / 10);
}

export function formatJobs(jobs: readonly JobDocument[]): string {
  return formatTable(
    [
      { title: 'ID', align: 'left' },
      { title: 'STATUS', align: 'left' },
      { title: 'OPERATIONS', align: 'right' },
      { title: 'COMPLETED', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'CREATED', align: 'left' },
      { title: 'NAME', align: 'left' },
    ],
    jobs.map((job) => [
      printable(job.id),
      printable(job.status),
      formatCount(job.operations),
      formatCount(job.completed),
      formatCount(job.failed),
      printable(job.created_at),
      printable(job.name ?? ''),
    ]),
  );
}

/** The name of a job is shown with at least this many characters, however narrow the terminal is. */
const nameWidthMin = 7;

/** The same for people: shorter cells, and names cut so that each job fits the width, which 80 cells are enough for. */
export function formatJobsWithin(width: number, jobs: readonly JobDocument[], now: number): string {
  const cells = jobs.map((job) => [
    printable(job.id),
    job.status === 'InProgress' ? `${formatShare(job)} %` : printable(job.status),
    formatShortCount(job.operations),
    formatShortCount(job.failed),
    formatAge(now - Date.parse(job.created_at)),
  ]);
  const taken = displayWidth(formatTable(briefColumns, cells).split('\n')[0] ?? '');
  const nameWidth = Math.max(nameWidthMin, width - taken - 2);
  return formatTable(
    [...briefColumns, { title: 'NAME', align: 'left' }],
    cells.map((row, index) => [...row, truncate(printable(jobs[index]?.name ?? ''), nameWidth)]),
  );
}

const briefColumns: readonly Column[] = [
  { title: 'ID', align: 'left' },
  { title: 'STATUS', align: 'left' },
  { title: 'LINES', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'AGE', align: 'right' },
];

/** The address of a job. An id is a single part of a path, whatever was typed. */
export function jobPath(id: string, ...rest: readonly string[]): string {
  if (/^\.*$/.test(id)) throw new CommandFailure(`${JSON.stringify(id)} is not the id of a job`);
  return ['api', 'jobs', encodeURIComponent(id), ...rest].join('/');
}
