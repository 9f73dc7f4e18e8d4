/** `Check`: a preview of the results of the first rows or lines. Nothing is kept of it. */
import { signal } from '@preact/signals';
import { request, requestJson } from '../../api/client.ts';
import { isAbort } from '../../api/errors.ts';
import type { Evaluation, Evaluations, TablePreview } from '../../api/types.ts';
import * as form from './form-state.ts';
import { wholeLines, type Sample } from './sample.ts';
import { contentTypeOf, writeQuery } from './upload-options.ts';

/** A line of the sample, evaluated. */
export interface CheckedLine extends Evaluation {
  readonly line: number;
}

export type Check =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'lines'; readonly lines: readonly CheckedLine[]; readonly isAll: boolean }
  | { readonly kind: 'table'; readonly preview: TablePreview }
  | { readonly kind: 'failed'; readonly error: unknown };

export const check = signal<Check>({ kind: 'none' });

/** As many lines as a dry run of a table has rows. */
const linesMax = 20;
let running = new AbortController();

/** Whether the form can be submitted, as far as known; its faults are shown. */
export async function runCheck(): Promise<boolean> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  check.value = { kind: 'running' };
  try {
    const result = await ask(signal);
    if (!signal.aborted) check.value = result;
    return true;
  } catch (error) {
    if (!isAbort(error)) check.value = { kind: 'failed', error };
    return false;
  }
}

/** Removes a check that was made for another state of the form. */
export function forgetCheck(): void {
  running.abort();
  check.value = { kind: 'none' };
}

async function ask(signal: AbortSignal): Promise<Check> {
  const sample = form.sample.value;
  if (sample === undefined) throw new Error('The browser cannot read this file. Submit it, and the server will.');
  return form.isTableUpload.value ? checkTable(sample, signal) : checkLines(sample, signal);
}

async function checkTable(sample: Sample, signal: AbortSignal): Promise<Check> {
  const options = form.options.value;
  const response = await request('POST', 'api/jobs', {
    query: { ...writeQuery(options), dry_run: true },
    headers: { 'content-type': contentTypeOf(options.format) },
    body: wholeLines(sample),
    signal,
  });
  return { kind: 'table', preview: (await response.json()) as TablePreview };
}

async function checkLines(sample: Sample, signal: AbortSignal): Promise<Check> {
  const all = splitLines(sample);
  const operations = all.slice(0, linesMax).map(form.format.value === 'ndjson' ? readRequest : (line) => line);
  if (operations.length === 0) return { kind: 'lines', lines: [], isAll: true };
  const { mode, precision } = writeQuery(form.options.value);
  const { results } = await requestJson<Evaluations>('POST', 'api/evaluate', {
    json: { operations, mode, ...(precision !== undefined && { precision: Number(precision) }) },
    signal,
  });
  const lines = results.map((result, index) => ({ ...result, line: index + 1 }));
  return { kind: 'lines', lines, isAll: sample.isWhole && all.length <= linesMax };
}

function splitLines(sample: Sample): string[] {
  const text = new TextDecoder().decode(wholeLines(sample));
  const lines = text.split(/\r?\n/);
  // The last line needs no end, and an empty rest is no line.
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** A line that is no operation is evaluated as it stands, and fails as it will in the job. */
function readRequest(line: string): string {
  try {
    const { request } = JSON.parse(line) as { request?: unknown };
    return typeof request === 'string' ? request : line;
  } catch {
    return line;
  }
}
