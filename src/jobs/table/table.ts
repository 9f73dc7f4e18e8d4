/**
 * A table: a job whose operations are the rows of a file, each of which gets the result of every formula. What is said here
 * is settled at submission and never changes.
 */

/** `csv`: cells between delimiters, quoted as in RFC 4180 (TSV is CSV with TAB). `ndjson`: one JSON object per line. */
export const tableFormats = ['csv', 'ndjson'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** Separators between the cells of a row. */
export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

/** Signs that may group the digits of a number. The last two are the narrow and the usual no-break space. */
export const groupSigns = ['.', ',', ' ', "'", '’', '\u202f', '\u00a0'] as const;
export type GroupSign = (typeof groupSigns)[number];

/** How the rows of a table are written, and how their cells are read. */
export interface Dialect {
  readonly format: TableFormat;
  /** Of `csv`; `ndjson` has ','. */
  readonly delimiter: Delimiter;
  /** Decimal mark of cells and results. */
  readonly decimal: '.' | ',';
  /** Sign between groups of digits in cells, or undefined. Results are never grouped. */
  readonly group: GroupSign | undefined;
  /** `written`: cells may also be written as (12.00), 12 % or with one currency sign. */
  readonly numbers: 'strict' | 'written';
  /** Meaning of a missing cell where a formula reads it as a number: the error MISSING, an empty result, or 0. */
  readonly missing: 'error' | 'empty' | 'zero';
  /** Text of a cell, besides the empty one, that mean: missing. */
  readonly missingValues: readonly string[];
}

/** `name = text`, as given. The columns of errors count UTF-16 units of `text`. */
export interface Formula {
  readonly name: string;
  readonly text: string;
}

/** A column of the file that formulas or totals read. */
export interface UsedColumn {
  readonly name: string;
  /** `csv`: 0-based index of the cell in its row. `ndjson`: index in the list of used columns. */
  readonly index: number;
}

/** The part of a table that evaluators need, besides the job's number mode and precision. It is sent with each request message. */
export interface TableProgram {
  readonly dialect: Dialect;
  /** Cells that each row must have; 0 for `ndjson`. */
  readonly cells: number;
  readonly columns: readonly UsedColumn[];
  /** In the order in which they were given, which is the order of the new columns. 1 to 32, 8 KiB together. */
  readonly formulas: readonly Formula[];
  /** Names of input columns whose control totals are kept, up to 16. Those of the formulas are always kept. */
  readonly totals: readonly string[];
  /** Of `ndjson`: names of new members, which a row must not have already. Empty for `csv`, and where members are replaced. */
  readonly added: readonly string[];
}

/** A job's table: the record of the job carries it. */
export interface Table {
  readonly program: TableProgram;
  /** The bytes of the upload before its first row: byte order mark, `sep=` line, header with its line end. They are written out again as they came. */
  readonly head: Uint8Array;
  /** The line end of the header, for what is added to it; LF without a header. Each row keeps its own. */
  readonly lineEnd: '\n' | '\r\n';
  /** False: the file has no header, its columns are c1 to cN, and its results have none either. */
  readonly hasHeader: boolean;
  /** All columns of the file, in their order; of NDJSON the members of its first row. */
  readonly columns: readonly string[];
  /** New columns that exist already are replaced in place instead of being rejected. */
  readonly replaces: boolean;
  /** The name of the error column; undefined: none is written. */
  readonly errorColumn: string | undefined;
}

/** The text before the first row of a file, and its meaning. */
export interface TableHead {
  readonly format: TableFormat;
  readonly delimiter: Delimiter;
  readonly head: Uint8Array;
  readonly lineEnd: '\n' | '\r\n';
  readonly hasHeader: boolean;
  /** Names without byte order mark, outer spaces and quotes, in NFC; of NDJSON the members of the first row. */
  readonly columns: readonly string[];
}

export const formulasMax = 32;
/** UTF-8 bytes of all formulas together. */
export const formulaBytesMax = 8 * 1024;
export const totalsMax = 16;
/** Columns of a file. */
export const columnsMax = 16_384;
/** Bytes of what stands before the first row. */
export const headBytesMax = 256 * 1024;
/** Bytes of one row with its line end. A longer one gets TOO_LONG, and only its beginning is kept. */
export const rowBytesMax = 1024 * 1024;
/** Bytes of a row with line breaks inside quotes. In a longer one the quote counts as not closed: the row ends at its first line break. */
export const openQuoteBytesMax = 64 * 1024;
