/**
 * The outcome encoding of a table: one line for each row, so that the lines of a chunk's outcomes and its rows match.
 *
 *   row     := cells LF                               every formula has a result
 *            | "!" TAB cells LF                       some formulas have none
 *            | "!" code SP column SP endColumn SP message LF      the row as a whole has none (outcome-encoding.ts)
 *   cells   := cell (TAB cell)*                       in the order of the formulas
 *   cell    := result | "!" code SP column SP endColumn SP message
 *   result  := the result text, which is empty where a missing cell makes it so, and never starts with "!"
 *
 * As for lines, what begins with "!" has failed. Columns count UTF-16 units of the formula.
 */
import { decodeOutcomeLine, errorMark, type LineOutcome, type OutcomeError } from '../outcome-encoding.ts';

export const tab = 0x09;

/** How one row ended: as a whole, or formula by formula. */
export type RowOutcome =
  | { readonly kind: 'cells'; readonly cells: readonly LineOutcome[] }
  | { readonly kind: 'error'; readonly error: OutcomeError };

/** One encoded failed cell, without a separator. */
export function encodeCellError({ code, column, endColumn, message }: OutcomeError): string {
  return `!${code} ${column} ${endColumn} ${message.replaceAll(/[\t\r\n]+/g, ' ')}`;
}

/** Reads one row (without its LF) of the encoding. */
export function decodeRowOutcome(line: string): RowOutcome {
  if (line.charCodeAt(0) !== errorMark) return { kind: 'cells', cells: decodeCells(line) };
  if (line.charCodeAt(1) === tab) return { kind: 'cells', cells: decodeCells(line.slice(2)) };
  const outcome = decodeOutcomeLine(line);
  return outcome.kind === 'error' ? outcome : { kind: 'cells', cells: [outcome] };
}

function decodeCells(line: string): LineOutcome[] {
  return line.split('\t').map(decodeOutcomeLine);
}

/**
 * Bytes of one encoded row. A chunk of 512 rows then stays below 14 MiB with its totals, so that its outcomes fit one
 * message and one document (16 MB). A single number of 65,536 bits takes 20 KB.
 */
export const rowOutcomeBytesMax = 24 * 1024;
