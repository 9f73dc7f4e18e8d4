/**
 * Turns the rows of a table into the outcome encoding (row-outcome.ts), one after another, and keeps their totals. One
 * evaluator for each thread and program: it compiles the program once and keeps its working memory.
 */
import { invariant } from '../engine/basics.ts';
import {
  compileTable,
  type ByteBuffer,
  type CompiledTable,
  type RefusedTable,
  type TableEvaluator,
} from '../expression/index.ts';
import {
  createRowReader,
  createTotalsCollector,
  encodeErrorLine,
  noColumnTotals,
  type ColumnTotals,
  type EvaluationMode,
  type OutcomeError,
  type RowReader,
  type RowRun,
  type TableProgram,
  type TotalsCollector,
} from '../jobs/index.ts';
import { PlainRun } from './plain-run.ts';
import { RowOutcomeWriter } from './row-outcome-writer.ts';
import { programSettings } from './table-settings.ts';

/** The error of a row for which no budget is left. It has no column in a formula. */
const budgetError: OutcomeError = {
  code: 'BUDGET',
  message: "The job's computation budget is used up; this row was not evaluated.",
  column: 0,
  endColumn: 0,
};

const rowsAreThere = 'a chunk has as many rows as it says';

export interface RowsEvaluator {
  /** Cost units of compiling the program, which a chunk is charged with its first row. */
  readonly compileCost: number;
  /** One past the line end of the row evaluated last, in the text of the run. */
  readonly end: number;
  /** Whether the row evaluated last has a failed formula, or failed as a whole. */
  readonly hasFailed: boolean;
  /** Cost units of the row evaluated last. */
  readonly cost: number;
  /** Begins with the rows of a run, and with new totals. */
  open(run: RowRun): void;
  /** Appends the outcome of the next row to `output`. `isSpent`: the budget is used up, so that it is not evaluated. */
  evaluateNext(output: ByteBuffer, isSpent: boolean): void;
  /**
   * Appends the outcomes of the next rows to `output`, as long as they are plain (see `PlainRows`): no more than `rowsMax`, nor than
   * begin while their costs are below `costMax`. Gives how many; 0: the next row must be evaluated alone. `cost` is that of
   * each, and none has failed.
   */
  evaluatePlain(output: ByteBuffer, rowsMax: number, costMax: number): number;
  /** Totals of the rows since `open`. */
  readTotals(): ColumnTotals[];
}

/** A mode that does not exist is a programming error. */
export function createRowsEvaluator(program: TableProgram, mode: EvaluationMode): RowsEvaluator {
  const { dialect, cells, columns, added } = program;
  const reader = createRowReader(dialect, cells, columns, added);
  const compilation = compileTable(programSettings(program, mode));
  if (compilation.kind === 'refused') return new RefusedRowsEvaluator(program, reader, compilation);
  return new ProgramRowsEvaluator(program, reader, compilation);
}

class ProgramRowsEvaluator implements RowsEvaluator {
  readonly compileCost: number;
  hasFailed = false;
  cost = 0;
  /** Columns with totals: the formulas, then input columns. */
  readonly #columns: number;
  readonly #reader: RowReader;
  readonly #evaluator: TableEvaluator;
  readonly #writer: RowOutcomeWriter;
  readonly #totals: TotalsCollector;
  readonly #plain: PlainRun | undefined;

  constructor({ formulas, totals }: TableProgram, reader: RowReader, compiled: CompiledTable) {
    this.compileCost = compiled.cost;
    this.#columns = formulas.length + totals.length;
    this.#reader = reader;
    this.#evaluator = compiled.createEvaluator();
    this.#writer = new RowOutcomeWriter(this.#evaluator, formulas.length);
    this.#totals = createTotalsCollector(this.#columns);
    const { plainRows } = this.#evaluator;
    if (plainRows !== undefined) this.#plain = new PlainRun(plainRows, reader, formulas.length, this.#totals);
  }

  get end(): number {
    return this.#reader.end;
  }

  open(run: RowRun): void {
    this.#reader.open(run);
    this.#totals.clear();
  }

  evaluateNext(output: ByteBuffer, isSpent: boolean): void {
    const reader = this.#reader;
    invariant(reader.next(), rowsAreThere);
    const refusal = reader.fault ?? (isSpent ? budgetError : undefined);
    if (refusal === undefined) {
      this.#evaluate(output);
    } else {
      this.hasFailed = true;
      this.cost = 0;
      output.writeText(encodeErrorLine(refusal));
    }
  }

  evaluatePlain(output: ByteBuffer, rowsMax: number, costMax: number): number {
    const rows = this.#plain?.evaluate(output, rowsMax, costMax) ?? 0;
    if (rows > 0) {
      this.hasFailed = false;
      this.cost = this.#plain?.cost ?? 0;
    }
    return rows;
  }

  readTotals(): ColumnTotals[] {
    return this.#totals.read();
  }

  #evaluate(output: ByteBuffer): void {
    const evaluator = this.#evaluator;
    evaluator.evaluateRow(this.#reader.cells, this.#reader.row);
    this.#writer.write(output);
    this.cost = evaluator.cost;
    this.hasFailed = !this.#writer.isWhole;
    this.#collect();
  }

  /** Adds the results, and the numbers of the columns with totals, as their text say. */
  #collect(): void {
    const { results, starts, ends } = this.#evaluator;
    const { hasResult } = this.#writer;
    for (let column = 0; column < this.#columns; column += 1) {
      if (hasResult[column] === 0) continue;
      this.#totals.add(column, results.bytes, starts[column] as number, ends[column] as number);
    }
  }
}

/**
 * Gives each row the error of a formula. A program was compiled when its job was submitted, but perhaps by another version
 * of this software, whose language has more in it.
 */
class RefusedRowsEvaluator implements RowsEvaluator {
  readonly compileCost = 0;
  readonly hasFailed = true;
  readonly cost = 0;
  readonly #reader: RowReader;
  readonly #error: OutcomeError;
  readonly #totals: ColumnTotals[];

  constructor({ formulas, totals }: TableProgram, reader: RowReader, { code, message }: RefusedTable) {
    this.#reader = reader;
    this.#error = { code, message, column: 0, endColumn: 0 };
    this.#totals = [...formulas, ...totals].map(() => noColumnTotals);
  }

  get end(): number {
    return this.#reader.end;
  }

  open(run: RowRun): void {
    this.#reader.open(run);
  }

  evaluateNext(output: ByteBuffer): void {
    invariant(this.#reader.next(), rowsAreThere);
    output.writeText(encodeErrorLine(this.#reader.fault ?? this.#error));
  }

  evaluatePlain(): number {
    return 0;
  }

  readTotals(): ColumnTotals[] {
    return this.#totals;
  }
}
