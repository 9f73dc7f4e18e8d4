/**
 * Reads what became of a job's lines: pages by line or by outcome, and streams of all of them. Every read is bounded,
 * starts at a key, and leaves no cursor open in the store.
 */
import {
  cancelledError,
  decodeLines,
  decodeOutcomes,
  isFinished,
  isVisible,
  type ChunkCounts,
  type Counts,
  type Job,
  type LineOutcome,
} from '../jobs/index.ts';
import { JobGone } from './errors.ts';
import { watchChanges, type JobChanges } from './job-changes.ts';
import type { OperationView, ResultSlice, ResultsQuery } from './job-service.ts';
import type { JobSignals } from './job-signals.ts';
import type { ChunkSlice, JobStore, OutcomeFilter } from './ports.ts';
import type { Time } from './time.ts';

/** Chunk counts, or open ranges, looked through in one read. */
const countsPerRead = 512;
/** Outcome bytes read at once; a single chunk may be larger. */
const bytesPerRead = 1024 * 1024;
const chunksPerReadMax = 32;
/** How long a follower waits for a signal before it looks by itself: changes made by other instances give no signal. */
const followPollMs = 500;

const cancelledOutcome: LineOutcome = { kind: 'error', error: cancelledError };

/** Lines `offset` + 1 to `offset` + `limit` of the job. */
export async function readLines(store: JobStore, job: Job, offset: number, limit: number): Promise<OperationView[]> {
  const lines: OperationView[] = [];
  const lastLine = Math.min(job.operations, offset + limit);
  for (let next = offset + 1; next <= lastLine;) {
    const [slice] = await store.readSlices(job.id, next, lastLine, 1);
    if (slice === undefined) throw new JobGone('the job was deleted');
    lines.push(...viewSlice(slice).filter(({ line }) => line >= next && line <= lastLine));
    next = slice.chunk.firstLine + slice.chunk.count;
  }
  return lines;
}

/** `limit` lines of the wanted kind, after passing over `offset` of them. */
export async function readLinesByOutcome(
  store: JobStore,
  job: Job,
  filter: OutcomeFilter,
  offset: number,
  limit: number,
): Promise<OperationView[]> {
  const place = await store.locateOutcome(job.id, filter, offset);
  if (place === undefined) return [];
  const lines: OperationView[] = [];
  let skip = place.skip;
  for await (const firstLine of matchingChunks(store, job.id, filter, place.firstLine)) {
    const [slice] = await store.readSlices(job.id, firstLine, firstLine, 1);
    if (slice === undefined) break;
    const matching = viewSlice(slice).filter(({ outcome }) => matches(outcome, filter));
    lines.push(...matching.slice(skip, skip + limit - lines.length));
    skip = Math.max(0, skip - matching.length);
    if (lines.length >= limit) break;
  }
  return lines;
}

/** First lines of the chunks that hold lines of the wanted kind, from the chunk at `fromLine` on. */
async function* matchingChunks(store: JobStore, jobId: string, filter: OutcomeFilter, fromLine: number) {
  for (let next = fromLine; ;) {
    const ranges =
      filter === 'pending'
        ? await store.readOpenRanges(jobId, next, countsPerRead)
        : await store.readCounts(jobId, next, countsPerRead);
    for (const range of ranges) {
      if (filter === 'pending' || (range as ChunkCounts)[filter] > 0) yield range.firstLine;
      next = range.firstLine + range.count;
    }
    if (ranges.length < countsPerRead) return;
  }
}

function matches(outcome: LineOutcome | undefined, filter: OutcomeFilter): boolean {
  if (outcome === undefined) return filter === 'pending';
  if (outcome.kind === 'result') return filter === 'succeeded';
  return filter === 'failed' && outcome !== cancelledOutcome;
}

function viewSlice({ chunk, outcomes }: ChunkSlice): OperationView[] {
  const isCancelled = outcomes !== undefined && outcomes.cancelled > 0;
  const decoded = outcomes === undefined || isCancelled ? [] : decodeOutcomes(outcomes.text);
  return decodeLines(chunk.text).map((request, index) => ({
    line: chunk.firstLine + index,
    customId: chunk.customIds?.[index] ?? undefined,
    request,
    outcome: isCancelled ? cancelledOutcome : decoded[index],
  }));
}

export interface ResultStreamDependencies {
  readonly store: JobStore;
  readonly time: Time;
  readonly signals: JobSignals;
}

/** The finished lines of a job in line order, up to the first that has no outcome, or with `follow` waiting for it. */
export async function* streamSlices(
  dependencies: ResultStreamDependencies,
  job: Job,
  query: ResultsQuery,
  signal: AbortSignal,
): AsyncGenerator<ResultSlice, void, void> {
  const { store, time, signals } = dependencies;
  const lastLine = lastWantedLine(job, query);
  const [start] = query.from > lastLine ? [] : await store.readSlices(job.id, query.from, query.from, 1);
  if (start === undefined) return;
  const changes = watchChanges(signals, time, job.id, signal);
  try {
    const reader = createRunReader(store, job.id, query);
    let next = start.chunk.firstLine;
    while (next <= lastLine && !signal.aborted) {
      const finished = contiguous(await store.readCounts(job.id, next, countsPerRead), next);
      for (const run of matchingRuns(finished, query.filter, lastLine)) {
        for await (const slice of reader.read(run.firstLine, run.lastLine)) {
          yield {
            ...slice,
            fromLine: Math.max(slice.firstLine, query.from),
            toLine: Math.min(lastOf(slice), lastLine),
          };
        }
      }
      const last = finished.at(-1);
      if (last !== undefined) next = last.firstLine + last.count;
      else if (!(await waitForMore(store, job.id, query, changes))) return;
    }
  } finally {
    changes.close();
  }
}

function lastWantedLine(job: Job, query: ResultsQuery): number {
  if (query.limit === undefined || query.filter !== undefined) return job.operations;
  return Math.min(job.operations, query.from + query.limit - 1);
}

/** False: nothing more is to come. A job that is finished has no gap, so one more look settles it. */
async function waitForMore(store: JobStore, jobId: string, query: ResultsQuery, changes: JobChanges): Promise<boolean> {
  const job = await store.readJob(jobId);
  if (job === undefined || !isVisible(job.state)) throw new JobGone('the job was deleted');
  if (isFinished(job.state)) return true;
  if (!query.follow) return false;
  await changes.next(followPollMs);
  return true;
}

function contiguous(counts: readonly ChunkCounts[], fromLine: number): readonly ChunkCounts[] {
  let next = fromLine;
  const gap = counts.findIndex((chunk) => {
    const isGap = chunk.firstLine !== next;
    next = chunk.firstLine + chunk.count;
    return isGap;
  });
  return gap < 0 ? counts : counts.slice(0, gap);
}

function lastOf(chunk: { readonly firstLine: number; readonly count: number }): number {
  return chunk.firstLine + chunk.count - 1;
}

/** Groups neighbouring chunks that hold wanted lines, so that they are read together and the others not at all. */
function matchingRuns(chunks: readonly ChunkCounts[], filter: ResultsQuery['filter'], lastLine: number) {
  const runs: { firstLine: number; lastLine: number }[] = [];
  let isOpen = false;
  for (const chunk of chunks) {
    if (chunk.firstLine > lastLine) break;
    const isWanted = filter === undefined || wanted(chunk, filter) > 0;
    const run = runs.at(-1);
    if (isWanted && isOpen && run !== undefined) run.lastLine = lastOf(chunk);
    else if (isWanted) runs.push({ firstLine: chunk.firstLine, lastLine: lastOf(chunk) });
    isOpen = isWanted;
  }
  return runs;
}

function wanted(counts: Counts, filter: 'succeeded' | 'failed'): number {
  return counts[filter];
}

type WholeSlice = Omit<ResultSlice, 'fromLine' | 'toLine'>;

/** Reads runs of finished chunks, as many at once as fit the memory one stream may take. */
function createRunReader(store: JobStore, jobId: string, query: ResultsQuery) {
  let chunksPerRead = 1;

  async function readBatch(firstLine: number, lastLine: number): Promise<readonly WholeSlice[]> {
    if (!query.requests) {
      const slices = await store.readOutcomes(jobId, firstLine, lastLine, chunksPerRead);
      return slices.map((slice) => ({ ...slice, chunk: undefined }));
    }
    const slices = await store.readSlices(jobId, firstLine, lastLine, chunksPerRead);
    return slices.flatMap(({ chunk, outcomes }) =>
      outcomes === undefined ? [] : [{ firstLine: chunk.firstLine, count: chunk.count, outcomes, chunk }],
    );
  }

  return {
    async *read(firstLine: number, lastLine: number): AsyncGenerator<WholeSlice, void, void> {
      for (let next = firstLine; next <= lastLine;) {
        const slices = await readBatch(next, lastLine);
        const last = slices.at(-1);
        if (last === undefined) throw new JobGone('the job was deleted');
        const bytes = slices.reduce(
          (sum, slice) => sum + slice.outcomes.text.length + (slice.chunk?.text.length ?? 0),
          1,
        );
        chunksPerRead = Math.max(1, Math.min(chunksPerReadMax, Math.floor((bytesPerRead * slices.length) / bytes)));
        yield* slices;
        next = last.firstLine + last.count;
      }
    },
  };
}
