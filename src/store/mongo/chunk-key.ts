/**
 * The key of a chunk and of its outcomes: the job's id, a colon, and the first line in ten digits. So the documents of a
 * job lie side by side in line order, and every look-up is a search in the index of `_id`. A job's id holds no colon and
 * `;` follows `:`, so all keys of the job `j` are in [`j:`, `j;`); an id that somebody made up finds nothing of others.
 */
import { StoreError } from '../../engine/index.ts';

const lineDigits = 10;
/** Maximum number of lines of a job in this store. */
export const lineMax = 10 ** lineDigits - 1;

export function toKey(jobId: string, line: number): string {
  return `${jobId}:${String(line).padStart(lineDigits, '0')}`;
}

/** The keys of chunks whose first line is between two lines (both included), however small or large these are. */
export function toKeyRange(jobId: string, fromLine: number, toLine: number): { $gte: string; $lte: string } {
  return { $gte: toKey(jobId, clampLine(fromLine)), $lte: toKey(jobId, clampLine(toLine)) };
}

/** All keys of a job. */
export function allKeysOf(jobId: string): { $gte: string; $lt: string } {
  return { $gte: `${jobId}:`, $lt: `${jobId};` };
}

export function lineOf(key: string): number {
  const digits = key.slice(-lineDigits);
  if (key.at(-lineDigits - 1) === ':' && /^\d+$/u.test(digits)) return Number(digits);
  throw new StoreError('corrupt', 'invalid chunk key in the database; the data is corrupt');
}

export function jobIdOf(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}

export function clampLine(line: number): number {
  return Math.min(Math.max(Math.ceil(line), 0), lineMax);
}
