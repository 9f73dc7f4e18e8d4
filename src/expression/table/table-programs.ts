import type { CompiledFormula } from './compiled-formula.ts';
import type { TableSources } from './table-sources.ts';

/** A compiled table. */
export interface TablePrograms {
  readonly formulas: readonly CompiledFormula[];
  readonly order: readonly number[];
  /** The sources of the columns with totals. */
  readonly totals: readonly number[];
  readonly sources: TableSources;
}
