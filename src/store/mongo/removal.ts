/** Removal of deleted jobs in slices, and of what lost a race with a deletion. */
import { readIdTime } from '../../jobs/index.ts';
import { allKeysOf, jobIdOf, toKeyRange } from './chunk-key.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { bounded, type Collections } from './database.ts';
import type { JobRecords } from './job-records.ts';

/** Jobs that one sweep looks between; the next continues where it ended. */
const jobsPerSweep = 10_000;
const jobsPerPage = 1_000;
/** Gaps looked at together: a sweep is background work. */
const gapsAtOnce = 4;
/**
 * Chunks are inserted before their job only by `createJob`, right after the job's id was made, and only if the id says
 * so: within seconds the job is there, or never. An hour leaves room for clocks that are wrong.
 */
const orphanAgeMinMs = 3_600_000;

/** Ids between which there is no job: after the first (exclusive; '' is before all), before the second. */
interface Gap {
  readonly after: string;
  readonly before: string | undefined;
}

/** Tries a step again while the database cannot be reached. */
export type Attempt = <Result>(step: () => Promise<Result>) => Promise<Result>;

export class Removal {
  readonly #collections: Collections;
  readonly #records: JobRecords;
  readonly #reader: ChunkReader;

  constructor(collections: Collections, records: JobRecords, reader: ChunkReader) {
    this.#collections = collections;
    this.#records = records;
    this.#reader = reader;
  }

  /** Outcomes go before their chunks, because the next slice starts at the first chunk left; the record goes last. */
  async removeSlice(jobId: string, chunksMax: number): Promise<'more' | 'done'> {
    const removal = await this.#records.readRemoval(jobId);
    if (removal === undefined) return 'done';
    const fromLine = removal.removedThrough + 1;
    const firstLines = await this.#reader.readFirstLines(jobId, fromLine, chunksMax);
    const last = firstLines.at(-1);
    if (last !== undefined && firstLines.length >= chunksMax) {
      await this.#removeKeys(toKeyRange(jobId, fromLine, last));
      await this.#records.setRemovedThrough(jobId, last);
      return 'more';
    }
    // All that is left, also what arrived late in a part that was removed before.
    await this.#removeKeys(allKeysOf(jobId));
    await this.#records.removeRecord(jobId);
    return 'done';
  }

  /**
   * Looks for chunks and outcomes in the gaps between the ids of jobs, which costs one search of an index a gap, and
   * removes those of jobs that do not exist. Starts after a job's id; returns where to continue, '' at the end.
   */
  async sweep(afterId: string, now: number, attempt: Attempt): Promise<{ removed: number; afterId: string }> {
    let removed = 0;
    let position = afterId;
    for (let seen = 0; seen < jobsPerSweep; seen += jobsPerPage) {
      const ids = await attempt(() => this.#records.listIds(position, jobsPerPage));
      const isLastPage = ids.length < jobsPerPage;
      const gaps = ids.map((before, index): Gap => ({ after: ids[index - 1] ?? position, before }));
      if (isLastPage) gaps.push({ after: ids.at(-1) ?? position, before: undefined });
      removed += await this.#sweepGaps(gaps, now, attempt);
      if (isLastPage) return { removed, afterId: '' };
      position = ids.at(-1) ?? position;
    }
    return { removed, afterId: position };
  }

  async #sweepGaps(gaps: readonly Gap[], now: number, attempt: Attempt): Promise<number> {
    const waiting = gaps.values();
    const workers = Array.from({ length: gapsAtOnce }, async () => {
      let removed = 0;
      for (const gap of waiting) removed += await this.#sweepGap(gap, now, attempt);
      return removed;
    });
    return (await Promise.all(workers)).reduce((sum, removed) => sum + removed, 0);
  }

  async #sweepGap({ after, before }: Gap, now: number, attempt: Attempt): Promise<number> {
    let removed = 0;
    let from = after === '' ? '' : `${after};`;
    for (;;) {
      const key = await attempt(() => this.#findKey(from, before));
      if (key === undefined) return removed;
      const jobId = jobIdOf(key);
      if (await attempt(() => this.#isOrphan(jobId, now)))
        removed += await attempt(() => this.#removeKeys(allKeysOf(jobId)));
      from = `${jobId};`;
    }
  }

  /** The first key of a chunk or an outcome in a gap. */
  async #findKey(from: string, before: string | undefined): Promise<string | undefined> {
    const range = { $gt: from, ...(before !== undefined && { $lt: `${before}:` }) };
    const first = { ...bounded, projection: { _id: 1 }, sort: { _id: 1 }, limit: 1 } as const;
    const { chunks, outcomes } = this.#collections;
    const found = await Promise.all([
      chunks.find({ _id: range }, first).toArray(),
      outcomes.find({ _id: range }, first).toArray(),
    ]);
    const [key] = found
      .flat()
      .map(({ _id }) => _id)
      .sort();
    return key;
  }

  /** A job may have been created since the ids were listed. An id that does not say when it was made is left alone. */
  async #isOrphan(jobId: string, now: number): Promise<boolean> {
    const createdAt = readIdTime(jobId);
    if (createdAt === undefined || createdAt > now - orphanAgeMinMs) return false;
    return !(await this.#records.exists(jobId));
  }

  /** How many chunks, or outcomes without a chunk, were removed. */
  async #removeKeys(range: object): Promise<number> {
    const outcomes = await this.#collections.outcomes.deleteMany({ _id: range }, bounded);
    const chunks = await this.#collections.chunks.deleteMany({ _id: range }, bounded);
    return Math.max(chunks.deletedCount, outcomes.deletedCount);
  }
}
