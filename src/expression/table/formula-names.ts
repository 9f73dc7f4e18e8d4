import type { ErrorCode } from '../error-codes.ts';

/** Meaning of a name in a formula. `source` is what the machine reads (ColumnSource). */
export type NameReference =
  | { readonly kind: 'column'; readonly source: number }
  /** The result of another formula. */
  | { readonly kind: 'result'; readonly formula: number; readonly isTruthValue: boolean }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** The names that a formula may use, besides those of the language. */
export interface FormulaNames {
  /** A name in NFC without outer spaces. `isQuoted`: it was written in backticks. Undefined: there is no such column and no such formula. */
  find(name: string, isQuoted: boolean): NameReference | undefined;
  /** The column at a 1-based position. */
  at(position: number): NameReference;
  /** The most likely intended name for an unknown one, as it is to be written; undefined if there is none. */
  near(name: string): string | undefined;
  /** The available names, as the second half of a sentence. `isBare`: the unknown one was not in backticks. */
  list(isBare: boolean): string;
  /** Notes the comparison of a column with a string, whose UTF-8 bytes these are, and returns its number. */
  addComparison(source: number, text: Uint8Array): number;
}

/** The number of the row, as a source. */
export const rowSource = 0;
