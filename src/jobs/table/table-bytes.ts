/** The bytes that give a table its structure. */
import { delimiters, type Delimiter } from './table.ts';

export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const quote = 0x22;

/** Marks the bytes after which a quote opens a cell in quotes, besides the start of a row. */
export function openingBytes(delimiter: Delimiter | undefined): Uint8Array {
  const marks = new Uint8Array(256);
  for (const each of delimiter === undefined ? delimiters : [delimiter]) marks[each.charCodeAt(0)] = 1;
  return marks;
}

/** The end of a row's content: what comes before its LF or CRLF. `end` is one past the LF, or the end of the text. */
export function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || bytes[end - 1] !== lineFeed) return end;
  return end - 1 > start && bytes[end - 2] === carriageReturn ? end - 2 : end - 1;
}
