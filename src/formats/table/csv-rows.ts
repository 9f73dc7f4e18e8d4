/**
 * The rows of a CSV or TSV file, byte for byte as they came, with the results behind them. Only cells that `replace=true`
 * replaces, and with `spreadsheet_safe` those that a spreadsheet would run, are not the file's own.
 */
import { lineFeed, tab, type RowOutcome, type Table } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { createCellWriter, createGuard, findCellEnds, type Guard, type WriteCell } from './csv-cells.ts';
import { writeCsvHead } from './csv-head.ts';
import { createResultBytes, writeDecimalMark } from './decimal-mark.ts';
import { ResultCells } from './result-cells.ts';
import { cellOutcomes, describeErrors } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { SliceRows } from './slice-rows.ts';

const carriageReturn = 0x0d;

export function createCsvRows(table: Table, isSpreadsheetSafe: boolean): RowFormat {
  return new CsvRows(table, isSpreadsheetSafe ? createGuard(table.program.dialect.decimal) : undefined);
}

/** A new column, by its number among them. */
interface Replacement {
  readonly column: number;
  /** Where it stands among the columns of the file. */
  readonly place: number;
}

class CsvRows implements RowFormat {
  readonly head: Uint8Array;
  readonly hasRequests = true;
  readonly isOutcomeEncoding = false;

  readonly #table: Table;
  readonly #delimiter: number;
  readonly #guard: Guard | undefined;
  readonly #writeCell: WriteCell;
  readonly #resultBytes: ReturnType<typeof createResultBytes>;
  /** Where each new column stands among the columns of the file; -1: behind them. The last one is the error column's. */
  readonly #places: readonly number[];
  readonly #hasErrorColumn: boolean;
  /** All results may be copied together, behind a row that may be, too. */
  readonly #isPlain: boolean;
  readonly #resultCells: ResultCells;
  /** In the order of the file. */
  readonly #replaced: readonly Replacement[];
  /** The new columns behind those of the file. */
  readonly #appended: readonly number[];

  constructor(table: Table, guard: Guard | undefined) {
    const { program, errorColumn } = table;
    const { delimiter, decimal } = program.dialect;
    this.#table = table;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#guard = guard;
    this.#writeCell = createCellWriter(delimiter);
    this.#resultBytes = createResultBytes(decimal, delimiter);
    this.#hasErrorColumn = errorColumn !== undefined;
    const names = newColumns(table);
    this.#places = names.map((name) => placeOf(table, name));
    const columns = this.#places.map((place, column): Replacement => ({ column, place }));
    this.#replaced = columns.filter(({ place }) => place >= 0).toSorted((left, right) => left.place - right.place);
    this.#appended = columns.filter(({ place }) => place < 0).map(({ column }) => column);
    this.#isPlain = decimal !== delimiter && this.#replaced.length === 0;
    this.#resultCells = new ResultCells(program.dialect, program.formulas.length);
    const appended = this.#appended.map((column) => names[column] ?? '');
    this.head = writeCsvHead(table, appended, this.#writeCell, guard);
  }

  writeAll({ text, outcomes }: SliceRows, sink: ByteSink): boolean {
    if (this.#guard !== undefined || !this.#isPlain) return false;
    // Behind each row come a delimiter and its outcome, of which the LF is left out, and perhaps one more delimiter.
    const bytes = sink.reserve(text.length + 2 * outcomes.length);
    sink.length = this.#copyRows(text, outcomes, bytes, sink.length);
    return true;
  }

  /** Where the rows end among `bytes`. One loop for all of them: a call for each part of each row would take longer than its bytes. */
  #copyRows(text: Uint8Array, outcomes: Uint8Array, bytes: Uint8Array, start: number): number {
    const translation = this.#resultBytes.translation;
    const delimiter = this.#delimiter;
    const hasErrorColumn = this.#hasErrorColumn;
    let length = start;
    let outcome = 0;
    for (let position = 0; position < text.length; position += 1) {
      let byte = 0;
      for (; position < text.length; position += 1) {
        byte = text[position] as number;
        if (byte === lineFeed) break;
        bytes[length++] = byte;
      }
      const hasLineFeed = position < text.length;
      const hasReturn = hasLineFeed && position > 0 && text[position - 1] === carriageReturn;
      if (hasReturn) length -= 1;
      bytes[length++] = delimiter;
      for (byte = outcomes[outcome++] as number; byte !== lineFeed; byte = outcomes[outcome++] as number) {
        bytes[length++] = translation[byte] as number;
      }
      if (hasErrorColumn) bytes[length++] = delimiter;
      if (hasReturn) bytes[length++] = carriageReturn;
      if (hasLineFeed) bytes[length++] = lineFeed;
    }
    return length;
  }

  write(rows: SliceRows, sink: ByteSink): void {
    if (rows.isFailed || this.#needsGuard(rows)) return this.#writeCells(rows, sink);
    if (!this.#isPlain) return this.#writeResults(rows, sink);
    sink.putSpan(rows.text, rows.start, rows.contentEnd);
    sink.putByte(this.#delimiter);
    this.#resultBytes.put(rows, sink);
    if (this.#hasErrorColumn) sink.putByte(this.#delimiter);
    sink.putSpan(rows.text, rows.contentEnd, rows.end);
  }

  #needsGuard({ text, start, contentEnd, outcomes, outcomeStart, outcomeEnd }: SliceRows): boolean {
    const guard = this.#guard;
    if (guard === undefined) return false;
    return (
      guard.mayConcern(text, start, contentEnd, this.#delimiter) ||
      guard.mayConcern(outcomes, outcomeStart, outcomeEnd, tab)
    );
  }

  /** All formulas have results, so the row has as many cells as the header. */
  #writeResults(rows: SliceRows, sink: ByteSink): void {
    const results = this.#resultCells;
    results.open(rows);
    this.#replaceCells(rows, sink);
    for (const column of this.#appended) {
      sink.putByte(this.#delimiter);
      results.put(column, sink);
    }
    sink.putSpan(rows.text, rows.contentEnd, rows.end);
  }

  #replaceCells({ text, start, contentEnd }: SliceRows, sink: ByteSink): void {
    const ends = this.#replaced.length === 0 ? [] : findCellEnds(text, start, contentEnd, this.#delimiter);
    let position = start;
    for (const { column, place } of this.#replaced) {
      sink.putSpan(text, position, place === 0 ? start : (ends[place - 1] ?? contentEnd) + 1);
      this.#resultCells.put(column, sink);
      position = ends[place] ?? contentEnd;
    }
    sink.putSpan(text, position, contentEnd);
  }

  #writeCells(rows: SliceRows, sink: ByteSink): void {
    const outcome = rows.readOutcome();
    const cells = this.#newCells(outcome);
    this.#writeOwnCells(rows, outcome, cells, sink);
    for (const column of this.#appended) {
      sink.putByte(this.#delimiter);
      sink.putText(cells[column] ?? '');
    }
    sink.putSpan(rows.text, rows.contentEnd, rows.end);
  }

  /** The cells of the new columns, that of the errors last. A cell that failed is empty. */
  #newCells(outcome: RowOutcome): readonly string[] {
    const { formulas, dialect } = this.#table.program;
    const texts = cellOutcomes(outcome, formulas).map((cell) =>
      cell.kind === 'error' ? '' : writeDecimalMark(cell.text, dialect.decimal),
    );
    if (this.#hasErrorColumn) texts.push(describeErrors(outcome, formulas));
    const guard = this.#guard;
    return texts.map((text) => this.#writeCell(guard === undefined ? text : guard.guardText(text)));
  }

  /**
   * A row that was rejected as a whole keeps its cells, for which of them stand where the formulas look is unknown; when it has
   * too few, empty ones follow, so that the new ones stand below their names.
   */
  #writeOwnCells(rows: SliceRows, outcome: RowOutcome, cells: readonly string[], sink: ByteSink): void {
    const isRejected = outcome.kind === 'error';
    const ends = findCellEnds(rows.text, rows.start, rows.contentEnd, this.#delimiter);
    const replacements = this.#replacements(cells, isRejected, ends.length);
    const count = isRejected ? Math.max(ends.length, this.#table.program.cells) : ends.length;
    let start = rows.start;
    for (let index = 0; index < count; index += 1) {
      const end = ends[index] ?? start;
      if (index > 0) sink.putByte(this.#delimiter);
      const replacement = replacements.get(index);
      if (replacement !== undefined) sink.putText(replacement);
      else if (index < ends.length) this.#putOwnCell(rows.text, start, end, sink);
      start = end + 1;
    }
  }

  /** By index among the cells of the file. */
  #replacements(cells: readonly string[], isRejected: boolean, ownCells: number): ReadonlyMap<number, string> {
    const errorIndex = this.#hasErrorColumn ? cells.length - 1 : -1;
    const replacements = new Map<number, string>();
    for (const [index, place] of this.#places.entries()) {
      const isKept = isRejected && index !== errorIndex && place < ownCells;
      if (place >= 0 && !isKept) replacements.set(place, cells[index] ?? '');
    }
    return replacements;
  }

  #putOwnCell(text: Uint8Array, start: number, end: number, sink: ByteSink): void {
    if (this.#guard === undefined) return sink.putSpan(text, start, end);
    sink.putBytes(this.#guard.guardCell(text, start, end));
  }
}

function newColumns({ program, errorColumn }: Table): readonly string[] {
  const names = program.formulas.map(({ name }) => name);
  return errorColumn === undefined ? names : [...names, errorColumn];
}

function placeOf({ replaces, columns }: Table, name: string): number {
  return replaces ? columns.indexOf(name) : -1;
}
