import type { TableColumn } from './table-sources.ts';
import type { TableSettings } from './table-settings.ts';
import { listNames, listPositions, nearestName } from './column-hints.ts';
import { shownName } from './shown-name.ts';
import { refuse } from './table-refusal.ts';

/** The column that a total names: as a header has it, or `@3`. */
export function findTotal({ totals, columns, formulas }: TableSettings, total: number): TableColumn {
  const name = (totals[total] ?? '').trim().normalize('NFC');
  const [index, second] = columns.find(name);
  if (second !== undefined) {
    const message = `There are several columns ${shownName(name)}: write ${listPositions(columns.find(name))}.`;
    refuse({ total, code: 'UNKNOWN', message });
  }
  if (index !== undefined) return { name, index };
  const position = /^@(\d{1,9})$/.exec(name)?.[1];
  if (position !== undefined && Number(position) >= 1 && Number(position) <= (columns.count ?? 0)) {
    return { name, index: Number(position) - 1 };
  }
  if (formulas.some((formula) => formula.name === name)) {
    refuse({
      total,
      code: 'UNKNOWN',
      message: `${shownName(name)} is a formula, and totals of formulas are always kept.`,
    });
  }
  const near = nearestName(name, columns.names);
  const hint = near === undefined ? `the columns are ${listNames(columns.names)}.` : `did you mean ${near}?`;
  refuse({ total, code: 'UNKNOWN', message: `There is no column ${shownName(name)}; ${hint}` });
}
