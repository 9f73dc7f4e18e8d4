/** What the engine knows, in the words of the API. */
import type { JobView, OperationView } from '../engine/index.ts';
import type { LineOutcome } from '../jobs/index.ts';
import type { JobBody, OperationBody, OperationErrorBody } from './schemas.ts';

export function toJobBody(job: JobView): JobBody {
  return {
    id: job.id,
    ...(job.name === undefined ? {} : { name: job.name }),
    status: job.status,
    mode: job.mode,
    precision: job.precision,
    operations: job.operations,
    completed: job.completed,
    succeeded: job.succeeded,
    failed: job.failed,
    cancelled: job.cancelled,
    created_at: new Date(job.createdAt).toISOString(),
    ...(job.finishedAt === undefined ? {} : { finished_at: new Date(job.finishedAt).toISOString() }),
    ...(job.expiresAt === undefined ? {} : { expires_at: new Date(job.expiresAt).toISOString() }),
  };
}

export function toOperationBody(operation: OperationView): OperationBody {
  return {
    id: String(operation.line),
    ...(operation.customId === undefined ? {} : { custom_id: operation.customId }),
    request: operation.request,
    ...toOutcomeBody(operation.outcome),
  };
}

export function toOutcomeBody(outcome: LineOutcome | undefined): { result?: string; error?: OperationErrorBody } {
  if (outcome === undefined) return {};
  if (outcome.kind === 'result') return { result: outcome.text };
  const { code, message, column, endColumn } = outcome.error;
  return { error: { code, message, ...(column === 0 ? {} : { column, end_column: endColumn }) } };
}
