/**
 * What the engine needs from the outside. The store is the truth; the bus is only delivery and may lose, repeat and
 * reorder; an evaluator turns the lines of a chunk into outcomes. Each adapter passes the conformance suite of its port.
 */
import type {
  Chunk,
  ChunkCounts,
  ChunkOutcomes,
  Counts,
  EvaluationMode,
  Fold,
  Job,
  JobState,
  LineFault,
} from '../jobs/index.ts';

/** Everything that runs. `stop` is idempotent, safe before `start`, and resolves when nothing runs any more. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds since 1970. Passed in so that a simulation can own the time. */
export type Clock = () => number;

// ---------------------------------------------------------------------------------------------------------- JobStore

/** What `createJob` is given: a job in state Receiving. */
export interface NewJob extends EvaluationMode {
  readonly id: string;
  readonly name: string | undefined;
  readonly createdAt: number;
  readonly owner: string;
  readonly leaseUntil: number;
  readonly idempotencyKey: string | undefined;
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

/** The outcomes of one chunk on their way into the store. */
export interface OutcomeRecord {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  readonly outcomes: ChunkOutcomes;
}

/**
 * `recorded`: these outcomes are the chunk's, now and for ever (also when this very record was written before by a
 * call whose answer was lost). `duplicate`: the chunk had other ones already. `gone`: the job does not exist or is being
 * deleted; a store that cannot tell says `recorded`, and `sweepOrphans` removes what was written.
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
  /** Receiving → Deleting, if `owner` holds the job, or `owner` is undefined and the lease has lapsed at `now`. Frees the idempotency key. */
  abortJob(jobId: string, owner: string | undefined, now: number): Promise<boolean>;

  /** The record in whatever state, or undefined. */
  readJob(jobId: string): Promise<Job | undefined>;
  /** Visible jobs, newest first, and how many there are in all. */
  listJobs(offset: number, limit: number): Promise<{ readonly total: number; readonly jobs: readonly Job[] }>;
  /** Jobs that wait for a janitor at `now`: a lapsed lease (Receiving, InProgress, Cancelling), Deleting, or expired. */
  findWork(now: number, limit: number): Promise<readonly Job[]>;

  /**
   * Takes or renews the lease of a Receiving, InProgress or Cancelling job: succeeds if `owner` holds it or, unless the
   * job is Receiving (an upload cannot change hands), it has lapsed at `now`. Taking it from another owner counts one
   * takeover. Returns the job as it is now, or undefined.
   */
  claimJob(jobId: string, owner: string, now: number, until: number): Promise<Job | undefined>;
  /** Gives the lease back in good order (until = 0, takeovers = 0), if `owner` holds it. */
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
  /** Sum over all finished chunks with first line >= `fromLine`. */
  sumCounts(jobId: string, fromLine: number): Promise<Counts>;
  /** Sets the fold, if the stored one still ends at line `through` and the job is InProgress or Cancelling. Resets takeovers. */
  foldJob(jobId: string, through: number, fold: Fold): Promise<boolean>;
  /**
   * `from` → `finish.state` with the last fold, if the job is in `from`, its stored fold still ends at `finish.through`,
   * and the last fold reaches its last line. Exactly one caller is told true.
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

  /** Any visible state → Deleting: hides the job at once and frees its idempotency key. False: there is no such visible job. */
  deleteJob(jobId: string): Promise<boolean>;
  /** Removes at most `chunksMax` chunks of a Deleting job; `done` when the job record is gone too. */
  deleteSlice(jobId: string, chunksMax: number): Promise<'more' | 'done'>;
  /** Removes chunks and outcomes of jobs that do not exist; how many. A store that cannot have any says 0. */
  sweepOrphans(): Promise<number>;

  /** Rejects with the reason when the store cannot serve. */
  checkHealth(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------ OperationBus

/** What an evaluator needs for one chunk, and nothing else. */
export interface RequestMessage extends EvaluationMode {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  readonly text: Uint8Array;
  readonly faults: readonly LineFault[];
  /** 1 for the first sending. From `isolatedAttempt` on the evaluator takes the lines one by one in a process apart. */
  readonly attempt: number;
  /** Cost units this chunk may use; lines past it get BUDGET. */
  readonly costMax: number;
}

export interface ResponseMessage extends OutcomeRecord {}

/** Resolves when the message is dealt with for good (only then is it acknowledged); a rejection means: deliver again. */
export type MessageHandler<Message> = (message: Message) => Promise<void>;

/**
 * Delivers requests to evaluators and responses to recorders, each message to one consumer in the usual case. It may
 * lose, repeat and reorder. `send…` resolves when the bus has taken the messages, and rejects when it is stopped. A `stop` of a subscription takes no
 * new message and resolves when the handlers under way are done.
 */
export interface OperationBus extends Service {
  sendRequests(requests: readonly RequestMessage[]): Promise<void>;
  sendResponses(responses: readonly ResponseMessage[]): Promise<void>;
  /** At most `concurrency` handlers at once. */
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
  evaluate(request: RequestMessage): Promise<ChunkOutcomes>;
}
