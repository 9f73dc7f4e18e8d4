/** Settings of a table that `planTable` has settled, as the compiler takes them. */
import { invariant } from '../engine/basics.ts';
import { createUsedColumnSet, numberModes, type TableSettings } from '../expression/index.ts';
import type { EvaluationMode, TableProgram } from '../jobs/index.ts';

export function programSettings(program: TableProgram, mode: EvaluationMode): TableSettings {
  const { dialect, cells, columns, formulas, totals } = program;
  return {
    ...modeSettings(mode),
    cells: dialect,
    columns: createUsedColumnSet(columns, dialect.format === 'csv' ? cells : undefined),
    formulas,
    totals,
    // Where nothing is replaced no formula has the name of a column, so that this makes no difference.
    replaces: true,
  };
}

/** A mode that does not exist is a programming error. */
export function modeSettings({ mode: name, precision }: EvaluationMode): Pick<TableSettings, 'mode' | 'precision'> {
  const mode = numberModes.find((known) => known === name);
  invariant(mode !== undefined, 'the number mode is known');
  return { mode, precision };
}
