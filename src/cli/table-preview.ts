/** The dry run of a table, as the API writes it and as people read it. */
import type { PreviewBody } from '../formats/index.ts';
import { printable } from '../printable.ts';
import { formatTotals, readTotals } from './table-report.ts';
import { formatFields, formatTable, truncate } from './text.ts';

type PreviewRow = PreviewBody['rows'][number];

/** Names of columns that are listed; a file may have thousands. */
const columnsShownMax = 100;
/** Characters of a cell that are shown. */
const cellLengthMax = 60;

/** Checks that a response is a dry run. Undefined: it is not. */
export function readPreview(value: unknown): PreviewBody | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { columns, dialect, formulas, rows, totals } = value as Record<string, unknown>;
  const isPreview =
    [columns, formulas, rows].every((list) => Array.isArray(list)) &&
    typeof dialect === 'object' &&
    dialect !== null &&
    readTotals(totals) !== undefined;
  return isPreview ? (value as PreviewBody) : undefined;
}

export function hasFailed({ error, errors }: PreviewRow): boolean {
  return error !== undefined || Object.keys(errors ?? {}).length > 0;
}

export function formatPreview({ columns, dialect, formulas, rows, totals }: PreviewBody): string {
  const inOrder = formulas.toSorted((left, right) => left.position - right.position);
  const fields = [
    ['columns', formatColumns(columns)],
    ...Object.entries(dialect).map(([name, value]) => [name.replaceAll('_', ' '), formatSetting(value)] as const),
    ...inOrder.map(({ formula }, index) => [`formula ${index + 1}`, printable(formula)] as const),
  ] as const;
  return [formatFields(fields), formatRows(formulas, rows), formatTotals(totals)].join('\n\n');
}

function formatColumns(columns: readonly string[]): string {
  const shown = columns.slice(0, columnsShownMax).map(printable).join(', ');
  const more = columns.length - columnsShownMax;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function formatSetting(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return 'none';
  if (Array.isArray(value)) return value.map((text) => printable(JSON.stringify(text))).join(', ');
  const text = String(value);
  // A sign alone would be lost among letters.
  return text.length === 1 ? JSON.stringify(text) : printable(text);
}

function formatRows(formulas: PreviewBody['formulas'], rows: readonly PreviewRow[]): string {
  const isError = rows.some(hasFailed);
  return formatTable(
    [
      { title: 'ROW', align: 'right' },
      ...formulas.map(({ name }) => ({ title: printable(name), align: 'right' }) as const),
      ...(isError ? [{ title: 'ERROR', align: 'left' } as const] : []),
    ],
    rows.map((row) => [
      row.id,
      ...formulas.map(({ name }) => truncate(printable(row.results[name] ?? ''), cellLengthMax)),
      ...(isError ? [describeErrors(row)] : []),
    ]),
  );
}

function describeErrors({ error, errors = {} }: PreviewRow): string {
  const named = Object.entries(errors).map(([name, { code, message }]) => `${name}: ${code} ${message}`);
  return printable(error === undefined ? named.join('; ') : `${error.code} ${error.message}`);
}
