/** Cells of CSV rows as they are written: with their quotes. */
import type { Delimiter, Dialect } from '../../jobs/index.ts';

const quote = 0x22;

/** Where the cells of the row end: each begins one past the end of the one before it. A row without bytes has one cell. */
export function findCellEnds(text: Uint8Array, start: number, contentEnd: number, delimiter: number): number[] {
  const ends: number[] = [];
  let position = start;
  let isCellStart = true;
  while (position < contentEnd) {
    const byte = text[position];
    if (byte === quote && isCellStart) {
      position = afterQuotes(text, position + 1, contentEnd);
      isCellStart = false;
      continue;
    }
    isCellStart = byte === delimiter;
    if (isCellStart) ends.push(position);
    position += 1;
  }
  ends.push(contentEnd);
  return ends;
}

/** One past the quote that closes the cell whose opening one is before `start`. */
function afterQuotes(text: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position += 1) {
    if (text[position] !== quote) continue;
    if (position + 1 === end || text[position + 1] !== quote) return position + 1;
    position += 1;
  }
  return end;
}

/** Writes a new cell: in quotes when it must be. */
export type WriteCell = (cell: string) => string;

export function createCellWriter(delimiter: Delimiter): WriteCell {
  return (cell) => (cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
}

/**
 * Characters that begin a formula in a spreadsheet (OWASP, "CSV injection"), and the same signs in full width: those are three
 * bytes of UTF-8, which are three characters of Latin-1.
 */
const formulaStart = /^(?:[=+\-@\t\r]|\u00ef\u00bc[\u008b\u008d\u009d\u00a0])/;
/** The bytes that such a sign begins with. */
const openings = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number('=+-@\t\r\u00ef'.includes(String.fromCharCode(byte))),
);
const plainNumbers = { '.': /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i, ',': /^-?\d+(?:,\d+)?(?:e[+-]?\d+)?$/i } as const;

/** Puts an apostrophe before a cell that a spreadsheet would run as a formula. Plain numbers, such as -5, stay as they are. */
export function createGuard(decimal: Dialect['decimal']) {
  const plainNumber = plainNumbers[decimal];
  const isDangerous = (content: string): boolean => formulaStart.test(content) && !plainNumber.test(content);
  return {
    /** Whether one of these cells may need an apostrophe. Seldom true, and cheap: the exact check is left to the others. */
    mayConcern(bytes: Uint8Array, start: number, end: number, delimiter: number): boolean {
      let isStart = true;
      for (let position = start; position < end; position += 1) {
        const byte = bytes[position] ?? 0;
        if (isStart && openings[byte] === 1) return true;
        isStart = byte === delimiter || byte === quote;
      }
      return false;
    },
    /** A new cell, before it is put in quotes. */
    guardText: (text: string): string => (isDangerous(toLatin1(text)) ? `'${text}` : text),
    /** A cell as it stands in the file. */
    guardCell(bytes: Uint8Array, start: number, end: number): Uint8Array {
      const cell = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
      const isQuoted = cell.startsWith('"');
      if (!isDangerous(isQuoted ? cell.replace(/^"/, '').replace(/"$/, '') : cell)) return bytes.subarray(start, end);
      return Buffer.from(isQuoted ? `"'${cell.slice(1)}` : `'${cell}`, 'latin1');
    },
  };
}

export type Guard = ReturnType<typeof createGuard>;

/** One character for each byte of UTF-8. */
function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
