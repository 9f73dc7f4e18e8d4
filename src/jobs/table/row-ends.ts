/**
 * Finds the rows in the text of a stored chunk. The splitter has settled each row already, so no limits are looked at here:
 * a row ends where the quotes say, or at its first LF when intake found a fault that says so.
 */
import type { Chunk, LineFault } from '../chunk.ts';
import { contentEnd, lineFeed, quote } from './table-bytes.ts';
import type { Dialect } from './table.ts';

/** Options that row ends depend on. */
export type RowSyntax = Pick<Dialect, 'format' | 'delimiter'>;

/** Bytes of one row. */
export interface RowSpan {
  readonly start: number;
  /** Before its line end. */
  readonly contentEnd: number;
  /** After its line end, where the next row starts. */
  readonly end: number;
}

/** Whether quotes say nothing of where a row with this fault ends: it has no LF but its last byte. */
export function endsAtFirstLineFeed(fault: Pick<LineFault, 'code'> | undefined): boolean {
  return fault !== undefined && (fault.code === 'QUOTE' || fault.code === 'TOO_LONG');
}

/** One past the last byte of the row at `start`, its line end included. */
export function nextRowEnd(text: Uint8Array, start: number, syntax: RowSyntax, endsAtLineFeed: boolean): number {
  if (endsAtLineFeed || syntax.format === 'ndjson') return lineFeedEnd(text, start);
  const delimiter = syntax.delimiter.charCodeAt(0);
  const { length } = text;
  let position = start;
  for (; position < length; position += 1) {
    const byte = text[position] ?? 0;
    // Nearly all bytes of a table are beyond the quote, so one comparison passes them.
    if (byte > quote) continue;
    if (byte === lineFeed) return position + 1;
    if (byte === quote && (position === start || text[position - 1] === delimiter)) {
      position = closingQuote(text, position + 1);
    }
  }
  return length;
}

/** The rows of a chunk, in order. */
export function splitRows(chunk: Pick<Chunk, 'text' | 'firstLine' | 'count' | 'faults'>, syntax: RowSyntax): RowSpan[] {
  const early = new Set(chunk.faults.filter(endsAtFirstLineFeed).map((fault) => fault.line));
  const rows: RowSpan[] = [];
  for (let start = 0; rows.length < chunk.count;) {
    const end = nextRowEnd(chunk.text, start, syntax, early.has(chunk.firstLine + rows.length));
    rows.push({ start, contentEnd: contentEnd(chunk.text, start, end), end });
    start = end;
  }
  return rows;
}

function lineFeedEnd(text: Uint8Array, start: number): number {
  const { length } = text;
  let position = start;
  while (position < length && text[position] !== lineFeed) position += 1;
  return Math.min(position + 1, length);
}

/** The quote that closes the cell whose content begins at `position`, or the end of the text. */
function closingQuote(text: Uint8Array, position: number): number {
  const { length } = text;
  let index = position;
  for (; index < length; index += 1) {
    if (text[index] !== quote) continue;
    if (text[index + 1] !== quote) return index;
    index += 1;
  }
  return length;
}
