/** Finds the page of a list that holds a line. */
import type { JobStore, OutcomeFilter } from './ports.ts';
import type { LineSource } from './job-results.ts';
import { matches, viewSlice } from './view-slice.ts';

/**
 * How many of the `total` wanted lines lie before the page, of `limit` lines, that holds the line `nearLine`, or the first
 * wanted line after it; where there is none, before the last page. Costs a sum over chunk counts at most.
 */
export async function findPageOffset(
  source: LineSource,
  filter: OutcomeFilter | undefined,
  nearLine: number,
  limit: number,
  total: number,
): Promise<number> {
  const before = filter === undefined ? nearLine - 1 : total - (await countFrom(source, filter, nearLine));
  const index = Math.max(0, Math.min(before, total - 1));
  return index - (index % limit);
}

/** Wanted lines from a line on. */
async function countFrom(source: LineSource, filter: OutcomeFilter, line: number): Promise<number> {
  const { store, job, syntax } = source;
  const [slice] = await store.readSlices(job.id, line, line, 1);
  if (slice === undefined) return 0;
  const inSlice = viewSlice(slice, syntax).filter((view) => view.line >= line && matches(view, filter)).length;
  const next = slice.chunk.firstLine + slice.chunk.count;
  return next > job.operations ? inSlice : inSlice + (await countLater(store, source, filter, next));
}

/** As `countFrom`, from the first line of a chunk on. */
async function countLater(store: JobStore, { job }: LineSource, filter: OutcomeFilter, line: number): Promise<number> {
  const counts = await store.sumCounts(job.id, line);
  if (filter !== 'pending') return counts[filter];
  return job.operations - line + 1 - counts.succeeded - counts.failed - counts.cancelled;
}
