/**
 * What the pool and its threads say to each other. The pool sends batches: the texts of several slices joined in one
 * transferred buffer, which costs its thread about 6 µs a chunk against 30 µs for a message each. A thread keeps its answers
 * for up to a millisecond, because each message may cost it its core: it wakes the main thread.
 */
import type { EvaluationSettings, LineEvaluator } from '../expression/index.ts';
import type { LineFault } from '../jobs/index.ts';

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
}

export interface Batch {
  readonly text: Uint8Array;
  readonly slices: readonly SliceOrder[];
}

/** What became of a slice. `count` may be less than ordered, even 0, when the time of the batch was over. */
export interface SliceReply {
  readonly id: number;
  readonly count: number;
  /** Bytes of request text that these lines took. */
  readonly bytes: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cost: number;
  readonly elapsedMs: number;
  readonly text: Uint8Array;
}

export type ThreadMessage =
  { readonly kind: 'ready' } | { readonly kind: 'replies'; readonly replies: readonly SliceReply[] };

/** Cells in shared memory in which a thread says where it is, so that it can be blamed after its death. */
export const sliceCell = 0;
/** Index of the line within its slice. */
export const lineCell = 1;
export const cellCount = 2;

export interface ThreadSetup {
  readonly cells: Int32Array;
  /** Wall-clock time after which a thread hands back what is left of a batch. */
  readonly sliceMs: number;
  /** Address of a module that exports `createLineEvaluator`; undefined: the expression engine. */
  readonly evaluatorModule: string | undefined;
}

export interface EvaluatorModule {
  createLineEvaluator(settings: EvaluationSettings): LineEvaluator;
}
