/**
 * The key of a chunk and of its outcomes: one 64-bit integer, job sequence × 2^27 + first line. So the rows of a job lie
 * side by side in line order, and a look-up is a search in an integer tree. Keys exceed 2^53 after 67 million jobs and
 * are therefore bigints; what comes back from the database is the line alone, taken out of the key there.
 */
import { StoreError } from '../../engine/index.ts';

const lineBits = 27n;
/** Maximum number of lines of a job in this store: 134,217,727. */
export const lineMax = 2 ** Number(lineBits) - 1;

/** SQL that takes the line out of a key. */
export const lineOf = (key: string) => `(${key} & ${lineMax})`;

export function toKey(sequence: bigint, line: number): bigint {
  if (!Number.isInteger(line) || line < 0 || line > lineMax) {
    throw new StoreError('failed', `line ${line} is outside 0 to ${lineMax}, the lines that a job can have`);
  }
  return (sequence << lineBits) | BigInt(line);
}

/** The key of the first chunk at or after any line, however small or large it is. */
export function toKeyFrom(sequence: bigint, line: number): bigint {
  return toKey(sequence, Math.min(Math.max(Math.ceil(line), 0), lineMax));
}

export function firstKeyOf(sequence: bigint): bigint {
  return sequence << lineBits;
}

export function lastKeyOf(sequence: bigint): bigint {
  return toKey(sequence, lineMax);
}
