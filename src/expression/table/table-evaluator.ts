import { Budget } from '../budget.ts';
import { ByteBuffer } from '../byte-buffer.ts';
import { missingResult } from '../column-source.ts';
import { writeScaled } from '../decimal/write-scaled.ts';
import type { OperationError } from '../error-codes.ts';
import { fault, OperationFault } from '../fault.ts';
import { precisionMax } from '../limits.ts';
import type { EvaluationSettings } from '../line-evaluator.ts';
import type { FormulaMachine } from '../machine.ts';
import { CellReader } from './cell-reader.ts';
import type { CompiledFormula } from './compiled-formula.ts';
import { writeDecimals } from './fixed-decimals.ts';
import { createPlainRows } from './plain-rows.ts';
import type { PlainRows } from './plain-rows.ts';
import type { CellSyntax, RowCells } from './row-cells.ts';
import { shownName } from './shown-name.ts';
import type { TablePrograms } from './table-programs.ts';

/** Evaluates the formulas of a table, row after row. Keeps its working memory: one evaluator for each thread and table. */
export class TableEvaluator {
  /** The result strings of the row, one after another; ASCII, with `.` as decimal mark. */
  readonly results = new ByteBuffer();
  /** Where the results of the formulas are, in the order given, and then the numbers of the columns with totals. Empty: there is none. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** By formula: why it has no result. */
  readonly errors: (OperationError | undefined)[];
  /** Formulas of the row that have failed. */
  failed = 0;
  /** Evaluates rows a batch at a time; undefined where the formulas are not for that. */
  readonly plainRows: PlainRows | undefined;
  private readonly machine: FormulaMachine;
  private readonly programs: TablePrograms;
  private readonly reader: CellReader;
  private readonly budget = new Budget('row');
  /** By formula: what first went wrong, without the names of the formulas in between. */
  private readonly reasons: string[] = [];
  /** That of the formula whose missing result ends the current one. */
  private reason: string | undefined;

  constructor(
    machine: FormulaMachine,
    programs: TablePrograms,
    settings: EvaluationSettings & { readonly cells: CellSyntax },
  ) {
    const { formulas, totals, sources } = programs;
    this.machine = machine;
    this.programs = programs;
    this.starts = new Int32Array(formulas.length + totals.length);
    this.ends = new Int32Array(formulas.length + totals.length);
    this.errors = formulas.map(() => undefined);
    this.reader = new CellReader(sources, settings.cells, (formula) => this.failResult(formula));
    machine.columns = this.reader;
    this.plainRows =
      settings.mode === 'decimal' ? createPlainRows(programs, this.reader, settings.precision) : undefined;
  }

  /** Cost units of the row evaluated last. */
  get cost(): number {
    return this.budget.used;
  }

  /** Whether the formula or, counted after them, the column with a total has a string in the row evaluated last. */
  hasText(index: number): boolean {
    return (this.ends[index] as number) > (this.starts[index] as number);
  }

  /** Evaluates the row with these cells, whose 1-based number is `row`. */
  evaluateRow(cells: RowCells, row: number): void {
    const { formulas, order, totals } = this.programs;
    this.reader.open(cells, row);
    this.budget.reset();
    this.results.clear();
    this.failed = 0;
    for (const index of order) this.evaluate(index, formulas[index] as CompiledFormula);
    for (let index = 0; index < totals.length; index += 1) {
      this.writeTotal(formulas.length + index, totals[index] as number);
    }
  }

  private evaluate(index: number, formula: CompiledFormula): void {
    const { budget, machine, results } = this;
    const start = results.length;
    const { program, bytes } = formula;
    this.starts[index] = start;
    if (formula.isUsed) machine.forget(index);
    let hasStarted = false;
    try {
      budget.charge(program.cost);
      hasStarted = true;
      machine.execute(program, bytes, bytes.length, budget, results);
      if (formula.isUsed) machine.keep(index);
      if (formula.decimals >= 0) writeDecimals(results, start, formula.decimals);
      this.errors[index] = undefined;
    } catch (thrown) {
      results.length = start;
      this.fail(index, hasStarted ? machine.faultIndex : 0, thrown);
    }
    this.ends[index] = results.length;
  }

  private fail(index: number, faultIndex: number, thrown: unknown): void {
    this.errors[index] = undefined;
    if (thrown === missingResult) return;
    if (!(thrown instanceof OperationFault)) throw thrown;
    const { code, message } = thrown;
    const formula = this.programs.formulas[index];
    const column = formula?.columns[faultIndex] ?? 0;
    this.errors[index] = { code, message, column, endColumn: formula?.endColumns[faultIndex] ?? 0 };
    this.reasons[index] = this.reason ?? message;
    this.reason = undefined;
    this.failed += 1;
  }

  private failResult(formula: number): never {
    const error = this.errors[formula];
    // oxlint-disable-next-line typescript/only-throw-error -- see missingResult
    if (error === undefined) throw missingResult;
    const name = this.programs.formulas[formula]?.name ?? '';
    this.reason = this.reasons[formula] ?? error.message;
    fault(error.code, `${shownName(name)} has no value: ${this.reason}`);
  }

  private writeTotal(at: number, source: number): void {
    const { reader, results } = this;
    this.starts[at] = results.length;
    const number = reader.numberText(source);
    if (number === 'scaled') writeScaled(reader.mantissa, reader.exponent, precisionMax, results);
    else if (number !== undefined) results.writeAscii(number);
    this.ends[at] = results.length;
  }
}
