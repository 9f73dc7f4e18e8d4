/** Reads the rows of a stored chunk one after another: where each is, where its cells are, and what is wrong with it. */
import type { Chunk } from '../chunk.ts';
import type { OutcomeError } from '../outcome-encoding.ts';
import { CsvRow } from './csv-row.ts';
import { JsonRow } from './json-row.ts';
import type { RowCells } from './row-cells.ts';
import { endsAtFirstLineFeed, nextRowEnd, type RowSyntax } from './row-ends.ts';
import { emptyRow, textAfterQuote, wrongCells } from './row-faults.ts';
import { contentEnd } from './table-bytes.ts';
import type { UsedColumn } from './table.ts';

/** The rows to read: those from `text[start]` on, the first of which has the number `firstLine`. */
export type RowRun = Pick<Chunk, 'text' | 'firstLine' | 'faults'> & { readonly start?: number };

export interface RowReader {
  /** Of the row that `next` read: see `RowCells`. Of CSV all cells that the table has, of NDJSON the used columns. */
  readonly cells: RowCells;
  /** 1-based number of the row in the job. */
  readonly row: number;
  /** First byte of the row. */
  readonly start: number;
  /** One past its last byte before the line end. */
  readonly contentEnd: number;
  /** One past its line end: where the next row starts. */
  readonly end: number;
  /** Why the row as a whole has no results: found by intake, or when it was read. */
  readonly fault: OutcomeError | undefined;
  /** NDJSON: where the closing brace is; -1: the row is not an object. CSV: -1. */
  readonly closing: number;
  /** NDJSON: how many members the object has. CSV: 0. */
  readonly members: number;
  /** Begins to read rows; `next` gives the first of them. */
  open(run: RowRun): void;
  /** Reads the next row; false at the end of the text. */
  next(): boolean;
  /** Goes back to where row number `row` ended: `end`. `next` gives the one behind it. */
  returnTo(row: number, end: number): void;
}

/**
 * `cells`: how many each row of CSV must have; otherwise it has the fault COLUMNS. `columns`: those whose spans are wanted of
 * NDJSON. `added`: names of members that a row of NDJSON must not have; otherwise it has the fault COLUMNS.
 */
export function createRowReader(
  syntax: RowSyntax,
  cells: number,
  columns: readonly UsedColumn[],
  added: readonly string[] = [],
): RowReader {
  if (syntax.format === 'csv') return new CsvRowReader(syntax, cells);
  return new JsonRowReader(
    syntax,
    columns.map((column) => column.name),
    added,
  );
}

/** Walks the rows of a chunk and knows which of them intake found at fault. */
abstract class ChunkRowReader implements RowReader {
  readonly #faults = new Map<number, OutcomeError>();
  #early = new Set<number>();
  #hasFaults = false;
  protected text: Uint8Array = new Uint8Array(0);
  row = 0;
  start = 0;
  contentEnd = 0;
  end = 0;
  fault: OutcomeError | undefined;
  abstract readonly cells: RowCells;

  get closing(): number {
    return -1;
  }

  get members(): number {
    return 0;
  }

  open({ text, firstLine, faults, start = 0 }: RowRun): void {
    this.text = text;
    this.row = firstLine - 1;
    this.end = start;
    this.#hasFaults = faults.length > 0;
    this.#faults.clear();
    for (const fault of faults) this.#faults.set(fault.line, fault);
    this.#early = new Set(faults.filter(endsAtFirstLineFeed).map((fault) => fault.line));
  }

  next(): boolean {
    if (this.end >= this.text.length) return false;
    this.row += 1;
    this.start = this.end;
    if (this.#hasFaults) {
      const fault = this.#faults.get(this.row);
      this.read(this.#early.has(this.row));
      this.fault = fault ?? this.fault;
    } else this.read(false);
    return true;
  }

  returnTo(row: number, end: number): void {
    this.row = row;
    this.end = end;
  }

  /** Reads the row at `start`: sets `contentEnd`, `end` and `fault`. */
  protected abstract read(endsAtLineFeed: boolean): void;
}

class CsvRowReader extends ChunkRowReader {
  readonly #syntax: RowSyntax;
  readonly #expected: number;
  readonly #row: CsvRow;
  readonly cells: RowCells;

  constructor(syntax: RowSyntax, expected: number) {
    super();
    this.#syntax = syntax;
    this.#expected = expected;
    this.#row = new CsvRow(syntax.delimiter, expected);
    this.cells = this.#row;
  }

  protected read(endsAtLineFeed: boolean): void {
    const { text, start } = this;
    const limit = endsAtLineFeed ? contentEnd(text, start, nextRowEnd(text, start, this.#syntax, true)) : text.length;
    const stop = this.#row.read(text, start, limit);
    this.end = endsAtLineFeed ? nextRowEnd(text, start, this.#syntax, true) : Math.min(stop + 1, text.length);
    this.contentEnd = contentEnd(text, start, this.end);
    this.fault = this.#check();
  }

  #check(): OutcomeError | undefined {
    const { count, brokenCell } = this.#row;
    if (brokenCell >= 0) return textAfterQuote(brokenCell);
    if (count === this.#expected) return count === 1 || this.contentEnd > this.start ? undefined : emptyRow;
    return this.contentEnd === this.start ? emptyRow : wrongCells(count, this.#expected);
  }
}

class JsonRowReader extends ChunkRowReader {
  readonly #syntax: RowSyntax;
  readonly #row: JsonRow;
  readonly cells: RowCells;

  constructor(syntax: RowSyntax, used: readonly string[], added: readonly string[]) {
    super();
    this.#syntax = syntax;
    this.#row = new JsonRow(used, added);
    this.cells = this.#row;
  }

  override get closing(): number {
    return this.#row.closing;
  }

  override get members(): number {
    return this.#row.members;
  }

  protected read(isUnreadable: boolean): void {
    const { text, start } = this;
    this.end = nextRowEnd(text, start, this.#syntax, true);
    this.contentEnd = contentEnd(text, start, this.end);
    const isEmpty = !isUnreadable && isBlank(text, start, this.contentEnd);
    if (isEmpty || isUnreadable) this.#row.clear(text);
    if (isEmpty) this.fault = emptyRow;
    else this.fault = isUnreadable ? undefined : this.#row.read(text, start, this.contentEnd);
  }
}

function isBlank(text: Uint8Array, start: number, end: number): boolean {
  let position = start;
  while (position < end && (text[position] === 0x20 || text[position] === 0x09 || text[position] === 0x0d))
    position += 1;
  return position === end;
}
