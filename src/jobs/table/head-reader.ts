/** Reader of the beginning of a table's file, before its rows are cut into chunks. */
import type { TableHead } from './table.ts';

export interface HeadReader {
  /** Set once the head is known; never together with `fault`. */
  readonly head: TableHead | undefined;
  /** The fault of the head, and what to do. */
  readonly fault: string | undefined;
  /** Where the first row begins, once the head is known. */
  readonly rowsStart: number;
  /**
   * Continues to read; `bytes` is the file from its first byte as far as it is known, `isEnd` means that this is all. Returns
   * whether the head is settled: `head` or `fault` is set, or, at the end, there was nothing to read.
   */
  read(bytes: Uint8Array, isEnd: boolean): boolean;
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Length of the byte order mark at the start of `bytes`, or 0. */
export function byteOrderMarkLength(bytes: Uint8Array): number {
  return byteOrderMark.every((byte, index) => bytes[index] === byte) ? byteOrderMark.length : 0;
}
