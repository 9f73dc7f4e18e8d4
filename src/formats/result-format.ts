import type { Table } from '../jobs/index.ts';

/** The formats of lines; `text` is the first choice. */
export const resultFormats = ['text', 'csv', 'ndjson'] as const;
export type ResultFormat = (typeof resultFormats)[number];

/** All formats there are. Each table has some of them: see `formatsOf`. */
export const tableResultFormats = ['text', 'csv', 'tsv', 'ndjson'] as const;
export type TableResultFormat = (typeof tableResultFormats)[number];

/** The formats that a job's results have, the best first: that of a table is its own. Undefined: the job has lines. */
export function formatsOf(table: Table | undefined): readonly TableResultFormat[] {
  if (table === undefined) return resultFormats;
  const { format, delimiter } = table.program.dialect;
  if (format === 'ndjson') return ['ndjson', 'text'];
  return [delimiter === '\t' ? 'tsv' : 'csv', 'ndjson', 'text'];
}

/** Without parameters. */
export const resultMediaTypes = {
  text: 'text/plain',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ndjson: 'application/x-ndjson',
} as const satisfies Record<TableResultFormat, string>;

/** With the parameters of the type; CSV says whether it has a header (RFC 4180). */
export function contentTypeOf(format: TableResultFormat, hasHeader: boolean): string {
  const type = resultMediaTypes[format];
  if (format === 'ndjson') return type;
  const header = format === 'csv' ? `; header=${hasHeader ? 'present' : 'absent'}` : '';
  return `${type}; charset=utf-8${header}`;
}
