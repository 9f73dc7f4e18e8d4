/** A preview of the results of the first corrections. The server keeps nothing. */
import { requestJson } from '../../../api/client.ts';
import type { Evaluations, Job, OperationError, TablePreview } from '../../../api/types.ts';
import { contentTypeOf, headerOf, isTableJob, uploadQueryOf, type TableJob } from '../job-options.ts';
import { loadOperation } from '../results/operations-api.ts';
import type { Correction } from '../corrections.ts';

export const previewedMax = 20;

export interface PreviewedResult {
  /** The formula of a table; absent for a line. */
  readonly name?: string;
  readonly text?: string;
  readonly error?: OperationError;
}

export interface PreviewedCorrection extends Correction {
  readonly original: string;
  readonly results: readonly PreviewedResult[];
}

export async function previewCorrections(
  job: Job,
  corrections: readonly Correction[],
  signal: AbortSignal,
): Promise<PreviewedCorrection[]> {
  const results = isTableJob(job)
    ? await previewRows(job, corrections, signal)
    : await previewLines(job, corrections, signal);
  const originals = await Promise.all(corrections.map(({ line }) => loadOperation(job.id, String(line), signal)));
  return corrections.map((correction, index) => ({
    ...correction,
    original: originals[index]?.request ?? '',
    results: results[index] ?? [],
  }));
}

export function isSuccess({ results }: PreviewedCorrection): boolean {
  return results.every(({ error }) => error === undefined);
}

async function previewLines(
  { mode, precision }: Job,
  corrections: readonly Correction[],
  signal: AbortSignal,
): Promise<PreviewedResult[][]> {
  const json = { operations: corrections.map(({ text }) => text), mode, precision };
  const { results } = await requestJson<Evaluations>('POST', 'api/evaluate', { json, signal });
  return results.map(({ result, error }) => [
    { ...(result !== undefined && { text: result }), ...(error !== undefined && { error }) },
  ]);
}

/** A request for each row: a quote that is not closed would take the rows after it with it. */
async function previewRows(
  job: TableJob,
  corrections: readonly Correction[],
  signal: AbortSignal,
): Promise<PreviewedResult[][]> {
  const query = uploadQueryOf(job, job, '');
  query.set('dry_run', 'true');
  const rows = [];
  for (const { text } of corrections) rows.push(await previewRow(job, text, query, signal));
  return rows;
}

async function previewRow(
  job: TableJob,
  text: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<PreviewedResult[]> {
  const isNdjson = job.dialect.format === 'ndjson';
  const preview = await requestJson<TablePreview>('POST', `api/jobs?${query}`, {
    body: `${isNdjson ? firstObject(job) : headerOf(job)}${text}\n`,
    headers: { 'content-type': contentTypeOf(job) },
    signal,
  });
  const row = preview.rows[isNdjson ? 1 : 0];
  if (row?.error !== undefined) return [{ error: row.error }];
  return Object.entries(row?.results ?? {}).map(([name, result]) => {
    const error = row?.errors?.[name];
    return { name, ...(result !== null && { text: result }), ...(error !== undefined && { error }) };
  });
}

/** The columns of NDJSON are the members of its first object, and a corrected row may lack some. */
function firstObject({ columns }: TableJob): string {
  return `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, null])))}\n`;
}
