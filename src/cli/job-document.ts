import { CommandFailure } from './exit-codes.ts';
import { formatCount, formatFields, formatTable, printable } from './text.ts';

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

/** Checks that an answer is a job; whatever else listens on the port must not be shown as one. */
export function readJobDocument(value: unknown): JobDocument {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const isJob =
    texts.every((name) => typeof fields[name] === 'string') &&
    numbers.every((name) => typeof fields[name] === 'number');
  if (!isJob) throw notMathmill();
  return value as JobDocument;
}

export function readJobPage(value: unknown): JobPage {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const { page, size, total, items } = fields;
  if (typeof page !== 'number' || typeof size !== 'number' || typeof total !== 'number' || !Array.isArray(items)) {
    throw notMathmill();
  }
  return { page, size, total, items: items.map(readJobDocument) };
}

function notMathmill(): CommandFailure {
  return new CommandFailure('the server does not answer like a Mathmill server');
}

export function isFinished(job: JobDocument): boolean {
  return job.status === 'Completed' || job.status === 'Cancelled';
}

export function formatJob(job: JobDocument): string {
  const share = job.operations === 0 ? 0 : Math.floor((1000 * job.completed) / job.operations) / 10;
  const fields: [string, string | undefined][] = [
    ['id', printable(job.id)],
    ['name', job.name === undefined ? undefined : printable(job.name)],
    ['status', printable(job.status)],
    ['mode', job.mode === 'decimal' ? `decimal, ${job.precision} digits` : printable(job.mode)],
    ['operations', formatCount(job.operations)],
    ['completed', `${formatCount(job.completed)} (${share} %)`],
    ['succeeded', formatCount(job.succeeded)],
    ['failed', formatCount(job.failed)],
    ['cancelled', job.cancelled === 0 ? undefined : formatCount(job.cancelled)],
    ['created', printable(job.created_at)],
    ['finished', job.finished_at === undefined ? undefined : printable(job.finished_at)],
    ['expires', job.expires_at === undefined ? undefined : printable(job.expires_at)],
  ];
  return formatFields(fields.filter((field): field is [string, string] => field[1] !== undefined));
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

/** The address of a job. An id is a single part of a path, whatever was typed. */
export function jobPath(id: string, ...rest: readonly string[]): string {
  if (/^\.*$/.test(id)) throw new CommandFailure(`${JSON.stringify(id)} is no id of a job`);
  return ['api', 'jobs', encodeURIComponent(id), ...rest].join('/');
}
