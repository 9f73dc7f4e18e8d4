import type { ErrorCounts } from './error-counts.ts';
import type { ColumnTotals } from './table/column-totals.ts';

/**
 * A chunk: the unit of storage and transport. Users never see it; they see lines.
 *
 * A chunk is known by its job and the number of its first line, so a line's chunk is found by an ordered look-up. Its
 * text holds `count` lines of valid UTF-8, each ended by one LF (the last one too), without CR at the end. A line that
 * could not be taken as it came (not UTF-8, too long, not an NDJSON record) stands in the text in a readable form, and
 * its fault says what is wrong with it: such a line is never evaluated.
 *
 * The chunk of a table holds `count` rows byte for byte as they came, each with its own line end (the last row of the file
 * may have none). They need not be UTF-8, and a row of CSV may hold line breaks within quotes: only the dialect defines where
 * a row ends. A row whose fault is QUOTE (a quote is never closed) or
 * TOO_LONG (its beginning and an ellipsis) ends at its first line break.
 */
export interface Chunk {
  /** 1-based number of the first line in the job. */
  readonly firstLine: number;
  readonly count: number;
  readonly text: Uint8Array;
  readonly faults: readonly LineFault[];
  /** The caller's own ids, one per line (null: none), or undefined when the upload had none. */
  readonly customIds: readonly (string | null)[] | undefined;
}

/** Why a line is rejected before evaluation. Columns are 1-based UTF-16 units; `endColumn` is exclusive. */
export interface LineFault {
  /** 1-based number of the line in the job. */
  readonly line: number;
  readonly code: 'ENCODING' | 'TOO_LONG' | 'SYNTAX' | 'EMPTY' | 'QUOTE';
  readonly message: string;
  readonly column: number;
  readonly endColumn: number;
}

/** How the lines of a chunk ended. `text` is in the outcome encoding (outcome-encoding.ts); empty for a tombstone. */
export interface ChunkOutcomes {
  readonly succeeded: number;
  readonly failed: number;
  /** Of the failed lines; undefined when nothing failed, and in outcomes from before they were counted. */
  readonly errors?: ErrorCounts | undefined;
  /** 0, or the count of the chunk: a cancelled chunk (a tombstone) has no outcome text. */
  readonly cancelled: number;
  readonly cost: number;
  /** Version of the expression engine that gave them, or `unknownEngine`; undefined for a tombstone, which nothing evaluated. */
  readonly engine: string | undefined;
  /** Of a table, in the order that column-totals.ts gives; undefined for other jobs and for a tombstone. */
  readonly totals?: readonly ColumnTotals[] | undefined;
  readonly text: Uint8Array;
}

/** Maximum number of lines of a chunk: large enough to make storage and transport cheap, small enough to lose little. */
export const chunkLinesMax = 512;
/** Text bytes (with line ends) at which a chunk is closed; one line may take it past this by its own length. */
export const chunkBytesMax = 128 * 1024;

/** The placeholder for the outcomes of a cancelled chunk. */
export function tombstone(count: number): ChunkOutcomes {
  return { succeeded: 0, failed: 0, cancelled: count, cost: 0, engine: undefined, text: new Uint8Array(0) };
}
