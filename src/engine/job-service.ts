/**
 * What the engine offers to its users: the HTTP API, the command line and the tests. Everything here is in terms of
 * jobs and lines; chunks show only in the streams, where they make millions of lines cheap.
 */
import type { ChunkOutcomes, Chunk, EvaluationMode, LineOutcome, VisibleJobState } from '../jobs/index.ts';
import type { OutcomeFilter } from './ports.ts';

/** A job as its users see it. Times are milliseconds since 1970. `completed` = succeeded + failed + cancelled, exact. */
export interface JobView extends EvaluationMode {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: VisibleJobState;
  readonly operations: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** One operation of a job. `outcome` is undefined while it has none; a cancelled line has the error CANCELLED. */
export interface OperationView {
  readonly line: number;
  readonly customId: string | undefined;
  readonly request: string;
  readonly outcome: LineOutcome | undefined;
}

/** How the lines of an upload are written: one operation a line, or one `{"custom_id"?, "request"}` object a line. */
export type UploadFormat = 'text' | 'ndjson';

export interface Upload extends EvaluationMode {
  /** The decoded bytes. An error that it throws is thrown on by `submit`, after everything kept so far is given up. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly format: UploadFormat;
  readonly name: string | undefined;
  readonly idempotencyKey: string | undefined;
}

export type SubmitVerdict =
  | { readonly kind: 'accepted'; readonly job: JobView }
  /** The idempotency key was used with the same content: that job, unchanged. */
  | { readonly kind: 'replayed'; readonly job: JobView }
  /** The idempotency key was used with other content or options. */
  | { readonly kind: 'key-reused' }
  /** The first upload with this idempotency key is still under way. */
  | { readonly kind: 'key-in-use' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-many-operations'; readonly max: number }
  | { readonly kind: 'too-many-bytes'; readonly max: number };

export type CancelVerdict =
  | { readonly kind: 'cancelled'; readonly job: JobView }
  /** Every line had its outcome already. */
  | { readonly kind: 'finished'; readonly job: JobView }
  | { readonly kind: 'unknown' };

export interface ResultsQuery {
  /** 1-based line to begin with. */
  readonly from: number;
  /** How many lines to give at most (counted after `filter`); undefined: all. */
  readonly limit: number | undefined;
  readonly filter: Exclude<OutcomeFilter, 'pending'> | undefined;
  /** True: wait for lines that have no outcome yet. False: end before the first of them. */
  readonly follow: boolean;
  /** Whether the request text and custom ids are wanted; without them `chunk` is undefined and the stream costs half. */
  readonly requests: boolean;
}

/** A part that cannot serve now. The reason is for operators: it may name files and addresses. */
export interface FailingPart {
  readonly part: string;
  readonly reason: string;
}

/**
 * Finished lines `fromLine` to `toLine` (inclusive) of one chunk, which starts at `firstLine`. The consumer takes the
 * lines in that range, and of those the ones its `filter` wants, until its `limit` is reached: the service only promises
 * not to send slices that cannot hold one.
 */
export interface ResultSlice {
  readonly firstLine: number;
  readonly count: number;
  readonly fromLine: number;
  readonly toLine: number;
  readonly outcomes: ChunkOutcomes;
  readonly chunk: Chunk | undefined;
}

export interface JobService {
  submit(upload: Upload): Promise<SubmitVerdict>;
  readJob(jobId: string): Promise<JobView | undefined>;
  /** As `readJob`, as soon as the job is finished or deleted, at the latest after `waitMs` or when the signal aborts. */
  awaitJob(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobView | undefined>;
  /** Newest first. */
  listJobs(offset: number, limit: number): Promise<{ readonly total: number; readonly jobs: readonly JobView[] }>;
  /** Lines of a job in line order; `filter` undefined: all. `total` counts what the filter matches. Undefined: no such job. */
  listOperations(
    jobId: string,
    query: { readonly offset: number; readonly limit: number; readonly filter: OutcomeFilter | undefined },
  ): Promise<{ readonly total: number; readonly operations: readonly OperationView[] } | undefined>;
  /** Undefined: no such job or no such line. */
  readOperation(jobId: string, line: number): Promise<OperationView | undefined>;
  /** Outcomes in line order as they are finished, with bounded memory; undefined: no such job. A job deleted on the way throws `JobGone`. */
  streamResults(
    jobId: string,
    query: ResultsQuery,
    signal: AbortSignal,
  ): Promise<{ readonly job: JobView; readonly slices: AsyncIterable<ResultSlice> } | undefined>;
  /** The job now and after each change (at most one view in `intervalMs`), until it is finished or deleted. Undefined: no such job. */
  watchJob(jobId: string, intervalMs: number, signal: AbortSignal): Promise<AsyncIterable<JobView> | undefined>;
  cancelJob(jobId: string): Promise<CancelVerdict>;
  /** False: no such job. */
  deleteJob(jobId: string): Promise<boolean>;
  /** Evaluates a few lines at once; nothing is stored. One outcome for each line of `text` (lines ended by LF, the last too). */
  evaluate(lines: readonly string[], mode: EvaluationMode): Promise<readonly LineOutcome[]>;
  /** The parts that cannot serve now, with a reason each; empty: ready. */
  checkReady(): Promise<readonly FailingPart[]>;
}
