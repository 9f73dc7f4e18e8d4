/** Converts the engine's types to those of the API. */
import type { ClusterView, JobSummary, JobView, OperationView } from '../engine/index.ts';
import { describeDialect, describeRow, describeTotals, writeFormula } from '../formats/index.ts';
import { defaultTenant, type LineOutcome, type Table } from '../jobs/index.ts';
import type { ClusterBody, JobBody, OperationBody, OperationErrorBody } from './schemas/index.ts';

/** The job with its table, if it is one. */
export function toWholeJobBody(job: JobView): JobBody {
  const { table } = job;
  if (table === undefined) return toJobBody(job);
  return {
    ...toJobBody(job),
    formulas: table.program.formulas.map(writeFormula),
    columns: [...table.columns],
    dialect: describeDialect(table),
    totals: describeTotals(table.program, job.totals, job),
  };
}

/** As lists and events show it. */
export function toJobBody(job: JobSummary): JobBody {
  return {
    id: job.id,
    ...(job.tenant === defaultTenant ? {} : { tenant: job.tenant }),
    ...(job.name === undefined ? {} : { name: job.name }),
    ...(job.repairs === undefined ? {} : { repairs: job.repairs }),
    status: job.status,
    mode: job.mode,
    precision: job.precision,
    operations: job.operations,
    completed: job.completed,
    succeeded: job.succeeded,
    failed: job.failed,
    cancelled: job.cancelled,
    error_counts: { ...job.errors },
    engine: [...job.engines],
    created_at: new Date(job.createdAt).toISOString(),
    ...(job.finishedAt === undefined ? {} : { finished_at: new Date(job.finishedAt).toISOString() }),
    ...(job.expiresAt === undefined ? {} : { expires_at: new Date(job.expiresAt).toISOString() }),
  };
}

/** `table`: that of the job, if the operation is a row with an outcome. */
export function toOperationBody(operation: OperationView, table: Table | undefined): OperationBody {
  return {
    id: String(operation.line),
    ...(operation.customId === undefined ? {} : { custom_id: operation.customId }),
    request: operation.request,
    ...toOutcomeBody(operation.outcome),
    ...(operation.row === undefined ? {} : describeRow(operation.row, table?.program.formulas ?? [])),
  };
}

export function toOutcomeBody(outcome: LineOutcome | undefined): { result?: string; error?: OperationErrorBody } {
  if (outcome === undefined) return {};
  if (outcome.kind === 'result') return { result: outcome.text };
  const { code, message, column, endColumn } = outcome.error;
  return { error: { code, message, ...(column === 0 ? {} : { column, end_column: endColumn }) } };
}

export function toClusterBody({ instances, topics, store, bus }: ClusterView): ClusterBody {
  return {
    instances: instances.map((instance) => ({
      id: instance.id,
      role: instance.role,
      version: instance.version,
      started_at: new Date(instance.startedAt).toISOString(),
      seen_at: new Date(instance.seenAt).toISOString(),
      jobs: instance.jobs,
      chunks_in_flight: instance.chunksInFlight,
      operations_per_second: instance.operationsPerSecond,
    })),
    topics: topics.map(({ topic, messages }) => ({ name: topic, lag: messages })),
    store: { kind: store.kind, status: store.status },
    bus: { kind: bus.kind, status: bus.status },
  };
}
