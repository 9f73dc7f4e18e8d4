import { compileTable, createUsedColumnSet, parseFormula, precisionDefault } from '../../../src/expression/index.ts';
import type {
  CellSyntax,
  Compilation,
  NumberMode,
  RowCells,
  TableEvaluator,
  TableSettings,
} from '../../../src/expression/index.ts';

/** The differences of a table in a test from `price,qty,vat,country` in decimal mode. */
export interface TableCase {
  readonly header?: readonly string[];
  readonly formulas: readonly string[];
  readonly totals?: readonly string[];
  readonly mode?: NumberMode;
  readonly precision?: number;
  readonly cells?: Partial<CellSyntax>;
  readonly replaces?: boolean;
  /** The header is the members of the first object. */
  readonly isOpen?: boolean;
}

export const header = ['price', 'qty', 'vat', 'country'];

export function settingsOf(table: TableCase): TableSettings {
  const names = table.header ?? header;
  return {
    mode: table.mode ?? 'decimal',
    precision: table.precision ?? precisionDefault,
    cells: {
      decimal: '.',
      group: undefined,
      numbers: 'strict',
      missing: 'error',
      missingValues: [],
      ...table.cells,
    },
    columns: createUsedColumnSet(
      names.map((name, index) => ({ name, index })),
      table.isOpen === true ? undefined : names.length,
    ),
    formulas: table.formulas.map((given) => {
      const formula = parseFormula(given);
      if (formula.kind === 'refused') throw new Error(`${given}: ${formula.message}`);
      return formula;
    }),
    totals: table.totals ?? [],
    replaces: table.replaces ?? false,
  };
}

export function compiledOf(table: TableCase): Compilation {
  return compileTable(settingsOf(table));
}

export function evaluatorOf(table: TableCase): TableEvaluator {
  const compilation = compiledOf(table);
  if (compilation.kind === 'refused') throw new Error(compilation.message);
  return compilation.createEvaluator();
}

/** The cells of one row, by their content; with kinds other than plain where they are given. */
export function cellsOf(contents: readonly string[], kinds: readonly number[] = []): RowCells {
  const encoder = new TextEncoder();
  const parts = contents.map((content) => encoder.encode(content));
  // Bytes on both sides, so that a reader that leaves its span is detected.
  const bytes = encoder.encode(`9${contents.join('9')}9`);
  const starts = new Int32Array(parts.length);
  const ends = new Int32Array(parts.length);
  let at = 1;
  parts.forEach((part, index) => {
    starts[index] = at;
    ends[index] = at + part.length;
    at += part.length + 1;
  });
  return { bytes, starts, ends, kinds: Uint8Array.from(contents, (_, index) => kinds[index] ?? 0) };
}

/** The answers of the evaluator for the row: results, `CODE column-endColumn message` for errors, then the numbers of totals. */
export function answersOf(evaluator: TableEvaluator, cells: RowCells, row = 1): string[] {
  evaluator.evaluateRow(cells, row);
  const text = evaluator.results.asciiText();
  return Array.from(evaluator.starts, (start, index) => {
    const error = evaluator.errors[index];
    return error === undefined
      ? text.slice(start, evaluator.ends[index])
      : `${error.code} ${error.column}-${error.endColumn} ${error.message}`;
  });
}

/** The answers for one row of plain cells. */
export function rowOf(table: TableCase, contents: readonly string[], row = 1): string[] {
  return answersOf(evaluatorOf(table), cellsOf(contents), row);
}

/** Why the table is rejected: `CODE formula column-endColumn message`. */
export function refusalOf(table: TableCase): string {
  const compilation = compiledOf(table);
  if (compilation.kind === 'compiled') return 'compiled';
  const { code, formula, total, column, endColumn, message } = compilation;
  const place = total === undefined ? `${formula ?? '-'}` : `total ${total}`;
  return `${code} ${place} ${column}-${endColumn} ${message}`;
}
