/** The record of a job as a row of the table `job`. */
import type { SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../../engine/index.ts';
import {
  jobStates,
  noErrors,
  readErrorCounts,
  readTotalsFields,
  type ColumnTotals,
  type EngineSet,
  type ErrorCounts,
  type Job,
  type JobState,
  type ListedJob,
} from '../../jobs/index.ts';

export type Row = Record<string, SQLOutputValue>;

/** The columns that `toListedJob` reads. */
export const listedColumns = `id, state, name, mode, precision, created_at, sealed_at, finished_at, expires_at, operations,
  chunks, fold_through, fold_succeeded, fold_failed, fold_cancelled, fold_cost, fold_errors, fold_engines, lease_owner, lease_until, takeovers,
  idempotency_key, content_digest, is_table, repairs, tenant`;
/** The columns that `toJob` reads. */
export const jobColumns = `${listedColumns}, fold_totals`;

export function toJob(row: Row): Job {
  const job = toListedJob(row);
  return { ...job, fold: { ...job.fold, columns: totalsIn(row, 'fold_totals') } };
}

export function toListedJob(row: Row): ListedJob {
  return {
    id: textIn(row, 'id'),
    tenant: textIn(row, 'tenant'),
    state: stateIn(row),
    name: optionalTextIn(row, 'name'),
    mode: textIn(row, 'mode'),
    precision: numberIn(row, 'precision'),
    createdAt: numberIn(row, 'created_at'),
    sealedAt: optionalNumberIn(row, 'sealed_at'),
    finishedAt: optionalNumberIn(row, 'finished_at'),
    expiresAt: optionalNumberIn(row, 'expires_at'),
    operations: numberIn(row, 'operations'),
    chunks: numberIn(row, 'chunks'),
    fold: {
      through: numberIn(row, 'fold_through'),
      succeeded: numberIn(row, 'fold_succeeded'),
      failed: numberIn(row, 'fold_failed'),
      cancelled: numberIn(row, 'fold_cancelled'),
      cost: numberIn(row, 'fold_cost'),
      errors: errorsIn(row, 'fold_errors', numberIn(row, 'fold_failed')),
      engines: enginesIn(row, 'fold_engines'),
    },
    lease: { owner: textIn(row, 'lease_owner'), until: numberIn(row, 'lease_until') },
    takeovers: numberIn(row, 'takeovers'),
    idempotencyKey: optionalTextIn(row, 'idempotency_key'),
    contentDigest: optionalTextIn(row, 'content_digest'),
    isTable: numberIn(row, 'is_table') === 1,
    repairs: optionalTextIn(row, 'repairs'),
  };
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw unexpected(column, value);
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unexpected(column, value);
}

export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw unexpected(column, value);
}

export function optionalNumberIn(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberIn(row, column);
}

export function optionalTextIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textIn(row, column);
}

/** A JSON array of versions. */
export function enginesIn(row: Row, column: string): EngineSet {
  return JSON.parse(textIn(row, column)) as string[];
}

/** Error counts of `failed` lines as JSON. */
export function errorsIn(row: Row, column: string, failed: number): ErrorCounts {
  const json = textIn(row, column);
  if (json === '{}') return noErrors;
  const errors = readErrorCounts(parse(json), failed);
  if (errors === undefined) throw unexpected(column, json);
  return errors;
}

/** Totals of columns as JSON. Those of a job of lines, an empty list, are not parsed. */
export function totalsIn(row: Row, column: string): readonly ColumnTotals[] {
  const json = textIn(row, column);
  if (json === '[]') return [];
  const totals = readTotalsFields(parse(json));
  if (totals === undefined) throw unexpected(column, json);
  return totals;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function stateIn(row: Row): JobState {
  const value = textIn(row, 'state');
  const state = jobStates.find((known) => known === value);
  if (state === undefined) throw unexpected('state', value);
  return state;
}

export function unexpected(column: string, value: unknown): StoreError {
  return new StoreError('corrupt', `the column ${column} holds ${typeof value} where it cannot; the file is damaged`);
}
