/** Settles a row that comes on its own as the splitter would settle it within its file. */
import type { LineFault } from '../chunk.ts';
import { quoteFault, shortenRow, tooLongFault } from './row-faults.ts';
import type { RowSyntax } from './row-ends.ts';
import { RowScanner } from './row-scanner.ts';
import { contentEnd, lineFeed, openingBytes } from './table-bytes.ts';
import { rowBytesMax } from './table.ts';

export interface SettledRow {
  /** Without a line end. */
  readonly content: Uint8Array;
  readonly fault: LineFault | undefined;
  /** False: within a file, it would be more than one row. */
  readonly isOne: boolean;
}

/** Size of the ellipsis of `shortenRow`, in bytes. */
const ellipsisBytes = 3;

/** `bytes`: valid UTF-8; one line end may end them. */
export function settleRow(bytes: Uint8Array, syntax: RowSyntax, line: number): SettledRow {
  const content = bytes.subarray(0, contentEnd(bytes, 0, bytes.length));
  const kind = classify(content, syntax);
  if (kind === 'several') return { content, fault: undefined, isOne: false };
  // As the splitter counts: with the line end.
  if (content.length >= rowBytesMax) {
    const room = new Uint8Array(content.length + ellipsisBytes);
    room.set(content);
    return { content: room.slice(0, shortenRow(room, 0, content.length)), fault: tooLongFault(line), isOne: true };
  }
  return { content, fault: kind === 'broken' ? quoteFault(line) : undefined, isOne: true };
}

function classify(content: Uint8Array, syntax: RowSyntax): 'one' | 'several' | 'broken' {
  if (syntax.format === 'ndjson') return content.includes(lineFeed) ? 'several' : 'one';
  const row = new Uint8Array(content.length + 1);
  row.set(content);
  row[content.length] = lineFeed;
  const end = new RowScanner(openingBytes(syntax.delimiter)).scan(row, 0, row.length, 0);
  if (end === content.length) return 'one';
  // A broken row ends at its first line break, which here is the one that was put behind it, or not.
  return end >= 0 || content.includes(lineFeed) ? 'several' : 'broken';
}
