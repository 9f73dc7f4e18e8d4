/**
 * A chunk: the unit of storage and transport. Users never see it; they see lines.
 *
 * A chunk is known by its job and the number of its first line, so a line's chunk is found by an ordered look-up. Its
 * text holds `count` lines of valid UTF-8, each ended by one LF (the last one too), without CR at the end. A line that
 * could not be taken as it came (not UTF-8, too long, not an NDJSON record) stands in the text in a readable form, and
 * its fault says what is wrong with it: such a line is never evaluated.
 */
export interface Chunk {
  /** 1-based number of the first line in the job. */
  readonly firstLine: number;
  readonly count: number;
  readonly text: Uint8Array;
  readonly faults: readonly LineFault[];
  /** The caller's own ids, one a line (null: none), or undefined when the upload had none. */
  readonly customIds: readonly (string | null)[] | undefined;
}

/** Why a line is refused before evaluation. Columns are 1-based UTF-16 units; `endColumn` is exclusive. */
export interface LineFault {
  /** 1-based number of the line in the job. */
  readonly line: number;
  readonly code: 'ENCODING' | 'TOO_LONG' | 'SYNTAX' | 'EMPTY';
  readonly message: string;
  readonly column: number;
  readonly endColumn: number;
}

/** How the lines of a chunk ended. `text` is in the outcome encoding (outcome-encoding.ts); empty for a tombstone. */
export interface ChunkOutcomes {
  readonly succeeded: number;
  readonly failed: number;
  /** 0, or the count of the chunk: a cancelled chunk (a tombstone) has no outcome text. */
  readonly cancelled: number;
  readonly cost: number;
  readonly text: Uint8Array;
}

/** Lines a chunk holds at most: large enough to make storage and transport cheap, small enough to lose little. */
export const chunkLinesMax = 512;
/** Text bytes (with line ends) at which a chunk is closed; one line may take it past this by its own length. */
export const chunkBytesMax = 128 * 1024;

/** What stands in the place of the outcomes of a cancelled chunk. */
export function tombstone(count: number): ChunkOutcomes {
  return { succeeded: 0, failed: 0, cancelled: count, cost: 0, text: new Uint8Array(0) };
}
