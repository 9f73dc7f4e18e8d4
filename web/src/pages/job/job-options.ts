/** The request that a job came from, as far as the job shows it: for submitting its lines again, or a few of them. */
import type { JobBody } from '../../../../src/http/schemas/index.ts';

/** A job as it is shown. */
export type TableJob = JobBody & Required<Pick<JobBody, 'formulas' | 'columns' | 'dialect'>>;

export function isTableJob(job: JobBody): job is TableJob {
  return job.formulas !== undefined && job.columns !== undefined && job.dialect !== undefined;
}

export function contentTypeOf(job: JobBody): string {
  if (!isTableJob(job) || job.dialect.format === 'ndjson') return 'application/x-ndjson';
  return job.dialect.delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv';
}

export interface NumberOptions {
  readonly mode: string;
  readonly precision: number;
}

/** The query of an upload that repeats the job with other rows. */
export function uploadQueryOf(job: JobBody, { mode, precision }: NumberOptions, name: string): URLSearchParams {
  const query = new URLSearchParams({ mode });
  if (mode === 'decimal') query.set('precision', String(precision));
  if (name !== '') query.set('name', name);
  if (isTableJob(job)) addTable(query, job);
  return query;
}

function addTable(query: URLSearchParams, { formulas, dialect, totals, columns }: TableJob): void {
  for (const formula of formulas) query.append('formula', formula);
  for (const column of totalledColumns(columns, totals)) query.append('total', column);
  if (dialect.format === 'csv') {
    if (dialect.delimiter !== undefined && dialect.delimiter !== '\t') query.set('delimiter', dialect.delimiter);
    query.set('header', dialect.header ?? 'present');
  }
  query.set('decimal', dialect.decimal);
  if (dialect.group !== undefined) query.set('group', dialect.group === ' ' ? 'space' : dialect.group);
  query.set('numbers', dialect.numbers);
  query.set('missing', dialect.missing);
  if (dialect.missing_values.length > 0) query.set('missing_values', dialect.missing_values.join(','));
  // The first job was accepted, so its replacements were allowed.
  query.set('replace', 'true');
}

/** Totals of formulas are there on their own; those of columns were requested. */
function totalledColumns(columns: readonly string[], totals: JobBody['totals']): string[] {
  return Object.keys(totals ?? {}).filter((name) => columns.includes(name));
}

/** The header of the file as one record with its line end; empty where it had none. */
export function headerOf(job: JobBody): string {
  if (!isTableJob(job) || job.dialect.format !== 'csv' || job.dialect.header === 'absent') return '';
  const { delimiter = ',' } = job.dialect;
  return `${job.columns.map((column) => writeCell(column, delimiter)).join(delimiter)}\n`;
}

function writeCell(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A name is bare, or stands in backticks, in which it may hold anything else. */
const nameBefore = /^\s*(?:`(?<quoted>[^`]*)`|(?<bare>[^`=]*))\s*=/u;

export function formulaName(formula: string): string {
  const { quoted, bare } = nameBefore.exec(formula)?.groups ?? {};
  return (quoted ?? bare ?? formula).trim();
}

export function formulaNames(job: JobBody): string[] {
  return (job.formulas ?? []).map(formulaName);
}

/** The expression after `name = `: the columns of an error of the formula count from there. */
export function expressionOf(formula: string): string {
  const name = nameBefore.exec(formula)?.[0] ?? '';
  return formula.slice(name.length).replace(/^ /u, '');
}
