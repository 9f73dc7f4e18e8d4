/** Jobs, chunks and outcomes for the tests of the SQLite store. */
import type { NewJob, OutcomeRecord } from '../../../src/engine/index.ts';
import { defaultTenant, type Chunk } from '../../../src/jobs/index.ts';

const encoder = new TextEncoder();

export function newJob(id: string, changes: Partial<NewJob> = {}): NewJob {
  return {
    id,
    tenant: defaultTenant,
    name: undefined,
    mode: 'decimal',
    precision: 34,
    createdAt: 1,
    owner: 'test',
    leaseUntil: 1_000,
    idempotencyKey: undefined,
    ...changes,
  };
}

/** A chunk whose text can be told from its job and first line. */
export function makeChunk(jobId: string, firstLine: number, count = 4, lineBytes = 40): Chunk {
  const lines = Array.from({ length: count }, (_, index) => `${jobId} ${firstLine + index}`.padEnd(lineBytes - 1, '.'));
  return { firstLine, count, text: encoder.encode(`${lines.join('\n')}\n`), faults: [], customIds: undefined };
}

export function makeRecord(jobId: string, { firstLine, count, text }: Chunk): OutcomeRecord {
  return {
    jobId,
    firstLine,
    count,
    outcomes: { succeeded: count, failed: 0, cancelled: 0, cost: count, engine: '3', text },
  };
}

export function sealOf(chunks: readonly Chunk[]) {
  return {
    operations: chunks.reduce((sum, { count }) => sum + count, 0),
    chunks: chunks.length,
    contentDigest: undefined,
    sealedAt: 2,
    leaseUntil: 1_000,
  };
}
