/**
 * The interface of the engine for its users: the HTTP API, the command line and the tests. Everything here is in terms of
 * jobs and lines; chunks show only in the streams, where they make millions of lines cheap.
 */
import type {
  ChunkOutcomes,
  Chunk,
  ColumnTotals,
  Delimiter,
  Dialect,
  EngineSet,
  ErrorCounts,
  EvaluationMode,
  ForeignEncoding,
  LineOutcome,
  RowOutcome,
  Table,
  TableHead,
  VisibleJobState,
} from '../jobs/index.ts';
import type { ClusterView } from './cluster-view.ts';
import type { JobFilter, OutcomeFilter } from './ports.ts';

/** A job as lists show it. Times are milliseconds since 1970. `completed` = succeeded + failed + cancelled, exact. */
export interface JobSummary extends EvaluationMode {
  readonly id: string;
  readonly tenant: string;
  readonly name: string | undefined;
  readonly status: VisibleJobState;
  readonly operations: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** The failed ones by error code; less than all of them if some were recorded before errors were counted. */
  readonly errors: ErrorCounts;
  /** Versions of the expression engine that gave its outcomes so far. */
  readonly engines: EngineSet;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  readonly expiresAt: number | undefined;
  /** Its operations are the rows of a table. */
  readonly isTable: boolean;
  /** The id of the job that this one repairs, which may have been deleted since. */
  readonly repairs: string | undefined;
}

/** A job as its users see it. Lists leave out what can be large: a header has up to 256 KiB, a sum tens of thousands of digits. */
export interface JobView extends JobSummary {
  /** Undefined: its operations are lines. */
  readonly table: Table | undefined;
  /**
   * Control totals of a table's columns, in the order of column-totals.ts; empty for other jobs, and at first. While the job
   * is in progress they cover the rows up to the first chunk without outcomes; then all rows, but for cancelled ones.
   */
  readonly totals: readonly ColumnTotals[];
}

/**
 * One operation of a job. `outcome` is undefined while it has none; a cancelled line has the error CANCELLED. Of a table,
 * `request` is the row without its line end, `outcome` is always undefined, and `row` says how it ended.
 */
export interface OperationView {
  readonly line: number;
  readonly customId: string | undefined;
  readonly request: string;
  readonly outcome: LineOutcome | undefined;
  readonly row: RowOutcome | undefined;
}

/** One outcome for each of the lines that were to be evaluated, and the engine that gave them. */
export interface Evaluation {
  readonly outcomes: readonly LineOutcome[];
  readonly engines: EngineSet;
}

/**
 * How an upload is written, per line: an operation, a `{"custom_id"?, "request"}` object (or with a table any object), or an
 * operation as a JSON string; or as rows of cells, with TAB between them or with whatever the header shows.
 */
export type UploadFormat = 'text' | 'ndjson' | 'strings' | 'csv' | 'tsv';

export interface Upload extends EvaluationMode {
  /** The decoded bytes. An error that it throws is thrown on by `submit`, after everything kept so far is given up. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly format: UploadFormat;
  /** Whose job it becomes. Default: `default`. */
  readonly tenant?: string | undefined;
  readonly name: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The operations are the rows of a table. Always given with `csv` and `tsv`, never with `text` and `strings`. */
  readonly table?: TableOptions | undefined;
}

/** The settings of a table in a request. Undefined ones are detected from the file. */
export interface TableOptions {
  /** `name = expression`, as given. */
  readonly formulas: readonly string[];
  /** Names of input columns whose control totals are wanted. */
  readonly totals: readonly string[];
  readonly delimiter: Delimiter | undefined;
  readonly hasHeader: boolean;
  readonly decimal: Dialect['decimal'];
  readonly group: Dialect['group'];
  readonly numbers: Dialect['numbers'];
  readonly missing: Dialect['missing'];
  readonly missingValues: readonly string[];
  readonly replaces: boolean;
  /** Undefined: results have no error column. */
  readonly errorColumn: string | undefined;
}

/** Why a request for a table is rejected: whose fault it is, and what to do. */
export interface TableFault {
  /** The query parameter, or `body` when the head of the file is at fault. */
  readonly parameter: string;
  /** Names the formula, column or option, and says what to write. */
  readonly message: string;
  /** 0-based, in the order given. */
  readonly formula?: number | undefined;
  /** 1-based UTF-16 units of the formula as given, with its name; `endColumn` is exclusive. */
  readonly column?: number | undefined;
  readonly endColumn?: number | undefined;
}

/** A table whose head was read and whose formulas were compiled. */
export interface TablePlan {
  readonly table: Table;
  /** Indexes of the formulas in the order of their evaluation. */
  readonly order: readonly number[];
}

/** Settles a table: finds the columns that the formulas use, and compiles them to see that they are right. Pure. */
export type PlanTable = (
  head: TableHead,
  options: TableOptions,
  mode: EvaluationMode,
) => ({ readonly kind: 'planned' } & TablePlan) | { readonly kind: 'refused'; readonly fault: TableFault };

/** Preview of an upload: its plan, and its first rows with their outcomes. Nothing is kept. */
export interface TablePreview extends TablePlan {
  /** The first rows, at most 20. The totals in its outcomes are those of these rows. */
  readonly slice: ResultSlice;
}

export type SubmitVerdict =
  | { readonly kind: 'accepted'; readonly job: JobView }
  /** The idempotency key was used with the same content: that job, unchanged. */
  | { readonly kind: 'replayed'; readonly job: JobView }
  /** The idempotency key was used with other content or options. */
  | { readonly kind: 'key-reused' }
  /** The first upload with this idempotency key is still in progress. */
  | { readonly kind: 'key-in-use' }
  | { readonly kind: 'empty' }
  /** The formulas, options or head of a table are wrong. Nothing is kept. */
  | { readonly kind: 'bad-table'; readonly fault: TableFault }
  /** The upload is text in another encoding than UTF-8. */
  | { readonly kind: 'not-utf8'; readonly encoding: ForeignEncoding }
  | { readonly kind: 'too-many-operations'; readonly max: number }
  | { readonly kind: 'too-many-bytes'; readonly max: number };

/** Corrections of failed lines of a finished job. */
export interface Repair {
  readonly jobId: string;
  /** Decoded NDJSON of corrections (jobs/corrections.ts). An error that it throws is thrown on by `repairJob`. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Undefined: the name of the first job. */
  readonly name: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Called with the bytes that the corrections take in memory. If it throws, `repairJob` throws the same. */
  readonly reserve?: (bytes: number) => void;
  /** Aborted when the client has gone: the repair is abandoned then. */
  readonly signal?: AbortSignal | undefined;
}

/** Lines to be named to a user: the first of them, and how many there are. */
export interface NamedLines {
  readonly first: readonly number[];
  readonly count: number;
}

export type RepairVerdict =
  | Extract<
      SubmitVerdict,
      { kind: 'accepted' | 'replayed' | 'key-reused' | 'key-in-use' | 'empty' | 'not-utf8' | 'too-many-bytes' }
    >
  /** There is no such job, or it was deleted meanwhile. */
  | { readonly kind: 'unknown' }
  /** Which lines have failed is not known before its end. */
  | { readonly kind: 'not-finished' }
  /** `line`: of the corrections, where it is one. `problem`: a sentence. */
  | { readonly kind: 'bad-correction'; readonly line: number | undefined; readonly problem: string }
  | { readonly kind: 'too-many-corrections'; readonly max: number }
  /** Some are for lines that did not fail, that the job has not, or that cannot be written in JSON. */
  | {
      readonly kind: 'not-correctable';
      readonly notFailed: NamedLines;
      readonly unknown: NamedLines;
      readonly unreadable: NamedLines;
      readonly operations: number;
    };

export type PreviewVerdict =
  | { readonly kind: 'preview'; readonly preview: TablePreview }
  | Extract<SubmitVerdict, { kind: 'empty' | 'bad-table' | 'not-utf8' | 'too-many-bytes' | 'too-many-operations' }>;

export type CancelVerdict =
  | { readonly kind: 'cancelled'; readonly job: JobView }
  /** Every line had its outcome already. */
  | { readonly kind: 'finished'; readonly job: JobView }
  | { readonly kind: 'unknown' };

/** The result of one call that changes many jobs. */
export interface BulkVerdict {
  /** Jobs that this call changed. */
  readonly changed: number;
  /** Others match, or may: the same call again continues with them. */
  readonly hasMore: boolean;
}

/** A part of the list of jobs. */
export interface JobList {
  /** Jobs in the whole list. */
  readonly total: number;
  readonly jobs: readonly JobSummary[];
  /** The id that `listJobsAfter` takes for the part that follows; undefined at the end of the list. */
  readonly next: string | undefined;
}

export interface OperationsQuery {
  /**
   * Where to begin: after so many of the wanted lines, after the line of this number, or with the page that holds this line,
   * or the first wanted one after it, or is the last.
   */
  readonly start: { readonly offset: number } | { readonly afterLine: number } | { readonly nearLine: number };
  readonly limit: number;
  /** Undefined: all lines. */
  readonly filter: OutcomeFilter | undefined;
}

/** A part of a job's lines. */
export interface OperationList {
  /** Lines that the filter matches. */
  readonly total: number;
  /** How many of them come before these; undefined after `afterLine`. */
  readonly offset: number | undefined;
  readonly operations: readonly OperationView[];
  /** The `afterLine` of the part that follows; undefined at the end. */
  readonly next: number | undefined;
}

export interface SearchQuery {
  /** A part of the request, result, error code or caller's id. */
  readonly text: string | undefined;
  /** The code under which the error of an operation counts. */
  readonly errorCode: string | undefined;
  readonly filter: OutcomeFilter | undefined;
  readonly fromLine: number;
  readonly limit: number;
}

/** The results of a search so far. */
export interface OperationSearch {
  readonly operations: readonly OperationView[];
  /** The last line that was searched. */
  readonly searchedThrough: number;
  /** The `fromLine` to continue with; undefined at the end of the job. */
  readonly next: number | undefined;
}

export interface ResultsQuery {
  /** 1-based line to begin with. */
  readonly from: number;
  /** How many lines to give at most (counted after `filter`); undefined: all. */
  readonly limit: number | undefined;
  readonly filter: Exclude<OutcomeFilter, 'pending'> | undefined;
  /** True: wait for lines that have no outcome yet. False: end before the first of them. */
  readonly follow: boolean;
  /**
   * Whether the request text and custom ids are wanted; without them `chunk` is undefined and the stream costs half. As a
   * function: decided once the job is known; what it throws, `streamResults` throws.
   */
  readonly requests: boolean | ((job: JobView) => boolean);
  /** Maximum bytes per read from the store, beyond a single chunk; called before each read. Default: 1 MiB. */
  readonly readAheadBytes?: () => number;
}

/** A part that cannot serve now. The reason is for operators: it may name files and addresses. */
export interface FailingPart {
  readonly part: string;
  readonly reason: string;
  /** False: requests are served without it. A job waits for the bus, and its results stay readable. */
  readonly isRequired: boolean;
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

export interface ResultStream {
  readonly job: JobView;
  /** How many outcomes the stream will hold; undefined while the job is not finished. */
  readonly lines: number | undefined;
  /** Reads nothing before its first slice is requested. */
  readonly slices: AsyncIterable<ResultSlice>;
}

export interface JobService {
  submit(upload: Upload): Promise<SubmitVerdict>;
  /** Previews the table that `submit` would create of an upload. Reads no more of it than the first rows need, and keeps nothing. */
  previewTable(upload: Upload): Promise<PreviewVerdict>;
  /**
   * Makes a job of a finished one, with corrected lines in the place of failed ones. Chunks without corrections keep their
   * outcomes; cancelled ones are evaluated. The first job stays as it is.
   */
  repairJob(repair: Repair): Promise<RepairVerdict>;
  /** Whose job it is. Undefined: no such job. */
  findTenant(jobId: string): Promise<string | undefined>;
  readJob(jobId: string): Promise<JobView | undefined>;
  /** As `readJob`, as soon as the job is finished or deleted, at the latest after `waitMs` or when the signal aborts. */
  awaitJob(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobView | undefined>;
  /** Jobs that match, newest first. */
  listJobs(offset: number, limit: number, filter?: JobFilter): Promise<JobList>;
  /** The jobs that follow the job `after` in the list, which need not exist any more. */
  listJobsAfter(after: string, limit: number, filter?: JobFilter): Promise<JobList>;
  /** Lines of a job in line order. Undefined: no such job. */
  listOperations(jobId: string, query: OperationsQuery): Promise<OperationList | undefined>;
  /**
   * Lines of a job that hold a string or have an error, in line order, as far as a bounded amount of work goes; also when it
   * found nothing by then. Awaits `nextTurn` every few milliseconds. Undefined: no such job.
   */
  searchOperations(
    jobId: string,
    query: SearchQuery,
    nextTurn: () => Promise<void>,
  ): Promise<OperationSearch | undefined>;
  /** Undefined: no such job or no such line. */
  readOperation(jobId: string, line: number): Promise<OperationView | undefined>;
  /** Outcomes in line order as they are finished, with bounded memory; undefined: no such job. A job deleted meanwhile throws `JobDeleted`. */
  streamResults(jobId: string, query: ResultsQuery, signal: AbortSignal): Promise<ResultStream | undefined>;
  /** The job now and after each change (at most one view in `intervalMs`), until it is finished or deleted. Undefined: no such job. */
  watchJob(jobId: string, intervalMs: number, signal: AbortSignal): Promise<AsyncIterable<JobView> | undefined>;
  cancelJob(jobId: string): Promise<CancelVerdict>;
  /** Cancels jobs in progress that match, oldest first. They are cancelled when it answers; the last of them may end a moment later. */
  cancelJobs(filter: JobFilter): Promise<BulkVerdict>;
  /** False: no such job. */
  deleteJob(jobId: string): Promise<boolean>;
  /** Deletes jobs that match, oldest first, in whatever state. */
  deleteJobs(filter: JobFilter): Promise<BulkVerdict>;
  /** Evaluates a few lines; nothing is stored. */
  evaluate(lines: readonly string[], mode: EvaluationMode): Promise<Evaluation>;
  /** The parts that cannot serve now, with a reason each. Ready: none of them is required. */
  checkReady(): Promise<readonly FailingPart[]>;
  /** The instances that work together, and how their parts are. Answers also when a part is down. */
  readCluster(): Promise<ClusterView>;
}
