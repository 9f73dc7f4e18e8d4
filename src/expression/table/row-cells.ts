/** How the cells of a table are read. */
export interface CellSyntax {
  readonly decimal: '.' | ',';
  /** The sign between groups of three digits. */
  readonly group: string | undefined;
  /** `written`: also (12.00), 12 % and one currency sign. */
  readonly numbers: 'strict' | 'written';
  /** Meaning of a missing cell where a number is needed: the error MISSING, an empty result, or 0. */
  readonly missing: 'error' | 'empty' | 'zero';
  /** Strings, besides the empty one, of cells that are missing. */
  readonly missingValues: readonly string[];
}

/** Where the cells of one row are: spans of bytes. */
export interface RowCells {
  readonly bytes: Uint8Array;
  /** First byte of a cell's content, inside its quotes. */
  readonly starts: Int32Array;
  /** One past the last byte of its content. */
  readonly ends: Int32Array;
  /** See `cellKind`. */
  readonly kinds: Uint8Array;
}

/** Kinds of spans. */
export const cellKind = {
  plain: 0,
  /** Each quotation mark is written twice. */
  doubledQuotes: 1,
  /** JSON: null, or there is no such member. */
  absent: 2,
  jsonNumber: 3,
  /** JSON: a string with escapes. */
  jsonEscapes: 4,
  /** JSON: true, false, an array or an object. */
  jsonOther: 5,
} as const;
