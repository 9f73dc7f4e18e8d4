/** The chunks of a job in line order, with their outcomes: every byte of it, and proof that nothing is missing. */
import { isFinished, type Job } from '../jobs/index.ts';
import { StoreError } from './errors.ts';
import type { ChunkSlice, JobStore } from './ports.ts';

/** Bytes per read, and chunks where these are small; a single chunk may be larger. */
const bytesPerBatch = 1024 * 1024;
const chunksPerBatchMax = 32;

/** A job contradicts itself in its store. The message says how, and quotes nothing of a user. */
export class DamagedJob extends Error {
  override readonly name = 'DamagedJob';
}

/** Throws `DamagedJob` where lines or chunks are missing or cannot be read, after all that comes before them. */
export async function* readContents(
  source: Pick<JobStore, 'readSlices'>,
  job: Job,
): AsyncGenerator<readonly ChunkSlice[], void, void> {
  const { id, operations, fold } = job;
  if (isFinished(job.state) && (fold.through !== operations || job.finishedAt === undefined)) {
    throw new DamagedJob('it is finished, but its counters are not');
  }
  let limit = 1;
  let chunks = 0;
  for (let next = 1; next <= operations;) {
    const slices = await source.readSlices(id, next, operations, limit).catch(throwDamage);
    for (const { chunk } of slices) {
      if (chunk.firstLine !== next) throw new DamagedJob(`the line ${next} is missing`);
      next += chunk.count;
    }
    if (slices.length === 0) throw new DamagedJob(`the line ${next} is missing`);
    chunks += slices.length;
    yield slices;
    const bytes = slices.reduce((sum, slice) => sum + bytesOf(slice), 1);
    limit = Math.max(1, Math.min(chunksPerBatchMax, Math.floor((bytesPerBatch * slices.length) / bytes)));
  }
  if (chunks !== job.chunks) throw new DamagedJob(`it has ${chunks} chunks instead of ${job.chunks}`);
}

/** Where a store is damaged, its other jobs may be sound. */
export function throwDamage(error: unknown): never {
  if (error instanceof StoreError && error.code === 'corrupt') throw new DamagedJob(error.message);
  throw error;
}

function bytesOf({ chunk, outcomes }: ChunkSlice): number {
  const ids = chunk.customIds?.reduce((sum, id) => sum + (id?.length ?? 0), 0) ?? 0;
  return chunk.text.length + ids + (outcomes?.text.length ?? 0);
}

export function countLines(slices: readonly ChunkSlice[]): number {
  return slices.reduce((sum, { chunk }) => sum + chunk.count, 0);
}
