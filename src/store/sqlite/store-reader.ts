/**
 * Reads, on the thread that answers users. Each statement is read to its end immediately: one left in the middle would hold
 * a snapshot, and the log could not be brought over into the file while it does. What a commit has answered is seen.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChunkSlice, LineRange, OutcomeFilter, OutcomePlace, OutcomeSlice } from '../../engine/index.ts';
import {
  addErrors,
  chunkLinesMax,
  countErrors,
  decodeTable,
  joinEngines,
  noEngines,
  noErrors,
  noTotals,
  type Chunk,
  type ChunkCounts,
  type ChunkOutcomes,
  type ColumnTotals,
  type Counts,
  type ErrorCounts,
  type Job,
  type LineFault,
  type ListedJob,
  type Table,
  type Totals,
} from '../../jobs/index.ts';
import { firstKeyOf, lastKeyOf, lineMax, lineOf, toKey, toKeyFrom } from './chunk-key.ts';
import { JobListReader } from './job-list-reader.ts';
import {
  bytesIn,
  enginesIn,
  errorsIn,
  jobColumns,
  listedColumns,
  numberIn,
  optionalTextIn,
  textIn,
  toJob,
  toListedJob,
  totalsIn,
  unexpected,
  type Row,
} from './job-row.ts';
import { engineColumn, outcomeColumns, outcomeTextIn, textColumns } from './outcome-row.ts';
import { TokenReader } from './token-reader.ts';

const chunkColumns = `${lineOf('chunk.key')} AS first_line, chunk.count AS count, faults, custom_ids, chunk_text.text AS text`;
const countColumns = `${lineOf('outcome.key')} AS first_line, outcome.count AS count, succeeded, failed, cancelled, cost,
  errors, ${engineColumn}`;
const isOpen = 'NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.key = chunk.key)';

/** The rows of a table of chunks that hold the lines from one key to another, the row that the first lies inside too. */
const holdsLines = (table: 'chunk' | 'outcome') => `
  ${table}.key BETWEEN
    ifnull((SELECT max(key) FROM ${table} WHERE key BETWEEN $first AND $from), $from) AND $to
  AND ${table}.key + ${table}.count > $from`;

/** Every query of the reader. */
export const readQueries = {
  sequence: 'SELECT sequence FROM job WHERE id = ?',
  job: `SELECT ${jobColumns} FROM job WHERE id = ?`,
  table: 'SELECT definition FROM table_definition WHERE sequence = (SELECT sequence FROM job WHERE id = ?)',
  total: "SELECT value FROM counter WHERE name = 'visible_jobs'",
  jobs: `SELECT ${listedColumns} FROM job WHERE is_visible ORDER BY id DESC LIMIT ? OFFSET ?`,
  jobsAfter: `SELECT ${listedColumns} FROM job WHERE is_visible AND id < ? ORDER BY id DESC LIMIT ?`,
  work: `SELECT ${listedColumns} FROM job WHERE work_at <= ? ORDER BY work_at LIMIT ?`,
  openChunks: `SELECT ${chunkColumns} FROM chunk JOIN chunk_text USING (key)
    WHERE chunk.key BETWEEN ? AND ? AND ${isOpen} ORDER BY chunk.key LIMIT ?`,
  openRanges: `SELECT ${lineOf('key')} AS first_line, count FROM chunk
    WHERE key BETWEEN ? AND ? AND ${isOpen} ORDER BY key LIMIT ?`,
  isFinished: 'SELECT 1 FROM outcome WHERE key = ?',
  counts: `SELECT ${countColumns} FROM outcome WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?`,
  /** Of a job of lines, one search in an index that holds nothing of it. */
  totals: `SELECT ${lineOf('key')} AS first_line, totals FROM outcome_totals WHERE key BETWEEN ? AND ?`,
  sums: `SELECT ifnull(sum(succeeded), 0) AS succeeded, ifnull(sum(failed), 0) AS failed,
      ifnull(sum(cancelled), 0) AS cancelled, ifnull(sum(cost), 0) AS cost,
      json_group_array(DISTINCT engine) FILTER (WHERE engine IS NOT NULL AND cancelled = 0) AS engines
    FROM outcome WHERE key BETWEEN ? AND ?`,
  errors: 'SELECT errors, count(*) AS chunks FROM outcome WHERE key BETWEEN ? AND ? AND failed > 0 GROUP BY errors',
  slices: `SELECT ${chunkColumns}, outcome.key IS NOT NULL AS has_outcomes, succeeded, failed, cancelled, cost,
      errors, ${outcomeColumns}
    FROM chunk JOIN chunk_text USING (key) LEFT JOIN outcome USING (key) LEFT JOIN outcome_text USING (key)
    WHERE ${holdsLines('chunk')} ORDER BY chunk.key LIMIT $limit`,
  outcomes: `SELECT ${countColumns}, ${textColumns}
    FROM outcome LEFT JOIN outcome_text USING (key)
    WHERE ${holdsLines('outcome')} ORDER BY outcome.key LIMIT $limit`,
  succeeded: 'SELECT ifnull(sum(succeeded), 0) AS lines FROM outcome WHERE key BETWEEN $from AND $to',
  failed: 'SELECT ifnull(sum(failed), 0) AS lines FROM outcome WHERE key BETWEEN $from AND $to',
  pending: `SELECT ifnull((SELECT sum(count) FROM chunk WHERE key BETWEEN $from AND $to), 0)
      - ifnull((SELECT sum(count) FROM outcome WHERE key BETWEEN $from AND $to), 0) AS lines`,
} as const;

export class StoreReader {
  readonly lists: JobListReader;
  readonly tokens: TokenReader;
  readonly #database: DatabaseSync;
  readonly #queries: Record<keyof typeof readQueries, StatementSync>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.lists = new JobListReader(database);
    this.tokens = new TokenReader(database);
    const prepared = Object.entries(readQueries).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#queries = Object.fromEntries(prepared) as Record<keyof typeof readQueries, StatementSync>;
    this.#queries.sequence.setReadBigInts(true);
  }

  close(): void {
    this.#database.close();
  }

  readJob(jobId: string): Job | undefined {
    const row = this.#queries.job.get(jobId);
    return row === undefined ? undefined : toJob(row);
  }

  readTable(jobId: string): Table | undefined {
    const row = this.#queries.table.get(jobId);
    if (row === undefined) return undefined;
    const table = decodeTable(textIn(row, 'definition'));
    if (table === undefined) throw unexpected('definition', row['definition']);
    return table;
  }

  listJobs(offset: number, limit: number): { total: number; jobs: ListedJob[] } {
    return this.#inSnapshot(() => {
      const total = numberIn(this.#queries.total.get() ?? {}, 'value');
      return { total, jobs: this.#queries.jobs.all(limit, offset).map(toListedJob) };
    });
  }

  listJobsAfter(jobId: string, limit: number): { total: number; jobs: ListedJob[] } {
    return this.#inSnapshot(() => {
      const total = numberIn(this.#queries.total.get() ?? {}, 'value');
      return { total, jobs: this.#queries.jobsAfter.all(jobId, limit).map(toListedJob) };
    });
  }

  findWork(now: number, limit: number): ListedJob[] {
    return this.#queries.work.all(now, limit).map(toListedJob);
  }

  readOpenChunks(jobId: string, fromLine: number, limit: number): Chunk[] {
    return this.#from(jobId, fromLine, (from, to) => this.#queries.openChunks.all(from, to, limit)).map(toChunk);
  }

  readOpenRanges(jobId: string, fromLine: number, limit: number): LineRange[] {
    return this.#from(jobId, fromLine, (from, to) => this.#queries.openRanges.all(from, to, limit)).map(toRange);
  }

  findFinished(jobId: string, firstLines: readonly number[]): number[] {
    const sequence = this.#sequence(jobId);
    if (sequence === undefined) return [];
    return firstLines.filter((line) => this.#queries.isFinished.get(toKey(sequence, line)) !== undefined);
  }

  readCounts(jobId: string, fromLine: number, limit: number): ChunkCounts[] {
    const rows = this.#from(jobId, fromLine, (from, to) => this.#queries.counts.all(from, to, limit));
    return rows.map((row) => ({ ...toRange(row), ...toCounts(row), engine: optionalTextIn(row, 'engine') }));
  }

  readTotals(jobId: string, fromLine: number, limit: number): ChunkCounts[] {
    const counts = this.readCounts(jobId, fromLine, limit);
    const totalsOf = this.#readTotals(jobId, counts);
    return counts.map((chunk) => ({ ...chunk, totals: totalsOf.get(chunk.firstLine) }));
  }

  sumCounts(jobId: string, fromLine: number): Totals {
    return this.#inSnapshot(() => {
      const [row] = this.#from(jobId, fromLine, (from, to) => this.#queries.sums.all(from, to));
      if (row === undefined) return noTotals;
      const errors = numberIn(row, 'failed') === 0 ? noErrors : this.#sumErrors(jobId, fromLine);
      return { ...toSums(row), errors, engines: joinEngines(noEngines, enginesIn(row, 'engines')) };
    });
  }

  /** Chunks with the same errors are counted together: of most jobs there are few kinds. */
  #sumErrors(jobId: string, fromLine: number): ErrorCounts {
    const rows = this.#from(jobId, fromLine, (from, to) => this.#queries.errors.all(from, to));
    const known = rows.filter((row) => row['errors'] !== null);
    return addErrors(
      known.map((row) => ({ errors: errorsIn(row, 'errors', chunkLinesMax), times: numberIn(row, 'chunks') })),
    );
  }

  readSlices(jobId: string, fromLine: number, toLine: number, limit: number): ChunkSlice[] {
    const rows = this.#lines('slices', jobId, fromLine, toLine, limit);
    const totalsOf = this.#readTotals(jobId, rows.map(toRange));
    return rows.map((row) => ({
      chunk: toChunk(row),
      outcomes: numberIn(row, 'has_outcomes') === 1 ? toOutcomes(row, totalsOf) : undefined,
    }));
  }

  readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number): OutcomeSlice[] {
    const rows = this.#lines('outcomes', jobId, fromLine, toLine, limit);
    const totalsOf = this.#readTotals(jobId, rows.map(toRange));
    return rows.map((row) => ({ ...toRange(row), outcomes: toOutcomes(row, totalsOf) }));
  }

  /**
   * Halves the range of lines until one chunk is left. The ranges that are summed do not overlap, so all halvings
   * together cost one scan of narrow rows, about 10 milliseconds for 100,000 chunks.
   */
  locateOutcome(jobId: string, filter: OutcomeFilter, offset: number): OutcomePlace | undefined {
    const sequence = this.#sequence(jobId);
    if (sequence === undefined) return undefined;
    const countLines = (from: number, to: number) =>
      numberIn(this.#queries[filter].get({ from: toKey(sequence, from), to: toKey(sequence, to) }) ?? {}, 'lines');
    return this.#inSnapshot(() => {
      let first = 0;
      let last = lineMax;
      let skip = offset;
      while (first < last) {
        const middle = Math.floor((first + last) / 2);
        const before = countLines(first, middle);
        if (skip < before) {
          last = middle;
        } else {
          skip -= before;
          first = middle + 1;
        }
      }
      // There are fewer such lines when not even the last place has enough of them.
      return skip < countLines(first, first) ? { firstLine: first, skip } : undefined;
    });
  }

  checkHealth(): void {
    this.#queries.total.get();
  }

  /** Queries that must see the same state, while the writer commits concurrently. */
  #inSnapshot<Result>(read: () => Result): Result {
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #sequence(jobId: string): bigint | undefined {
    return this.#queries.sequence.get(jobId)?.['sequence'] as bigint | undefined;
  }

  #from(jobId: string, fromLine: number, read: (from: bigint, to: bigint) => Row[]): Row[] {
    const sequence = this.#sequence(jobId);
    if (sequence === undefined || fromLine > lineMax) return [];
    return read(toKeyFrom(sequence, fromLine), lastKeyOf(sequence));
  }

  /** The totals of these chunks, which are in line order, by their first lines. To be read after the outcomes: these came with them. */
  #readTotals(jobId: string, chunks: readonly LineRange[]): ReadonlyMap<number, readonly ColumnTotals[]> {
    const [first, last] = [chunks.at(0), chunks.at(-1)];
    const sequence = first === undefined ? undefined : this.#sequence(jobId);
    if (first === undefined || last === undefined || sequence === undefined) return new Map();
    const rows = this.#queries.totals.all(toKey(sequence, first.firstLine), toKey(sequence, last.firstLine));
    return new Map(rows.map((row) => [numberIn(row, 'first_line'), totalsIn(row, 'totals')]));
  }

  #lines(name: 'slices' | 'outcomes', jobId: string, fromLine: number, toLine: number, limit: number): Row[] {
    const sequence = this.#sequence(jobId);
    if (sequence === undefined || toLine < fromLine || fromLine > lineMax || toLine < 0) return [];
    return this.#queries[name].all({
      first: firstKeyOf(sequence),
      from: toKeyFrom(sequence, fromLine),
      to: toKeyFrom(sequence, toLine),
      limit,
    });
  }
}

function toRange(row: Row): LineRange {
  return { firstLine: numberIn(row, 'first_line'), count: numberIn(row, 'count') };
}

function toCounts(row: Row): Counts {
  return {
    ...toSums(row),
    ...(row['errors'] !== null && { errors: errorsIn(row, 'errors', numberIn(row, 'failed')) }),
  };
}

function toSums(row: Row): Counts {
  return {
    succeeded: numberIn(row, 'succeeded'),
    failed: numberIn(row, 'failed'),
    cancelled: numberIn(row, 'cancelled'),
    cost: numberIn(row, 'cost'),
  };
}

function toOutcomes(row: Row, totalsOf: ReadonlyMap<number, readonly ColumnTotals[]>): ChunkOutcomes {
  const totals = totalsOf.get(numberIn(row, 'first_line'));
  const text = outcomeTextIn(row);
  const counts = toCounts(row);
  return {
    ...counts,
    ...(counts.failed > 0 && { errors: counts.errors ?? countErrors(text, counts.failed) }),
    engine: optionalTextIn(row, 'engine'),
    ...(totals !== undefined && { totals }),
    text,
  };
}

function toChunk(row: Row): Chunk {
  const faults = optionalTextIn(row, 'faults');
  const customIds = optionalTextIn(row, 'custom_ids');
  return {
    ...toRange(row),
    text: bytesIn(row, 'text'),
    faults: faults === undefined ? [] : (JSON.parse(faults) as LineFault[]),
    customIds: customIds === undefined ? undefined : (JSON.parse(customIds) as (string | null)[]),
  };
}
