/**
 * The lines of a job as a new upload. They come from its results, so what is sent is what the server has: of a line that is
 * not UTF-8, or of a row that is too long, that is not the bytes of the first upload.
 */
import { request, requestJson } from '../../../api/client.ts';
import type { CreatedJob, Job } from '../../../api/types.ts';
import { contentTypeOf, headerOf, isTableJob, uploadQueryOf, type NumberOptions } from '../job-options.ts';
import { readLines } from '../read-lines.ts';

export interface SubmitAgainOptions extends NumberOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  /** Lines that have been read, or undefined once they are sent. */
  readonly onProgress: (lines: number | undefined) => void;
}

export async function submitAgain(job: Job, options: SubmitAgainOptions): Promise<CreatedJob> {
  const { signal, onProgress } = options;
  const body = await readUpload(job, options);
  onProgress(undefined);
  return requestJson<CreatedJob>('POST', `api/jobs?${uploadQueryOf(job, options, options.name)}`, {
    body,
    headers: { 'content-type': contentTypeOf(job) },
    signal,
  });
}

/** Blobs are kept by the browser, on disk if they are large, and not in the memory of the page. */
async function readUpload(job: Job, { signal, onProgress }: SubmitAgainOptions): Promise<Blob> {
  const path = `api/jobs/${encodeURIComponent(job.id)}/results`;
  const response = await request('GET', path, { query: { format: 'ndjson' }, signal });
  // Objects with `request` and `custom_id`, or the objects of the table: further members are ignored, or replaced.
  if (response.body === null || contentTypeOf(job) === 'application/x-ndjson') return response.blob();
  const pieces: Blob[] = [new Blob([headerOf(job)])];
  let lines = 0;
  for await (const batch of readLines(response.body)) {
    pieces.push(new Blob([batch.map((line) => `${requestOf(line)}\n`).join('')]));
    lines += batch.length;
    onProgress(lines);
  }
  return new Blob(pieces);
}

function requestOf(line: string): string {
  return (JSON.parse(line) as { request: string }).request;
}

/** Whether each line of the results is one of the upload. */
export function canSubmitAgain(job: Job): boolean {
  return job.operations > 0 && (job.status === 'Completed' || job.status === 'Cancelled') && hasRows(job);
}

/** A list or an event leaves the table out. */
function hasRows(job: Job): boolean {
  return job.formulas === undefined || isTableJob(job);
}
