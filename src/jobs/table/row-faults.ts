/** Faults of a row as a whole, with their messages. */
import type { Chunk, LineFault } from '../chunk.ts';
import type { OutcomeError } from '../outcome-encoding.ts';
import { characterBoundary, validUtf8Length } from '../utf8.ts';
import { lineFeed } from './table-bytes.ts';
import { rowBytesMax } from './table.ts';

/** Bytes that are kept of a row that is too long, so that its owner can recognize it. */
const keptBytes = 256;
const ellipsis = [0xe2, 0x80, 0xa6];

const nowhere = { column: 0, endColumn: 0 };

/** Found by intake. */
export function quoteFault(line: number): LineFault {
  const message =
    'A quote in this row is not closed, so the row ends at its first line break. Close it, or write each quote inside quotes twice.';
  return { line, code: 'QUOTE', message, ...nowhere };
}

/** Found by intake. */
export function tooLongFault(line: number): LineFault {
  return {
    line,
    code: 'TOO_LONG',
    message: `This row is longer than ${rowBytesMax} bytes; only its beginning is kept.`,
    ...nowhere,
  };
}

/** Shortens the row from `start` to its first bytes and an ellipsis; returns its new end. */
export function shortenRow(bytes: Uint8Array, start: number, end: number): number {
  const kept = characterBoundary(bytes.subarray(start, end), keptBytes);
  bytes.set(ellipsis, start + kept);
  return start + kept + ellipsis.length;
}

/** The faults of a chunk of lines, with ENCODING for each line that has none yet and is not UTF-8. */
export function findEncodingFaults(chunk: Chunk): LineFault[] {
  const faults = [...chunk.faults];
  const known = new Set(faults.map((fault) => fault.line));
  let start = 0;
  for (let line = chunk.firstLine; start < chunk.text.length; line += 1) {
    const found = chunk.text.indexOf(lineFeed, start);
    const end = found < 0 ? chunk.text.length : found;
    const row = chunk.text.subarray(start, end);
    const valid = validUtf8Length(row);
    if (valid < row.length && !known.has(line)) faults.push(encodingFault(line, row[valid] ?? 0));
    start = end + 1;
  }
  return faults.sort((left, right) => left.line - right.line);
}

function encodingFault(line: number, byte: number): LineFault {
  const shown = `0x${byte.toString(16).padStart(2, '0')}`;
  const message = `The row is not valid UTF-8: byte ${shown} does not belong there. Save the file as UTF-8.`;
  return { line, code: 'ENCODING', message, ...nowhere };
}

export const emptyRow: OutcomeError = { code: 'EMPTY', message: 'This row is empty.', ...nowhere };

export function wrongCells(found: number, expected: number): OutcomeError {
  const message = `This row has ${found} ${found === 1 ? 'cell' : 'cells'}, but the table has ${expected} ${expected === 1 ? 'column' : 'columns'}.`;
  return { code: 'COLUMNS', message, ...nowhere };
}

/** `index`: of the cell, from 0. */
export function textAfterQuote(index: number): OutcomeError {
  const message = `Cell ${index + 1} has text after its closing quote. Write each quote inside quotes twice.`;
  return { code: 'QUOTE', message, ...nowhere };
}

/** `problem`: a sentence. */
export function notJson(problem: string): OutcomeError {
  return { code: 'SYNTAX', message: problem, ...nowhere };
}

export function duplicateMember(name: string): OutcomeError {
  return notJson(`This row has the member ${JSON.stringify(name)} twice.`);
}

export function existingMember(name: string): OutcomeError {
  const message = `This row has a member ${JSON.stringify(name)} already. Rename the formula, or replace what exists.`;
  return { code: 'COLUMNS', message, ...nowhere };
}
