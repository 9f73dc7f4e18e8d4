/** The head of a table's CSV or TSV: the bytes of the file's own, and the names of the new columns. */
import type { Table } from '../../jobs/index.ts';
import { findCellEnds, type Guard, type WriteCell } from './csv-cells.ts';

const byteOrderMark = '\u00ef\u00bb\u00bf';

export function writeCsvHead(
  { head, hasHeader, lineEnd, program }: Table,
  newColumns: readonly string[],
  writeCell: WriteCell,
  guard: Guard | undefined,
): Uint8Array {
  if (!hasHeader) return head;
  const own = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const content = own.toString('latin1').endsWith(lineEnd) ? own.subarray(0, own.length - lineEnd.length) : own;
  const { delimiter } = program.dialect;
  const names = newColumns.map((name) => delimiter + writeCell(guard === undefined ? name : guard.guardText(name)));
  const guarded = guard === undefined ? content : guardHeader(content, delimiter.charCodeAt(0), guard);
  return Buffer.concat([guarded, Buffer.from(names.join('') + lineEnd)]);
}

function guardHeader(head: Buffer, delimiter: number, guard: Guard): Uint8Array {
  const start = headerStart(head.toString('latin1'));
  const pieces: Uint8Array[] = [head.subarray(0, start)];
  let cellStart = start;
  for (const end of findCellEnds(head, start, head.length, delimiter)) {
    pieces.push(guard.guardCell(head, cellStart, end), head.subarray(end, end + 1));
    cellStart = end + 1;
  }
  return Buffer.concat(pieces);
}

/** Past the byte order mark and the line that names the delimiter. */
function headerStart(head: string): number {
  const start = head.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  const naming = /^sep=[,;|\t]\r?\n/i.exec(head.slice(start));
  return start + (naming?.[0].length ?? 0);
}
