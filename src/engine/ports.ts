/**
 * The ports of the engine. The store is the source of truth; the bus is only delivery and may lose, repeat and
 * reorder; an evaluator turns the lines of a chunk into outcomes. Each adapter passes the conformance suite of its port.
 */
import type {
  Chunk,
  ChunkCounts,
  ChunkOutcomes,
  EvaluationMode,
  Fold,
  Job,
  JobState,
  LineFault,
  ListedJob,
  Table,
  TableProgram,
  Totals,
  VisibleJobState,
} from '../jobs/index.ts';

import type { InstanceReport } from './instance-report.ts';

/** Everything that runs. `stop` is idempotent, safe before `start`, and resolves when nothing runs any more. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds since 1970. Passed in so that a simulation can own the time. */
export type Clock = () => number;

// ---------------------------------------------------------------------------------------------------------- JobStore

/** The argument of `createJob`: a job in state Receiving. */
export interface NewJob extends EvaluationMode {
  readonly id: string;
  /** Whose job it is: a fact, kept with it. */
  readonly tenant: string;
  readonly name: string | undefined;
  readonly createdAt: number;
  readonly owner: string;
  readonly leaseUntil: number;
  readonly idempotencyKey: string | undefined;
  /** A fact of the job, kept with it; undefined: its operations are lines. */
  readonly table?: Table | undefined;
  /** A fact of the job: the id of the job that it repairs. */
  readonly repairs?: string | undefined;
}

export interface JobSeal {
  readonly operations: number;
  readonly chunks: number;
  readonly contentDigest: string | undefined;
  readonly sealedAt: number;
  readonly leaseUntil: number;
}

/** An upload that was complete before its job was created. */
export interface WholeUpload {
  readonly seal: JobSeal;
  readonly chunks: readonly Chunk[];
}

/** How a job ends: its last fold, which reaches its last line, and what becomes of its record. */
export interface JobFinish {
  /** The line at which the stored fold must still end. */
  readonly through: number;
  readonly fold: Fold;
  readonly state: 'Completed' | 'Cancelled';
  readonly finishedAt: number;
  readonly expiresAt: number | undefined;
}

/** The outcomes of one chunk that is being stored. */
export interface OutcomeRecord {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  readonly outcomes: ChunkOutcomes;
}

/**
 * `recorded`: these outcomes are the chunk's, now and forever (also when this very record was written before by a
 * call whose answer was lost). `duplicate`: the chunk had other ones already. `gone`: the job does not exist or is being
 * deleted; a store that cannot distinguish them returns `recorded`, and `sweepOrphans` removes what was written.
 */
export type RecordVerdict = 'recorded' | 'duplicate' | 'gone';

/** A chunk and, once it has any, its outcomes. */
export interface ChunkSlice {
  readonly chunk: Chunk;
  readonly outcomes: ChunkOutcomes | undefined;
}

/** The lines of a chunk, without its contents. */
export interface LineRange {
  readonly firstLine: number;
  readonly count: number;
}

/** The outcomes of a chunk without its request text. */
export interface OutcomeSlice {
  readonly firstLine: number;
  readonly count: number;
  readonly outcomes: ChunkOutcomes;
}

export type OutcomeFilter = 'succeeded' | 'failed' | 'pending';

/** Which of the visible jobs are meant. A condition that is undefined holds for every job. */
export interface JobFilter {
  readonly tenant?: string | undefined;
  readonly states?: readonly VisibleJobState[] | undefined;
  /** A part of the name. ASCII letters match in either case, every other character matches itself only. */
  readonly name?: string | undefined;
  /** Created before this time. */
  readonly createdBefore?: number | undefined;
}

/** A part of the list of jobs, and the length of the whole list. */
export interface JobPage {
  readonly total: number;
  readonly jobs: readonly ListedJob[];
}

/** A place among a job's lines: skip `skip` matching lines from the chunk that starts at `firstLine`. */
export interface OutcomePlace {
  readonly firstLine: number;
  readonly skip: number;
}

/**
 * Keeps jobs, chunks and outcomes. Chunks and outcomes are facts: inserted once under their key (job, first line), never
 * changed. Only the job record is updated, each time by one conditional write, so no call touches two documents in a
 * way that a crash between them could spoil; every call may be repeated.
 *
 * Errors: `StoreError` (errors.ts). A write resolves only when it is durable.
 */
export interface JobStore extends Service {
  /**
   * Inserts a job in state Receiving, or with all its chunks and InProgress when the upload is whole already: then no
   * reader sees it before everything of it is there. `exists`: the idempotency key belongs to that job (in any state but
   * Deleting).
   */
  createJob(
    job: NewJob,
    whole?: WholeUpload,
  ): Promise<{ readonly kind: 'created' } | { readonly kind: 'exists'; readonly job: Job }>;
  /** Adds chunks to a Receiving job. Repeating a chunk changes nothing. */
  appendChunks(jobId: string, chunks: readonly Chunk[]): Promise<void>;
  /** Receiving → InProgress, if `owner` still holds the job. False: the job was aborted or taken. */
  sealJob(jobId: string, owner: string, seal: JobSeal): Promise<boolean>;
  /** Receiving → Deleting, if `owner` holds the job, or `owner` is undefined and the lease has expired at `now`. Frees the idempotency key. */
  abortJob(jobId: string, owner: string | undefined, now: number): Promise<boolean>;

  /** The record in whatever state, or undefined. */
  readJob(jobId: string): Promise<Job | undefined>;
  /** The table of a job in whatever state; undefined: there is no such job, or its operations are lines. Costs up to a megabyte. */
  readTable(jobId: string): Promise<Table | undefined>;
  /** Visible jobs that match, newest first, and how many match in all. */
  listJobs(offset: number, limit: number, filter?: JobFilter): Promise<JobPage>;
  /** Visible jobs that match and whose ids sort before `jobId`, newest first, and how many match in all. */
  listJobsAfter(jobId: string, limit: number, filter?: JobFilter): Promise<JobPage>;
  /** Ids of visible jobs that match, oldest first, at most `limit`. */
  findJobs(filter: JobFilter, limit: number): Promise<readonly string[]>;
  /** Jobs that wait for a janitor at `now`: a expired lease (Receiving, InProgress, Cancelling), Deleting, or expired. */
  findWork(now: number, limit: number): Promise<readonly ListedJob[]>;

  /**
   * Takes or renews the lease of a Receiving, InProgress or Cancelling job: succeeds if `owner` holds it or, unless the
   * job is Receiving (an upload cannot change hands), it has expired at `now`. Taking it from another owner counts one
   * takeover. Returns the job as it is now, or undefined.
   */
  claimJob(jobId: string, owner: string, now: number, until: number): Promise<Job | undefined>;
  /** Gives the lease back gracefully (until = 0, takeovers = 0), if `owner` holds it. */
  releaseJob(jobId: string, owner: string): Promise<void>;

  /** Chunks without outcomes whose first line is >= `fromLine`, in line order, at most `limit` of them. */
  readOpenChunks(jobId: string, fromLine: number, limit: number): Promise<readonly Chunk[]>;
  /** As `readOpenChunks`, without the chunks' contents. */
  readOpenRanges(jobId: string, fromLine: number, limit: number): Promise<readonly LineRange[]>;
  /** Which of these chunks (by first line) have outcomes. */
  findFinished(jobId: string, firstLines: readonly number[]): Promise<readonly number[]>;
  /** Inserts outcomes under their keys; the first wins. One verdict for each, in order. */
  recordOutcomes(records: readonly OutcomeRecord[]): Promise<readonly RecordVerdict[]>;
  /** Counts of finished chunks with first line >= `fromLine`, in line order, at most `limit`. */
  readCounts(jobId: string, fromLine: number, limit: number): Promise<readonly ChunkCounts[]>;
  /** As `readCounts`, with the totals of a table's columns. Some stores read whole outcomes for it. */
  readTotals(jobId: string, fromLine: number, limit: number): Promise<readonly ChunkCounts[]>;
  /** Sum over all finished chunks with first line >= `fromLine`, and the set of their engines. */
  sumCounts(jobId: string, fromLine: number): Promise<Totals>;
  /** Sets the fold, if the stored one still ends at line `through` and the job is InProgress or Cancelling. Resets takeovers. */
  foldJob(jobId: string, through: number, fold: Fold): Promise<boolean>;
  /**
   * `from` → `finish.state` with the last fold, if the job is in `from`, its stored fold still ends at `finish.through`,
   * and the last fold reaches its last line. Exactly one caller gets true.
   */
  finishJob(jobId: string, from: JobState, finish: JobFinish): Promise<boolean>;
  /** InProgress → Cancelling. */
  cancelJob(jobId: string): Promise<boolean>;

  /** The chunks that hold the lines `fromLine` to `toLine` (both included), in line order, at most `limit` chunks. */
  readSlices(jobId: string, fromLine: number, toLine: number, limit: number): Promise<readonly ChunkSlice[]>;
  /** As `readSlices`, without the request text and only chunks that have outcomes. */
  readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number): Promise<readonly OutcomeSlice[]>;
  /** Where the line number `offset` (0-based) among the lines of that kind is. Costs an index scan over chunk counts at most. */
  locateOutcome(jobId: string, filter: OutcomeFilter, offset: number): Promise<OutcomePlace | undefined>;

  /**
   * Any visible state, or one of `states`, → Deleting: hides the job immediately and frees its idempotency key. False: there is
   * no such visible job.
   */
  deleteJob(jobId: string, states?: readonly VisibleJobState[]): Promise<boolean>;
  /** Removes at most `chunksMax` chunks of a Deleting job; `done` when the job record is gone too. */
  deleteSlice(jobId: string, chunksMax: number): Promise<'more' | 'done'>;
  /** Removes chunks and outcomes of jobs that do not exist; how many. A store that cannot have any says 0. */
  sweepOrphans(): Promise<number>;

  /** Rejects with the reason when the store cannot serve. */
  checkHealth(): Promise<void>;
}

// -------------------------------------------------------------------------------------------------- InstanceRegistry

/** Where the instances of a cluster say what they do. One process that owns its store has none: it is the only instance. */
export interface InstanceRegistry {
  /** Keeps the report in place of the last one of this role and id, and removes all that were seen before `forgetBefore`. */
  reportInstance(report: InstanceReport, forgetBefore: number): Promise<void>;
  /** The last report of each instance that was seen at `seenFrom` or later, in any order. */
  readInstances(seenFrom: number): Promise<readonly InstanceReport[]>;
}

// ------------------------------------------------------------------------------------------------------ OperationBus

/** The input of an evaluator for one chunk. */
export interface RequestMessage extends EvaluationMode {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  readonly text: Uint8Array;
  readonly faults: readonly LineFault[];
  /** 1 for the first sending. From `isolatedAttempt` on the evaluator takes the lines one by one in a separate process. */
  readonly attempt: number;
  /** Cost units this chunk may use; lines past it get BUDGET. */
  readonly costMax: number;
  /** The lines are rows of a table. */
  readonly table?: TableProgram | undefined;
}

export interface ResponseMessage extends OutcomeRecord {
  /** Time that an evaluator worked on the chunk, in milliseconds; undefined: unknown. */
  readonly serviceMs?: number | undefined;
}

/** Resolves when the message is dealt with for good (only then is it acknowledged); a rejection means: deliver again. */
export type MessageHandler<Message> = (message: Message) => Promise<void>;

/**
 * Delivers requests to evaluators and responses to recorders, each message to one consumer in the usual case. It may
 * lose, repeat and reorder. `send…` resolves when the bus has taken the messages, and rejects when it is stopped. A `stop` of a subscription takes no
 * new message and resolves when the running handlers are done.
 */
export interface OperationBus extends Service {
  sendRequests(requests: readonly RequestMessage[]): Promise<void>;
  sendResponses(responses: readonly ResponseMessage[]): Promise<void>;
  /** At most `concurrency` handlers run concurrently. */
  consumeRequests(handler: MessageHandler<RequestMessage>, concurrency: number): Subscription;
  consumeResponses(handler: MessageHandler<ResponseMessage>, concurrency: number): Subscription;
  checkHealth(): Promise<void>;
}

export interface Subscription {
  stop(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------- ChunkEvaluator

/** From this attempt on a chunk is suspected of killing evaluators. */
export const isolatedAttempt = 4;

/**
 * Evaluates the lines of chunks, in parallel, fairly between jobs: a chunk of costly lines gives way to others after a
 * bounded time. Never rejects for what a line does; rejects with `EvaluatorStopped` (errors.ts) when it is stopped first.
 */
export interface ChunkEvaluator extends Service {
  evaluate(request: RequestMessage): Promise<EvaluatedChunk>;
}

export interface EvaluatedChunk extends ChunkOutcomes {
  /** Time that threads worked on it, without the time in which it waited for one. */
  readonly serviceMs?: number | undefined;
}
