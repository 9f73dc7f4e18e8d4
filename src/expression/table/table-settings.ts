import type { ErrorCode } from '../error-codes.ts';
import type { EvaluationSettings } from '../line-evaluator.ts';
import type { ColumnSet } from './column-set.ts';
import type { CellSyntax } from './row-cells.ts';
import type { TableColumn } from './table-sources.ts';
import type { TableEvaluator } from './table-evaluator.ts';

/** `name = text`. */
export interface FormulaText {
  readonly name: string;
  readonly text: string;
}

/** All that decides what the formulas of a table mean. */
export interface TableSettings extends EvaluationSettings {
  readonly cells: CellSyntax;
  readonly columns: ColumnSet;
  /** At most `formulasMax`. */
  readonly formulas: readonly FormulaText[];
  /** Input columns whose numbers the evaluator writes out, for control totals. */
  readonly totals: readonly string[];
  /** Whether a formula may have the name of an input column, which it then replaces. In its own text that name is the column. */
  readonly replaces: boolean;
}

export interface CompiledTable {
  readonly kind: 'compiled';
  /** The columns that formulas and totals read. */
  readonly columns: readonly TableColumn[];
  /** The formulas in the order in which they are evaluated. */
  readonly order: readonly number[];
  /** Cost units of compiling. */
  readonly cost: number;
  createEvaluator(): TableEvaluator;
}

/** Why a table is rejected. Columns count UTF-16 units of the formula's text, from 1; both are 0 for what has no place in it. */
export interface RefusedTable {
  readonly kind: 'refused';
  /** The 0-based formula, or total, that is wrong. */
  readonly formula: number | undefined;
  readonly total: number | undefined;
  readonly code: ErrorCode;
  readonly message: string;
  readonly column: number;
  readonly endColumn: number;
}

export type Compilation = CompiledTable | RefusedTable;
