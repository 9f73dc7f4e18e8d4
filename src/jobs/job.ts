/**
 * The life of a job.
 *
 *   Receiving ──seal──▶ InProgress ──fold reaches the last line──▶ Completed
 *       │                   │                                         ▲
 *     abort               cancel                                      │ every line had its outcome
 *       │                   ▼                                         │ before the cancellation
 *       │               Cancelling ──fold reaches the last line───────┴──▶ Cancelled
 *       ▼
 *   Deleting ◀── delete or expiry, from every state; the record goes when its chunks are gone
 *
 * A job exists for its users from InProgress on: Receiving and Deleting are never shown.
 */
import { addEngine, noEngines, type EngineSet } from './engine-set.ts';
import { joinErrors, noErrors, type ErrorCounts } from './error-counts.ts';
import { joinColumnTotals, type ColumnTotals } from './table/column-totals.ts';

export const jobStates = ['Receiving', 'InProgress', 'Cancelling', 'Completed', 'Cancelled', 'Deleting'] as const;
export type JobState = (typeof jobStates)[number];

/** The states in which a job is shown to its users. */
export const visibleJobStates = ['InProgress', 'Cancelling', 'Completed', 'Cancelled'] as const;
export type VisibleJobState = (typeof visibleJobStates)[number];

/** How many lines ended in which way, and the evaluation cost they took (cost units of the expression engine). */
export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly cost: number;
  /** The failed lines by their error code; undefined when nothing failed, or when the codes are not known. */
  readonly errors?: ErrorCounts | undefined;
}

/**
 * Counts over several chunks, with the versions of the expression engine that gave their outcomes. The errors add up to
 * less than `failed` only if some outcomes are from before errors were counted.
 */
export interface Totals extends Counts {
  readonly errors: ErrorCounts;
  readonly engines: EngineSet;
}

export const noTotals: Totals = {
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  cost: 0,
  errors: noErrors,
  engines: noEngines,
};

/**
 * The counts of the longest prefix of finished chunks. `through` is the last line of that prefix (0: none). The chunks
 * of a prefix never change once finished, so a fold is a pure function of `through`: writing it twice is harmless.
 */
export interface Fold extends Totals {
  readonly through: number;
  /** Control totals of a table (column-totals.ts) over the same prefix; empty for other jobs, and before the first chunk. */
  readonly columns: readonly ColumnTotals[];
}

/** Who works for a job, and until when (milliseconds since 1970). Anyone may take over once `until` has passed. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
}

/** The tenant of jobs for which none was named: without authentication, and all from before there were tenants. */
export const defaultTenant = 'default';

/** Settings of a job that its evaluation depends on. */
export interface EvaluationMode {
  readonly mode: string;
  /** Significant decimal digits, 1 to 100; only the mode `decimal` uses it. */
  readonly precision: number;
}

/** The one record of a job that changes. Times are milliseconds since 1970. */
export interface Job extends EvaluationMode {
  /** UUIDv7: sorts by the time of creation. */
  readonly id: string;
  readonly state: JobState;
  /** Whose job it is: a fact. Jobs from before there were tenants belong to `default`. */
  readonly tenant: string;
  readonly name: string | undefined;
  readonly createdAt: number;
  /** When the upload was complete; undefined while Receiving. */
  readonly sealedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** When the job is to be deleted; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Lines and chunks of the job; 0 until sealed. */
  readonly operations: number;
  readonly chunks: number;
  readonly fold: Fold;
  readonly lease: Lease;
  /**
   * How often the job changed hands because its owner vanished, since the fold last moved. A job that keeps losing its
   * owner may hold a line that kills evaluators: see `attempt` of the request message.
   */
  readonly takeovers: number;
  readonly idempotencyKey: string | undefined;
  /** Digest of the uploaded content and its options, once sealed; only jobs with an idempotency key have it. */
  readonly contentDigest: string | undefined;
  /** Its operations are rows. What they mean is a fact of its own, the job's table, which the small record does without. */
  readonly isTable: boolean;
  /** The job whose failed lines this one corrects; it may have been deleted since. Undefined: an upload of its own. */
  readonly repairs: string | undefined;
}

/** A job as lists give it: without the totals of columns, which can have tens of thousands of digits each. */
export interface ListedJob extends Omit<Job, 'fold'> {
  readonly fold: Omit<Fold, 'columns'>;
}

export const emptyFold: Fold = { through: 0, ...noTotals, columns: [] };

export function isVisible(state: JobState): state is VisibleJobState {
  return state !== 'Receiving' && state !== 'Deleting';
}

export function isFinished(state: JobState): boolean {
  return state === 'Completed' || state === 'Cancelled';
}

/** The state in which a job whose every line has an outcome ends. A cancellation that came too late changes nothing. */
export function finalState(fold: Fold): 'Completed' | 'Cancelled' {
  return fold.cancelled > 0 ? 'Cancelled' : 'Completed';
}

/** Counts of one finished chunk, with the lines it holds and the engine that gave its outcomes. */
export interface ChunkCounts extends Counts {
  readonly firstLine: number;
  readonly count: number;
  readonly engine: string | undefined;
  /** As in the chunk's outcomes; only where they were requested. */
  readonly totals?: readonly ColumnTotals[] | undefined;
}

/**
 * Extends a fold by the finished chunks that follow it without a gap. `finished` is in line order; chunks at or before
 * the fold are passed over, and the first gap ends the prefix.
 */
export function foldChunks(fold: Fold, finished: Iterable<ChunkCounts>): Fold {
  let { through, succeeded, failed, cancelled, cost, errors, engines, columns } = fold;
  for (const chunk of finished) {
    if (chunk.firstLine <= through) continue;
    if (chunk.firstLine !== through + 1) break;
    through += chunk.count;
    succeeded += chunk.succeeded;
    failed += chunk.failed;
    cancelled += chunk.cancelled;
    cost += chunk.cost;
    errors = joinErrors(errors, chunk.errors);
    engines = addEngine(engines, chunk.engine);
    if (chunk.totals !== undefined) columns = joinColumnTotals(columns, chunk.totals);
  }
  return { through, succeeded, failed, cancelled, cost, errors, engines, columns };
}
