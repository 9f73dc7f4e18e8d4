/**
 * Where the cells of one row are: spans of bytes. The arrays are used again for the next row. For `csv` the index is that of
 * the cell in its row; for `ndjson` that of the member in the list of used columns.
 */
export interface RowCells {
  bytes: Uint8Array;
  /** First byte of the cell's content, inside its quotes. */
  starts: Int32Array;
  /** One past the last byte of its content. */
  ends: Int32Array;
  /** See `cellKind`. */
  kinds: Uint8Array;
  /** Cells of the row; for `ndjson` always the number of used columns. */
  count: number;
}

/** Kinds of spans. */
export const cellKind = {
  /** The content as it stands; a CSV cell in quotes without a quote inside is one too. */
  plain: 0,
  /** A CSV cell in which each quote is written twice. */
  doubledQuotes: 1,
  /** NDJSON: the member is not there, or is null. */
  absent: 2,
  /** NDJSON: a number as it is written. */
  jsonNumber: 3,
  /** NDJSON: a string with escapes; without them it is plain. */
  jsonEscapes: 4,
  /** NDJSON: true, false, an array or an object. */
  jsonOther: 5,
} as const;
