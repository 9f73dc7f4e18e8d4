/** Jobs, chunks and outcomes for the tests of the store on MongoDB. */
import { randomBytes } from 'node:crypto';
import type { JobSeal, NewJob, OutcomeRecord } from '../../../src/engine/index.ts';
import { defaultTenant, type Chunk, type Fold } from '../../../src/jobs/index.ts';

const encoder = new TextEncoder();

export const owner = 'instance-a';
export const otherOwner = 'instance-b';
export const leaseUntil = 2_000;

/** A UUIDv7 of that time. */
export function newJobId(time = Date.now()): string {
  const [milliseconds, random] = [time.toString(16).padStart(12, '0'), randomBytes(9).toString('hex')];
  return [
    milliseconds.slice(0, 8),
    milliseconds.slice(8),
    `7${random.slice(0, 3)}`,
    `8${random.slice(3, 6)}`,
    random.slice(6),
  ].join('-');
}

export function newJob(changes: Partial<NewJob> = {}): NewJob {
  return {
    id: newJobId(),
    tenant: defaultTenant,
    name: undefined,
    mode: 'decimal',
    precision: 34,
    createdAt: 1_000,
    owner,
    leaseUntil,
    idempotencyKey: undefined,
    ...changes,
  };
}

export function makeChunk(firstLine: number, count = 4): Chunk {
  const lines = Array.from({ length: count }, (_, index) => `${firstLine + index} + 1\n`);
  return { firstLine, count, text: encoder.encode(lines.join('')), faults: [], customIds: undefined };
}

/** Chunks of four lines, one after the other. */
export function makeChunks(chunks: number): Chunk[] {
  return Array.from({ length: chunks }, (_, index) => makeChunk(1 + index * 4));
}

export function makeRecord(jobId: string, { firstLine, count }: Chunk, mark = ''): OutcomeRecord {
  const lines = Array.from({ length: count }, (_, index) => `${firstLine + index + 1}${mark}\n`);
  const text = encoder.encode(lines.join(''));
  return {
    jobId,
    firstLine,
    count,
    outcomes: { succeeded: count, failed: 0, cancelled: 0, cost: count, engine: '3', text },
  };
}

export function sealOf(chunks: readonly Chunk[]): JobSeal {
  const operations = chunks.reduce((sum, { count }) => sum + count, 0);
  return { operations, chunks: chunks.length, contentDigest: undefined, sealedAt: 1_500, leaseUntil };
}

export function foldOf(chunks: readonly Chunk[]): Fold {
  const { operations } = sealOf(chunks);
  return {
    through: operations,
    succeeded: operations,
    failed: 0,
    cancelled: 0,
    cost: operations,
    errors: {},
    engines: ['3'],
    columns: [],
  };
}
