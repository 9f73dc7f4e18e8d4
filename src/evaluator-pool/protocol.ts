/**
 * The messages between the pool and its threads. The pool sends batches: the text of several slices joined in one
 * transferred buffer, which costs its thread about 6 µs per chunk against 30 µs for a message each. A thread keeps its answers
 * for up to a millisecond, because each message may cost it its core: it wakes the main thread.
 */
import type { EvaluationSettings, LineEvaluator } from '../expression/index.ts';
import type { ColumnTotals, ErrorCounts, EvaluationMode, LineFault, TableProgram } from '../jobs/index.ts';
import type { RowsEvaluator } from '../tables/index.ts';

/** Some lines of one chunk, to be evaluated at a stretch. */
export interface SliceOrder {
  readonly id: number;
  readonly settings: EvaluationSettings;
  /** 1-based number of the first line in the job. */
  readonly firstLine: number;
  readonly count: number;
  /** Where the first line starts in the text of the batch. */
  readonly start: number;
  readonly faults: readonly LineFault[];
  readonly costMax: number;
  /** The lines are rows of a table. */
  readonly rows: RowOrder | undefined;
}

/** Further data that rows need. */
export interface RowOrder {
  /** A `KeyedProgram` as JSON: the same text is the same program, so that a thread finds the one that it has compiled. */
  readonly program: string;
  /** Where the text of the slice ends: its last row need not end with LF. */
  readonly end: number;
  readonly isChunkStart: boolean;
}

/** All that determines the results of a row. */
export interface KeyedProgram extends EvaluationMode {
  readonly table: TableProgram;
}

export interface Batch {
  readonly text: Uint8Array;
  readonly slices: readonly SliceOrder[];
}

/** The results of a slice. `count` may be less than ordered, even 0, when the time of the batch was over. */
export interface SliceReply {
  readonly id: number;
  readonly count: number;
  /** Bytes of request text that these lines took. */
  readonly bytes: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly errors?: ErrorCounts | undefined;
  readonly cost: number;
  readonly elapsedMs: number;
  /** Of rows. */
  readonly totals: readonly ColumnTotals[] | undefined;
  readonly text: Uint8Array;
}

export type ThreadMessage =
  { readonly kind: 'ready' } | { readonly kind: 'replies'; readonly replies: readonly SliceReply[] };

/** Cells in shared memory in which a thread writes its position, so that the line can be blamed after the thread's death. */
export const sliceCell = 0;
/** Index of the line within its slice. */
export const lineCell = 1;
export const cellCount = 2;

export interface ThreadSetup {
  readonly cells: Int32Array;
  /** Wall-clock time after which a thread hands back the rest of a batch. */
  readonly sliceMs: number;
  /** Address of a module that exports the functions of `EvaluatorModule`, or some of them; undefined: the expression engine. */
  readonly evaluatorModule: string | undefined;
}

export interface EvaluatorModule {
  createLineEvaluator(settings: EvaluationSettings): LineEvaluator;
  createRowsEvaluator(program: TableProgram, mode: EvaluationMode): RowsEvaluator;
}
