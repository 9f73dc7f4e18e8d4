/** The choices in the form, as the query of an upload. */
import type { Query } from '../../api/url.ts';
import type { UploadFormat } from './detect-format.ts';
import { readFormulas } from './formulas.ts';

export interface TableSettings {
  /** `auto`, or as the API names it. */
  readonly delimiter: string;
  readonly header: 'present' | 'absent';
  readonly decimal: '.' | ',';
  /** Empty: none. */
  readonly group: string;
  readonly numbers: 'strict' | 'written';
  readonly missing: 'error' | 'empty' | 'zero';
  readonly missingValues: string;
  readonly replaces: boolean;
  /** Columns of the file. */
  readonly totals: readonly string[];
}

export const defaultTableSettings: TableSettings = {
  delimiter: 'auto',
  header: 'present',
  decimal: '.',
  group: '',
  numbers: 'strict',
  missing: 'error',
  missingValues: '',
  replaces: false,
  totals: [],
};

export interface UploadOptions {
  readonly format: UploadFormat;
  readonly mode: string;
  /** As typed: the server reports what is wrong. */
  readonly precision: string;
  readonly name: string;
  readonly formulas: string;
  readonly table: TableSettings;
}

const contentTypes: Readonly<Record<UploadFormat, string>> = {
  lines: 'text/plain; charset=utf-8',
  // A file of cells may be in any charset of single bytes, so none is named.
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ndjson: 'application/x-ndjson',
};

export function contentTypeOf(format: UploadFormat): string {
  return contentTypes[format];
}

/** NDJSON is a table as soon as there is a formula; CSV and TSV always are. */
export function isTable({ format, formulas }: Pick<UploadOptions, 'format' | 'formulas'>): boolean {
  if (format === 'ndjson') return readFormulas(formulas).length > 0;
  return format === 'csv' || format === 'tsv';
}

export function writeQuery(options: UploadOptions): Query {
  const name = options.name.trim();
  return {
    mode: options.mode,
    ...(options.mode === 'decimal' && options.precision !== '' && { precision: options.precision }),
    ...(name !== '' && { name }),
    ...(isTable(options) && writeTable(options)),
  };
}

/** Only what differs from the default, so that nothing is sent that means nothing for the format. */
function writeTable({ format, formulas, table }: UploadOptions): Query {
  const hasCells = format !== 'ndjson';
  return {
    formula: readFormulas(formulas).map(({ text }) => text),
    ...(table.totals.length > 0 && { total: table.totals }),
    ...(format === 'csv' && table.delimiter !== 'auto' && { delimiter: table.delimiter }),
    ...(hasCells && table.header === 'absent' && { header: 'absent' }),
    ...(table.decimal === ',' && { decimal: ',' }),
    ...(table.group !== '' && { group: table.group }),
    ...(table.numbers === 'written' && { numbers: 'written' }),
    ...(table.missing !== 'error' && { missing: table.missing }),
    ...(table.missingValues.trim() !== '' && { missing_values: table.missingValues }),
    ...(table.replaces && { replace: true }),
  };
}
