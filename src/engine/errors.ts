/** Errors that cross the engine's ports. Expected outcomes are returned, not thrown: these are faults of the machinery. */

/** Why a store call failed. `full`: no room left on the disk; `closed`: stopped; `unavailable`: unreachable now. */
export type StoreErrorCode = 'full' | 'closed' | 'unavailable' | 'corrupt' | 'failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** True: the same call may succeed later. */
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retryable = code === 'full' || code === 'unavailable';
  }
}

/** The evaluator was stopped before the chunk was done; the chunk is still open in the store. */
export class EvaluatorStopped extends Error {
  override readonly name = 'EvaluatorStopped';
  readonly code = 'stopped';
  readonly retryable = true;
}

/** A message was sent to a bus that is stopped; its chunk is still open in the store. */
export class BusClosed extends Error {
  override readonly name = 'BusClosed';
  readonly code = 'closed';
  readonly retryable = true;

  constructor() {
    super('the bus is stopped');
  }
}

/** The job was deleted while its results were being read. */
export class JobDeleted extends Error {
  override readonly name = 'JobDeleted';
  readonly code = 'gone';
  readonly retryable = false;
}

/** For programming errors only: a condition that the code itself must guarantee. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
