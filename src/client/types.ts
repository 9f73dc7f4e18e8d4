/** Input and output of the API, with the names of its JSON (docs/api.md). Members that a client does not know may be added. */

export type JobStatus = 'InProgress' | 'Cancelling' | 'Completed' | 'Cancelled';

export interface Job {
  readonly id: string;
  /** Whose job it is; missing: it belongs to the tenant `default`. */
  readonly tenant?: string;
  readonly name?: string;
  /** The job whose failed operations this one corrects. */
  readonly repairs?: string;
  readonly status: JobStatus;
  readonly mode: string;
  readonly precision: number;
  readonly operations: number;
  /** Operations with an outcome: succeeded + failed + cancelled. */
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Failed operations by error code. */
  readonly error_counts: Readonly<Record<string, number>>;
  /** Versions of the expression engine that evaluated operations so far. */
  readonly engine: readonly string[];
  /** ISO 8601. */
  readonly created_at: string;
  readonly finished_at?: string;
  readonly expires_at?: string;
  /** Of a table: its formulas, `name = expression`, in the order given. */
  readonly formulas?: readonly string[];
  readonly columns?: readonly string[];
  /** Of a table: control totals by the name of their column. */
  readonly totals?: Readonly<Record<string, Totals>>;
}

/** Exact until they are rounded once; null: the number does not exist. */
export interface Totals {
  readonly count: number;
  readonly sum: string | null;
  readonly min: string | null;
  readonly max: string | null;
  readonly mean: string | null;
}

export interface OperationError {
  readonly code: string;
  readonly message: string;
  /** In UTF-16 units from 1 on; missing when the error has no place. */
  readonly column?: number;
  readonly end_column?: number;
}

/** One line of a job, or one row of a table. */
export interface Operation {
  /** The number of the line in the upload, from 1 on. */
  readonly id: string;
  readonly custom_id?: string;
  readonly request: string;
  readonly result?: string;
  readonly error?: OperationError;
  /** Of a table: the result of each formula; null where it failed or is empty. */
  readonly results?: Readonly<Record<string, string | null>>;
  /** Of a table: the error of each formula that failed. */
  readonly errors?: Readonly<Record<string, OperationError>>;
}

export interface Submission {
  readonly id: string;
  readonly created_operations: number;
  readonly status: JobStatus;
}

export interface JobPage {
  readonly total: number;
  readonly items: readonly Job[];
  /** The cursor of the next page; missing on the last one. */
  readonly next?: string;
}

/** The outcome of one operation that was evaluated outside of a job. */
export interface Evaluation {
  readonly request: string;
  readonly result?: string;
  readonly error?: OperationError;
}
