import type { ByteBuffer } from '../byte-buffer.ts';
import { exponentMax, literalExponentMaxOf, mantissaMaxOf } from '../decimal/scaled-stack.ts';
import { writeScaled } from '../decimal/write-scaled.ts';
import { costMax, precisionMax } from '../limits.ts';
import { powersOfTen } from '../write-digits.ts';
import type { CellReader } from './cell-reader.ts';
import { columnSteps } from './column-steps.ts';
import type { ColumnStep } from './column-steps.ts';
import { rowSource } from './formula-names.ts';
import { writeDecimals } from './fixed-decimals.ts';
import type { RowCells } from './row-cells.ts';
import {
  addColumns,
  copyColumn,
  createScaledColumn,
  divideColumn,
  multiplyColumns,
  negateColumn,
  roundColumn,
} from './scaled-column.ts';
import type { ScaledColumn } from './scaled-column.ts';
import type { TablePrograms } from './table-programs.ts';

/** Rows of a batch at most: its columns stay in the nearest cache. */
export const plainRowsMax = 256;
/** Places by which the cells of a column may differ. */
const distanceMax = 15;
const noStart = new Float64Array(0);

/** A formula as steps over columns. */
interface PlainFormula {
  readonly steps: readonly ColumnStep[];
  /** By step: the numbers of a literal; undefined for another step. */
  readonly literals: readonly (ScaledColumn | undefined)[];
  /** See `CompiledFormula`. */
  readonly decimals: number;
}

/**
 * Evaluates plain rows a batch at a time, formula by formula and operation by operation: rows whose cells are short decimals,
 * and whose results are exact in machine numbers, by formulas that only add, subtract, multiply, round, and divide by what
 * goes into a power of ten. That is most rows of most tables, at a fraction of what one row after the other costs. All other
 * rows are left to the machines. Results, and costs, are the same by either way.
 */
export class PlainRows {
  /** Rows taken since `clear`. */
  count = 0;
  /** Cost units of each row. */
  readonly cost: number;
  /** By formula, and after them by column with a total: valid after `compute`. */
  readonly columns: readonly ScaledColumn[];
  private readonly formulas: readonly PlainFormula[];
  private readonly order: readonly number[];
  /** The sources that are read. */
  private readonly sources: readonly number[];
  /** By source. */
  private readonly inputs: ScaledColumn[] = [];
  private readonly inputExponents: Int32Array[] = [];
  private readonly reader: CellReader;
  private readonly precision: number;
  private readonly sizeMax: number;
  private readonly literalExponentMax: number;
  /** By depth of the stack: where an operation leaves its result, and where its operands are. */
  private readonly scratch: ScaledColumn[] = [];
  private readonly operands: ScaledColumn[] = [];

  constructor(formulas: readonly PlainFormula[], programs: TablePrograms, reader: CellReader, precision: number) {
    const { order, totals } = programs;
    this.formulas = formulas;
    this.order = order;
    this.cost = costOf(programs);
    this.reader = reader;
    this.precision = precision;
    this.sizeMax = mantissaMaxOf(precision);
    this.literalExponentMax = literalExponentMaxOf(precision);
    this.sources = sourcesOf(formulas, totals);
    for (const source of this.sources) {
      this.inputs[source] = createScaledColumn(plainRowsMax);
      this.inputExponents[source] = new Int32Array(plainRowsMax);
    }
    const results = formulas.map(() => createScaledColumn(plainRowsMax));
    this.columns = [...results, ...totals.map((source) => this.input(source))];
  }

  clear(): void {
    this.count = 0;
  }

  /** Takes the cells of the row with this number; false, and nothing is taken: it is not plain. At most `plainRowsMax` rows. */
  take(cells: RowCells, row: number): boolean {
    const { count, reader, sources, inputs, inputExponents } = this;
    reader.open(cells, row);
    for (let index = 0; index < sources.length; index += 1) {
      const source = sources[index] as number;
      if (!reader.read(source) || reader.isMissing(source)) return false;
      (inputs[source]?.values ?? noStart)[count] = reader.mantissa;
      (inputExponents[source] as Int32Array)[count] = reader.exponent;
    }
    this.count += 1;
    return true;
  }

  /** Evaluates the rows taken; gives how many of them, from the first on, have results here. */
  compute(): number {
    let rows = this.count;
    for (const source of this.sources) rows = this.align(source, rows);
    for (const formula of this.order) {
      if (rows === 0) break;
      rows = this.evaluate(formula, rows);
    }
    return rows;
  }

  /** Appends the text of a column in a row, as printed. */
  write(column: number, row: number, output: ByteBuffer): void {
    const { values, exponent } = this.columns[column] as ScaledColumn;
    const formula = this.formulas[column];
    const decimals = formula?.decimals ?? -1;
    const start = output.length;
    writeScaled(values[row] as number, exponent, formula === undefined ? precisionMax : this.precision, output);
    if (decimals >= 0) writeDecimals(output, start, decimals);
  }

  /** Brings the cells of a column to their smallest exponent. */
  private align(source: number, rows: number): number {
    const input = this.input(source);
    const exponents = this.inputExponents[source] as Int32Array;
    let [lowest, highest] = [exponents[0] as number, exponents[0] as number];
    for (let row = 1; row < rows; row += 1) {
      const exponent = exponents[row] as number;
      if (exponent < lowest) lowest = exponent;
      if (exponent > highest) highest = exponent;
    }
    input.exponent = lowest;
    input.exponentMax = highest;
    if (highest - lowest > distanceMax || highest > this.literalExponentMax || lowest < -exponentMax) return 0;
    return this.scale(input.values, exponents, lowest, rows);
  }

  private scale(values: Float64Array, exponents: Int32Array, lowest: number, rows: number): number {
    for (let row = 0; row < rows; row += 1) {
      const value = (values[row] as number) * (powersOfTen[(exponents[row] as number) - lowest] as number);
      if (Math.abs(value) > this.sizeMax) return row;
      values[row] = value;
    }
    return rows;
  }

  private evaluate(formula: number, count: number): number {
    const { steps, literals } = this.formulas[formula] as PlainFormula;
    let rows = count;
    let top = -1;
    for (const [index, step] of steps.entries()) {
      top += depthChange(step);
      const operand = this.operandOf(step) ?? literals[index];
      if (operand === undefined) rows = this.operate(step, top, rows);
      else this.operands[top] = operand;
      if (rows === 0) return 0;
    }
    copyColumn(this.operand(0), this.columns[formula] as ScaledColumn, rows);
    return rows;
  }

  private operandOf(step: ColumnStep): ScaledColumn | undefined {
    if (step.kind === 'column') return this.inputs[step.source];
    return step.kind === 'result' ? this.columns[step.formula] : undefined;
  }

  private operate(step: ColumnStep, at: number, rows: number): number {
    const target = (this.scratch[at] ??= createScaledColumn(plainRowsMax));
    const [left, right] = [this.operand(at), this.operands[at + 1] ?? target];
    this.operands[at] = target;
    const exact = this.apply(step, left, right, target, rows);
    return Math.abs(target.exponent) > exponentMax || Math.abs(target.exponentMax) > exponentMax ? 0 : exact;
  }

  private apply(step: ColumnStep, left: ScaledColumn, right: ScaledColumn, target: ScaledColumn, rows: number): number {
    const { sizeMax } = this;
    switch (step.kind) {
      case 'add':
        return addColumns(left, right, 1, target, rows, sizeMax);
      case 'subtract':
        return addColumns(left, right, -1, target, rows, sizeMax);
      case 'multiply':
        return multiplyColumns(left, right, target, rows, sizeMax);
      case 'divide':
        return divideColumn(left, step.divisor, target, rows, sizeMax);
      case 'round':
        return roundColumn(left, step.places, step.isEven, target, rows, sizeMax);
      case 'negate':
        negateColumn(left, target, rows);
        return rows;
      case 'literal':
      case 'column':
      case 'result':
        return rows;
    }
  }

  private operand(at: number): ScaledColumn {
    return this.operands[at] as ScaledColumn;
  }

  private input(source: number): ScaledColumn {
    return this.inputs[source] as ScaledColumn;
  }
}

/** Undefined where a formula does what is not for batches. */
export function createPlainRows(programs: TablePrograms, reader: CellReader, precision: number): PlainRows | undefined {
  const formulas: PlainFormula[] = [];
  for (const { program, decimals } of programs.formulas) {
    const steps = columnSteps(program);
    if (steps === undefined || !steps.every((step) => isWithin(step, precision))) return undefined;
    formulas.push({ steps, literals: steps.map(literalColumn), decimals });
  }
  return costOf(programs) > costMax ? undefined : new PlainRows(formulas, programs, reader, precision);
}

function costOf({ formulas }: TablePrograms): number {
  return formulas.reduce((sum, { program }) => sum + program.cost, 0);
}

/** Whether the decimal machine takes the literal, too. */
function isWithin(step: ColumnStep, precision: number): boolean {
  if (step.kind !== 'literal') return true;
  const { mantissa, exponent } = step;
  return (
    mantissa <= mantissaMaxOf(precision) && exponent <= literalExponentMaxOf(precision) && exponent >= -exponentMax
  );
}

function literalColumn(step: ColumnStep): ScaledColumn | undefined {
  if (step.kind !== 'literal') return undefined;
  const { mantissa, exponent } = step;
  return { values: new Float64Array(plainRowsMax).fill(mantissa), exponent, exponentMax: exponent };
}

function depthChange({ kind }: ColumnStep): number {
  if (kind === 'literal' || kind === 'column' || kind === 'result') return 1;
  return kind === 'add' || kind === 'subtract' || kind === 'multiply' ? -1 : 0;
}

function sourcesOf(formulas: readonly PlainFormula[], totals: readonly number[]): readonly number[] {
  const sources = new Set(totals);
  for (const { steps } of formulas) for (const step of steps) if (step.kind === 'column') sources.add(step.source);
  return [...sources].filter((source) => source >= rowSource);
}
