/**
 * Reads what became of a job's lines: pages by line or by outcome, and streams of all of them. Every read is bounded,
 * starts at a key, and leaves no cursor open in the store.
 */
import { isFinished, isVisible, type ChunkCounts, type Counts, type Job, type RowSyntax } from '../jobs/index.ts';
import { JobDeleted } from './errors.ts';
import type { JobFeeds, JobFollower } from './job-feeds.ts';
import type { OperationsQuery, OperationView, ResultSlice, ResultsQuery } from './job-service.ts';
import type { JobStore, OutcomeFilter } from './ports.ts';
import { matches, viewSlice } from './view-slice.ts';

/** Chunk counts, or open ranges, looked through in one read. */
const countsPerRead = 512;
/** Bytes per read; a single chunk may be larger. */
const bytesPerReadMax = 1024 * 1024;
const chunksPerReadMax = 32;
/** The shortest time between two looks for new outcomes: those of 100 ms are read together. */
const followIntervalMs = 100;

/** Where a part of a list begins. */
type ListStart = Exclude<OperationsQuery['start'], { readonly nearLine: number }>;

/** Where operations are read, and how the rows of a table are written. */
export interface LineSource {
  readonly store: JobStore;
  readonly job: Job;
  /** Undefined: the operations are lines. */
  readonly syntax: RowSyntax | undefined;
}

/** Lines `offset` + 1 to `offset` + `limit` of the job. */
export async function readLines(
  { store, job, syntax }: LineSource,
  offset: number,
  limit: number,
): Promise<OperationView[]> {
  const lines: OperationView[] = [];
  const lastLine = Math.min(job.operations, offset + limit);
  for (let next = offset + 1; next <= lastLine;) {
    const [slice] = await store.readSlices(job.id, next, lastLine, 1);
    if (slice === undefined) throw new JobDeleted('the job was deleted');
    lines.push(...viewSlice(slice, syntax).filter(({ line }) => line >= next && line <= lastLine));
    next = slice.chunk.firstLine + slice.chunk.count;
  }
  return lines;
}

/** `limit` lines of the wanted kind from `start` on. */
export async function readLinesByOutcome(
  { store, job, syntax }: LineSource,
  filter: OutcomeFilter,
  start: ListStart,
  limit: number,
): Promise<OperationView[]> {
  const place = await locateStart(store, job, filter, start);
  if (place === undefined) return [];
  const lines: OperationView[] = [];
  let skip = place.skip;
  for await (const firstLine of matchingChunks(store, job.id, filter, place.firstLine)) {
    const [slice] = await store.readSlices(job.id, firstLine, firstLine, 1);
    if (slice === undefined) break;
    const matching = viewSlice(slice, syntax).filter((line) => line.line > place.afterLine && matches(line, filter));
    lines.push(...matching.slice(skip, skip + limit - lines.length));
    skip = Math.max(0, skip - matching.length);
    if (lines.length >= limit) break;
  }
  return lines;
}

/** The chunk to begin with, how many matching lines of it are passed over, and after which line the others are. */
async function locateStart(store: JobStore, job: Job, filter: OutcomeFilter, start: ListStart) {
  if ('offset' in start) {
    const place = await store.locateOutcome(job.id, filter, start.offset);
    return place === undefined ? undefined : { ...place, afterLine: 0 };
  }
  const { afterLine } = start;
  const [slice] = await store.readSlices(job.id, afterLine + 1, afterLine + 1, 1);
  return slice === undefined ? undefined : { firstLine: slice.chunk.firstLine, skip: 0, afterLine };
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

export interface ResultStreamDependencies {
  readonly store: JobStore;
  readonly feeds: JobFeeds;
}

/** The finished lines of a job in line order, up to the first that has no outcome, or with `follow` waiting for it. */
export async function* streamSlices(
  dependencies: ResultStreamDependencies,
  job: Job,
  query: ResultsQuery,
  signal: AbortSignal,
): AsyncGenerator<ResultSlice, void, void> {
  const { store, feeds } = dependencies;
  const lastLine = lastWantedLine(job, query);
  const [start] = query.from > lastLine ? [] : await store.readSlices(job.id, query.from, query.from, 1);
  if (start === undefined) return;
  const follower = query.follow
    ? feeds.follow(job.id, { wanted: 'progress', intervalMs: followIntervalMs, signal })
    : undefined;
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
      else if (!(await waitForMore(store, job.id, follower))) return;
    }
  } finally {
    follower?.close();
  }
}

function lastWantedLine(job: Job, query: ResultsQuery): number {
  if (query.limit === undefined || query.filter !== undefined) return job.operations;
  return Math.min(job.operations, query.from + query.limit - 1);
}

/** False: nothing more is to come. A job that is finished has no gap, so one more look settles it. */
async function waitForMore(store: JobStore, jobId: string, follower: JobFollower | undefined): Promise<boolean> {
  if (follower !== undefined) {
    const reading = await follower.next();
    // Without a reading the client has left.
    if (reading !== undefined && reading.view === undefined) throw new JobDeleted('the job was deleted');
    return true;
  }
  const job = await store.readJob(jobId);
  if (job === undefined || !isVisible(job.state)) throw new JobDeleted('the job was deleted');
  return isFinished(job.state);
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

/** Groups neighboring chunks that hold wanted lines, so that they are read together and the others not at all. */
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

/** Reads runs of finished chunks, as many together as fit the memory one stream may take. */
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
        if (last === undefined) throw new JobDeleted('the job was deleted');
        const bytes = slices.reduce(
          (sum, slice) => sum + slice.outcomes.text.length + (slice.chunk?.text.length ?? 0),
          1,
        );
        const bytesPerRead = Math.min(bytesPerReadMax, query.readAheadBytes?.() ?? bytesPerReadMax);
        const fitting = Math.floor((bytesPerRead * slices.length) / bytes);
        // Twice as many as before at most: a reader that takes nothing never has more than a few.
        chunksPerRead = Math.max(1, Math.min(chunksPerReadMax, fitting, 2 * chunksPerRead));
        yield* slices;
        next = last.firstLine + last.count;
      }
    },
  };
}
