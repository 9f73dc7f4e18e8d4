import type { ByteSink } from './byte-sink.ts';
import type { SliceRows } from './slice-rows.ts';

/** How one format writes the rows of a table. */
export interface RowFormat {
  /** The bytes before the first row. */
  readonly head: Uint8Array;
  /** Whether the rows themselves are written. */
  readonly hasRequests: boolean;
  /** Whether the format writes the outcomes of a chunk without failures byte for byte. */
  readonly isOutcomeEncoding: boolean;
  write(rows: SliceRows, sink: ByteSink): void;
  /**
   * Writes all rows of a chunk, each of which ends at its first LF and has all its results; false: nothing is written, and
   * `write` must be called for each row. The output is the same, only faster.
   */
  writeAll?(rows: SliceRows, sink: ByteSink): boolean;
}

export interface TableWriterOptions {
  /** CSV and TSV only: no cell is run as a formula by a spreadsheet. */
  readonly isSpreadsheetSafe: boolean;
  /** NDJSON only: results that are JSON numbers, true or false are written as they are, without quotes. */
  readonly hasBareNumbers: boolean;
  /** NDJSON only: rows of NDJSON are written as those of other files are, with their number and their text. */
  readonly isByOperation?: boolean;
}
