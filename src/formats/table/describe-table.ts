/** A table and its rows as JSON documents show them: the API, and the dry run of the command. */
import type { ResultSlice, TablePreview } from '../../engine/index.ts';
import type { Dialect, EvaluationMode, Formula, RowOutcome, Table } from '../../jobs/index.ts';
import { describeTotals, type TotalsBody } from './describe-totals.ts';
import { cellOutcomes, errorsByName, toErrorObject, type ErrorObject } from './row-errors.ts';
import { SliceRows } from './slice-rows.ts';

export interface DialectBody {
  format: Dialect['format'];
  /** Of CSV only, as `header` is. */
  delimiter?: string;
  header?: 'present' | 'absent';
  decimal: string;
  group?: string;
  numbers: Dialect['numbers'];
  missing: Dialect['missing'];
  missing_values: string[];
}

export function describeDialect({ program: { dialect }, hasHeader }: Table): DialectBody {
  const { format, delimiter, decimal, group, numbers, missing, missingValues } = dialect;
  return {
    format,
    ...(format === 'csv' ? { delimiter, header: hasHeader ? 'present' : 'absent' } : {}),
    decimal,
    ...(group === undefined ? {} : { group }),
    numbers,
    missing,
    missing_values: [...missingValues],
  };
}

const bareName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** `name = expression`, as it can be given. */
export function writeFormula({ name, text }: Formula): string {
  return `${bareName.test(name) ? name : `\`${name}\``} = ${text}`;
}

/** The outcome of one row: the results by formula, and what went wrong. */
export interface RowBody {
  /** `null`: the formula failed, or a missing cell made its result empty. */
  results: Record<string, string | null>;
  /** By formula. */
  errors?: Record<string, ErrorObject>;
  /** Of the row as a whole. */
  error?: ErrorObject;
}

export function describeRow(outcome: RowOutcome, formulas: readonly Formula[]): RowBody {
  const cells = cellOutcomes(outcome, formulas);
  const results = Object.fromEntries(
    formulas.map(({ name }, index) => {
      const cell = cells[index];
      return [name, cell?.kind === 'result' && cell.text !== '' ? cell.text : null];
    }),
  );
  if (outcome.kind === 'error') return { results, error: toErrorObject(outcome.error) };
  return cells.some(({ kind }) => kind === 'error') ? { results, errors: errorsByName(cells, formulas) } : { results };
}

/** The answer of a dry run. */
export interface PreviewBody {
  columns: string[];
  dialect: DialectBody;
  /** `position`: in the order of evaluation, from 1 on. */
  formulas: { name: string; formula: string; position: number }[];
  rows: ({ id: string; request: string } & RowBody)[];
  totals: Record<string, TotalsBody>;
}

export function describePreview({ table, order, slice }: TablePreview, mode: EvaluationMode): PreviewBody {
  const { formulas } = table.program;
  return {
    columns: [...table.columns],
    dialect: describeDialect(table),
    formulas: formulas.map((formula, index) => ({
      name: formula.name,
      formula: writeFormula(formula),
      position: order.indexOf(index) + 1,
    })),
    rows: describeRows(table, slice),
    totals: describeTotals(table.program, slice.outcomes.totals ?? [], mode),
  };
}

function describeRows(table: Table, slice: ResultSlice) {
  const described = [];
  for (const rows = new SliceRows(slice, table.program.dialect); rows.next();) {
    const outcome = describeRow(rows.readOutcome(), table.program.formulas);
    described.push({ id: String(rows.line), request: rows.readText(), ...outcome });
  }
  return described;
}
