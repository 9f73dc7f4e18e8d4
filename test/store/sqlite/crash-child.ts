/**
 * Works on the folder it is given until it is killed: uploads, outcomes, folds, cancellations and deletions, many at
 * once. Tells its parent each fact that the store has acknowledged, and what it is about to delete.
 */
import { emptyFold, tombstone } from '../../../src/jobs/index.ts';
import { createSqliteStore } from '../../../src/store/sqlite/index.ts';
import { makeChunk, makeRecord, newJob, sealOf } from './samples.ts';

export type CrashFact =
  | { readonly kind: 'created' | 'sealed' | 'cancelled' | 'deleting' | 'deleted' | 'removed'; readonly jobId: string }
  | { readonly kind: 'appended' | 'recorded'; readonly jobId: string; readonly firstLine: number };

export const linesPerChunk = 4;
export const chunksPerJob = 12;

const [, , directory = '', round = ''] = process.argv;
const store = createSqliteStore({}, { directory, reservedBytes: 0 });

/** Resolves when no kill can take the fact back: until then it is in this process's memory. */
function tell(fact: CrashFact): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(fact, undefined, {}, (error) => (error === null ? resolve() : reject(error)));
  });
}

async function work(jobId: string, number: number): Promise<void> {
  await store.createJob(newJob(jobId, { idempotencyKey: jobId }));
  await tell({ kind: 'created', jobId });
  const chunks = Array.from({ length: chunksPerJob }, (_, index) =>
    // Some chunks are larger than a page, so that a torn write would show.
    makeChunk(jobId, 1 + index * linesPerChunk, linesPerChunk, index % 3 === 0 ? 4_000 : 40),
  );
  await Promise.all(
    chunks.map(async (chunk) => {
      await store.appendChunks(jobId, [chunk]);
      await tell({ kind: 'appended', jobId, firstLine: chunk.firstLine });
    }),
  );
  if (!(await store.sealJob(jobId, 'test', sealOf(chunks)))) throw new Error(`could not seal ${jobId}`);
  await tell({ kind: 'sealed', jobId });
  const recordedFirst = number % 4 === 1 ? chunks.slice(0, 5) : chunks;
  await Promise.all(
    recordedFirst.map(async (chunk) => {
      const [verdict] = await store.recordOutcomes([makeRecord(jobId, chunk)]);
      if (verdict === 'recorded') await tell({ kind: 'recorded', jobId, firstLine: chunk.firstLine });
    }),
  );
  if (number % 4 === 1) {
    if (!(await store.cancelJob(jobId))) throw new Error(`could not cancel ${jobId}`);
    await tell({ kind: 'cancelled', jobId });
    const rest = chunks.slice(5).map((chunk) => ({ ...makeRecord(jobId, chunk), outcomes: tombstone(chunk.count) }));
    await store.recordOutcomes(rest);
  }
  await store.foldJob(jobId, 0, {
    ...emptyFold,
    ...(await store.sumCounts(jobId, 1)),
    through: sealOf(chunks).operations,
  });
  if (number % 4 === 2) {
    await tell({ kind: 'deleting', jobId });
    await store.deleteJob(jobId);
    await tell({ kind: 'deleted', jobId });
    while ((await store.deleteSlice(jobId, 5)) === 'more');
    await tell({ kind: 'removed', jobId });
  }
}

/** Several uploads at once, without end. */
async function workOn(lane: number): Promise<never> {
  for (let number = 0; ; number += 1) await work(`${round}-${lane}-${number}`, number);
}

if (process.send !== undefined) {
  await store.start();
  await Promise.all([0, 1, 2, 3, 4, 5].map((lane) => workOn(lane)));
}
