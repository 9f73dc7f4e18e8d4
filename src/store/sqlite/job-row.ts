/** The record of a job as a row of the table `job`. */
import type { SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../../engine/index.ts';
import { jobStates, type Job, type JobState } from '../../jobs/index.ts';

export type Row = Record<string, SQLOutputValue>;

/** The columns that `toJob` reads. */
export const jobColumns = `id, state, name, mode, precision, created_at, sealed_at, finished_at, expires_at, operations,
  chunks, fold_through, fold_succeeded, fold_failed, fold_cancelled, fold_cost, lease_owner, lease_until, takeovers,
  idempotency_key, content_digest`;

export function toJob(row: Row): Job {
  return {
    id: textIn(row, 'id'),
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
    },
    lease: { owner: textIn(row, 'lease_owner'), until: numberIn(row, 'lease_until') },
    takeovers: numberIn(row, 'takeovers'),
    idempotencyKey: optionalTextIn(row, 'idempotency_key'),
    contentDigest: optionalTextIn(row, 'content_digest'),
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

function optionalNumberIn(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberIn(row, column);
}

export function optionalTextIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textIn(row, column);
}

function stateIn(row: Row): JobState {
  const value = textIn(row, 'state');
  const state = jobStates.find((known) => known === value);
  if (state === undefined) throw unexpected('state', value);
  return state;
}

function unexpected(column: string, value: unknown): StoreError {
  return new StoreError('corrupt', `the column ${column} holds ${typeof value} where it cannot; the file is damaged`);
}
