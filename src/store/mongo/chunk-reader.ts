/**
 * Reads of chunks and outcomes, all of them ordered ranges of keys. What only walks or counts is served by the two
 * covering indexes and loads no text.
 */
import type { Collection, Document, FindOptions } from 'mongodb';
import type { ChunkSlice, LineRange, OutcomeSlice } from '../../engine/index.ts';
import { chunkLinesMax, type Chunk, type ChunkCounts, type Totals } from '../../jobs/index.ts';
import { clampLine, lineMax, lineOf, toKey, toKeyRange } from './chunk-key.ts';
import { bounded, countsIndex, rangesIndex, type Collections } from './database.ts';
import { toTotals } from './count-fields.ts';
import { keyOf, toChunk, toChunkCounts, toChunkTotals, toOutcomes, toRange } from './documents.ts';
import { countIn } from './fields.ts';

/** Chunks walked over in one read when most of them are finished: 50 KB of keys. */
const rangesPerRead = 1_024;
/** Documents the server puts into one answer; the size of an answer is bounded by the server itself. */
const documentsPerBatchMax = 4_096;

const ranges = { projection: { _id: 1, count: 1 }, hint: rangesIndex } as const;
const finishedKeys = { projection: { _id: 1 }, hint: countsIndex } as const;
const counts = {
  projection: { _id: 1, count: 1, succeeded: 1, failed: 1, cancelled: 1, cost: 1, engine: 1, errors: 1 },
  hint: countsIndex,
} as const;
/** The totals are in no index: with them the whole document is read, and its text left behind. */
const countsAndTotals = { projection: { text: 0, digest: 0 } } as const;
const everything = { projection: { digest: 0 } } as const;

/** Of a range, in groups: `chunks` documents with the same engine and errors each. */
const sums = {
  succeeded: { $sum: '$succeeded' },
  failed: { $sum: '$failed' },
  cancelled: { $sum: '$cancelled' },
  cost: { $sum: '$cost' },
} as const;

type Keyed = Collection<{ readonly _id: string }>;

export class ChunkReader {
  readonly #chunks: Keyed;
  readonly #outcomes: Keyed;

  constructor({ chunks, outcomes }: Collections) {
    this.#chunks = chunks as unknown as Keyed;
    this.#outcomes = outcomes as unknown as Keyed;
  }

  async readOpenChunks(jobId: string, fromLine: number, limit: number): Promise<Chunk[]> {
    // In the usual case nothing from here on is finished, and one read brings it all.
    const { chunks, outcomesOf } = await this.#readBoth(jobId, fromLine, lineMax, limit, everything, finishedKeys);
    const open = chunks.filter((chunk) => !outcomesOf.has(keyOf(chunk))).map(toChunk);
    const last = chunks.at(-1);
    if (last === undefined || chunks.length < limit || open.length === limit) return open;
    const others = await this.readOpenRanges(jobId, toRange(last).firstLine + 1, limit - open.length);
    return [...open, ...(await this.#readChunks(jobId, others))];
  }

  async readOpenRanges(jobId: string, fromLine: number, limit: number): Promise<LineRange[]> {
    const open: LineRange[] = [];
    for (let next = fromLine; open.length < limit;) {
      const { chunks, outcomesOf } = await this.#readBoth(jobId, next, lineMax, rangesPerRead, ranges, finishedKeys);
      open.push(...chunks.filter((chunk) => !outcomesOf.has(keyOf(chunk))).map(toRange));
      const last = chunks.at(-1);
      if (last === undefined || chunks.length < rangesPerRead) break;
      next = toRange(last).firstLine + 1;
    }
    return open.slice(0, limit);
  }

  async findFinished(jobId: string, firstLines: readonly number[]): Promise<number[]> {
    const found = await this.#readKeys(this.#outcomes, jobId, firstLines, finishedKeys);
    return found.map((document) => lineOf(keyOf(document)));
  }

  async readCounts(jobId: string, fromLine: number, limit: number): Promise<ChunkCounts[]> {
    return (await this.#readInOrder(this.#outcomes, jobId, fromLine, lineMax, limit, counts)).map(toChunkCounts);
  }

  async readTotals(jobId: string, fromLine: number, limit: number): Promise<ChunkCounts[]> {
    const documents = await this.#readInOrder(this.#outcomes, jobId, fromLine, lineMax, limit, countsAndTotals);
    return documents.map(toChunkTotals);
  }

  async sumCounts(jobId: string, fromLine: number, toLine = lineMax): Promise<Totals> {
    const groups = await this.#outcomes
      .aggregate(
        [
          { $match: { _id: toKeyRange(jobId, fromLine, toLine) } },
          { $group: { _id: { engine: '$engine', errors: '$errors' }, chunks: { $sum: 1 }, ...sums } },
        ],
        { ...bounded, hint: countsIndex },
      )
      .toArray();
    return toTotals(groups);
  }

  /** Lines in chunks whose first line is in the range and that have no outcomes. */
  async sumPending(jobId: string, fromLine: number, toLine: number): Promise<number> {
    const [all, finished] = await Promise.all([
      sumLines(this.#chunks, jobId, fromLine, toLine, rangesIndex),
      sumLines(this.#outcomes, jobId, fromLine, toLine, countsIndex),
    ]);
    return all - finished;
  }

  async readSlices(jobId: string, fromLine: number, toLine: number, limit: number): Promise<ChunkSlice[]> {
    const start = await this.#findStart(this.#chunks, jobId, fromLine, rangesIndex);
    const { chunks, outcomesOf } = await this.#readBoth(jobId, start, toLine, limit, everything, everything);
    return chunks.map((document) => {
      const ofChunk = outcomesOf.get(keyOf(document));
      return { chunk: toChunk(document), outcomes: ofChunk && toOutcomes(ofChunk) };
    });
  }

  async readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number): Promise<OutcomeSlice[]> {
    const start = await this.#findStart(this.#outcomes, jobId, fromLine, countsIndex);
    const documents = await this.#readInOrder(this.#outcomes, jobId, start, toLine, limit, everything);
    return documents.map((document) => ({ ...toRange(document), outcomes: toOutcomes(document) }));
  }

  /** First lines of chunks from a line on, in order. */
  async readFirstLines(jobId: string, fromLine: number, limit: number): Promise<number[]> {
    const documents = await this.#readInOrder(this.#chunks, jobId, fromLine, lineMax, limit, ranges);
    return documents.map((document) => toRange(document).firstLine);
  }

  /** The first line of the chunk that holds a line; where no chunk does, the line itself. */
  async #findStart(collection: Keyed, jobId: string, line: number, hint: string): Promise<number> {
    const before = { _id: toKeyRange(jobId, line - chunkLinesMax + 1, line) };
    const nearest = { ...bounded, ...ranges, hint, sort: { _id: -1 }, limit: 1 } as const;
    const [document] = await collection.find<Document>(before, nearest).toArray();
    if (document === undefined) return line;
    const { firstLine, count } = toRange(document);
    return firstLine + count > line ? firstLine : line;
  }

  async #readChunks(jobId: string, of: readonly LineRange[]): Promise<Chunk[]> {
    const firstLines = of.map(({ firstLine }) => firstLine);
    return (await this.#readKeys(this.#chunks, jobId, firstLines, everything)).map(toChunk);
  }

  async #readKeys(
    collection: Keyed,
    jobId: string,
    lines: readonly number[],
    options: FindOptions,
  ): Promise<Document[]> {
    if (lines.length === 0) return [];
    const keys = lines.map((line) => toKey(jobId, line));
    // The range says nothing more, but a server that cannot look up a list can read it.
    const near = toKeyRange(jobId, Math.min(...lines), Math.max(...lines));
    return collection
      .find<Document>({ _id: { ...near, $in: keys } }, { ...bounded, ...options, ...inOneBatch(lines.length) })
      .sort({ _id: 1 })
      .toArray();
  }

  /** Chunks as `#readInOrder` gives them, and by their keys the outcomes that they have. */
  async #readBoth(
    jobId: string,
    fromLine: number,
    toLine: number,
    limit: number,
    chunkOptions: FindOptions,
    outcomeOptions: FindOptions,
  ): Promise<{ chunks: Document[]; outcomesOf: ReadonlyMap<string, Document> }> {
    const near = Math.min(toLine, nearEnd(fromLine, limit));
    const [chunks, outcomes] = await Promise.all([
      this.#readInOrder(this.#chunks, jobId, fromLine, toLine, limit, chunkOptions),
      find(this.#outcomes, jobId, fromLine, near, limit, outcomeOptions),
    ]);
    const last = chunks.at(-1);
    const lastLine = last === undefined ? near : toRange(last).firstLine;
    if (lastLine > near)
      outcomes.push(...(await find(this.#outcomes, jobId, near + 1, lastLine, limit, outcomeOptions)));
    return { chunks, outcomesOf: new Map(outcomes.map((document) => [keyOf(document), document])) };
  }

  /** Documents whose key is in a range of lines, in line order, at most `limit`. */
  async #readInOrder(
    collection: Keyed,
    jobId: string,
    fromLine: number,
    toLine: number,
    limit: number,
    options: FindOptions,
  ): Promise<Document[]> {
    const near = Math.min(toLine, nearEnd(fromLine, limit));
    const first = await find(collection, jobId, fromLine, near, limit, options);
    if (first.length >= limit || near >= toLine) return first;
    const rest = await find(collection, jobId, near + 1, toLine, limit - first.length, options);
    return [...first, ...rest];
  }
}

/**
 * A chunk has at most `chunkLinesMax` lines, so `limit` chunks that follow each other start before this line. Only where
 * there are gaps, or at the end, is more than that asked for; it keeps a read small on a server that sorts before it
 * counts, as the stand-in does.
 */
function nearEnd(fromLine: number, limit: number): number {
  return clampLine(fromLine) + limit * chunkLinesMax - 1;
}

async function find(
  collection: Keyed,
  jobId: string,
  fromLine: number,
  toLine: number,
  limit: number,
  options: FindOptions,
): Promise<Document[]> {
  if (limit < 1 || toLine < fromLine) return [];
  const range = { _id: toKeyRange(jobId, fromLine, toLine) };
  return collection
    .find<Document>(range, { ...bounded, ...options, sort: { _id: 1 }, limit, ...inOneBatch(limit) })
    .toArray();
}

function inOneBatch(limit: number): { batchSize: number } {
  return { batchSize: Math.min(limit, documentsPerBatchMax) };
}

async function sumLines(
  collection: Keyed,
  jobId: string,
  fromLine: number,
  toLine: number,
  hint: string,
): Promise<number> {
  const [sum] = await collection
    .aggregate(
      [{ $match: { _id: toKeyRange(jobId, fromLine, toLine) } }, { $group: { _id: null, lines: { $sum: '$count' } } }],
      { ...bounded, hint },
    )
    .toArray();
  return sum === undefined ? 0 : countIn(sum, 'lines');
}
