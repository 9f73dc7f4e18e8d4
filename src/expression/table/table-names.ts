import { listNames, listPositions, nearestName } from './column-hints.ts';
import type { FormulaNames, NameReference } from './formula-names.ts';
import { shownName } from './shown-name.ts';
import type { TableSettings } from './table-settings.ts';
import type { TableSources } from './table-sources.ts';

/** The result of a reference to another formula: the type of its result, or a circle of formulas that use one another. */
type UseFormula = (formula: number) => { readonly isTruthValue: boolean } | { readonly circle: readonly number[] };

/** The meaning of names in the formula `own` of a table. */
export function createFormulaNames(
  settings: TableSettings,
  own: number,
  sources: TableSources,
  use: UseFormula,
): FormulaNames {
  const { columns, formulas } = settings;
  const numbers = new Map(formulas.map(({ name }, index) => [name, index]));
  return {
    find: (name, isQuoted) => {
      const found = columns.find(name);
      const formula = numbers.get(name);
      // In its own text, the name of a formula that replaces a column is that column.
      if (formula !== undefined && !(formula === own && found.length > 0)) return useFormula(formula);
      return columnNamed(name, found, isQuoted);
    },
    at: (position) => columnAt(position),
    near: (name) => nearestName(name, [...columns.names, ...formulas.map((formula) => formula.name)]),
    list: (isBare) => {
      const isOpen = isBare && columns.count === undefined;
      return isOpen
        ? `the first row has ${listNames(columns.names)}: write a name in backticks if only later rows have it.`
        : `the columns are ${listNames(columns.names)}.`;
    },
    addComparison: (source, text) => sources.addComparison(source, text),
  };

  function useFormula(formula: number): NameReference {
    const used = use(formula);
    if ('isTruthValue' in used) return { kind: 'result', formula, isTruthValue: used.isTruthValue };
    const names = used.circle.map((index) => shownName(formulas[index]?.name ?? ''));
    const message =
      names.length === 2
        ? `${names[0] ?? ''} uses itself, and there is no column of that name.`
        : `These formulas use one another in a circle: ${names.join(' → ')}.`;
    return { kind: 'refused', code: 'SYNTAX', message };
  }

  function columnNamed(name: string, found: readonly number[], isQuoted: boolean): NameReference | undefined {
    const [index, second] = found;
    if (second !== undefined) {
      const message = `There are ${found.length} columns ${shownName(name)}: write ${listPositions(found)} for the one that is meant.`;
      return { kind: 'refused', code: 'UNKNOWN', message };
    }
    if (index !== undefined) return columnSource(name, index);
    // An object may have members that the first one lacks.
    return isQuoted && columns.count === undefined ? openColumn(name) : undefined;
  }

  function openColumn(name: string): NameReference {
    const known = sources.columns.find((column) => column.name === name);
    return columnSource(name, known?.index ?? columns.names.length + sources.columns.length);
  }

  /** The members that an evaluator is given are those that are used, in the order of `sources`. */
  function columnSource(name: string, index: number): NameReference {
    return { kind: 'column', source: sources.add({ name, index }) };
  }

  function columnAt(position: number): NameReference {
    const { count } = columns;
    if (count === undefined) {
      return { kind: 'refused', code: 'UNKNOWN', message: 'Objects have no positions: write the name of a member.' };
    }
    if (position < 1 || position > count) {
      const message = `There is no column at this position: the columns are @1 to @${count}.`;
      return { kind: 'refused', code: 'UNKNOWN', message };
    }
    return columnSource(`@${position}`, position - 1);
  }
}
