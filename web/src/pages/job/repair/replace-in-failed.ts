/** Every failed line of a job, for replacing a string in all of them. */
import { getJson, request } from '../../../api/client.ts';
import type { Job, Operation, OperationPage } from '../../../api/types.ts';
import { isTableJob } from '../job-options.ts';
import { readLines } from '../read-lines.ts';

export type FailedLine = Pick<Operation, 'id' | 'request' | 'error'>;

/** Lines that a cancellation left over are evaluated again by a repair as they are. */
export function isCorrectable({ error }: Pick<Operation, 'error'>): boolean {
  return error?.code !== 'CANCELLED';
}

export async function* readFailedLines(job: Job, signal: AbortSignal): AsyncGenerator<readonly FailedLine[]> {
  // Results of an NDJSON table are its objects with members added, and not the lines as they came.
  const batches = isTableJob(job) && job.dialect.format === 'ndjson' ? readPages(job, signal) : readStream(job, signal);
  for await (const batch of batches) yield batch.filter(isCorrectable);
}

async function* readStream({ id }: Job, signal: AbortSignal): AsyncGenerator<readonly FailedLine[]> {
  const query = { format: 'ndjson', outcome: 'failed' };
  const { body } = await request('GET', `api/jobs/${encodeURIComponent(id)}/results`, { query, signal });
  if (body === null) return;
  for await (const lines of readLines(body)) yield lines.map((line) => JSON.parse(line) as FailedLine);
}

async function* readPages({ id }: Job, signal: AbortSignal): AsyncGenerator<readonly FailedLine[]> {
  let after: string | undefined;
  do {
    const query = { outcome: 'failed', size: 100, after };
    const path = `api/jobs/${encodeURIComponent(id)}/operations`;
    const { items, next } = await getJson<OperationPage>(path, { query, signal });
    yield items;
    after = next;
  } while (after !== undefined);
}
