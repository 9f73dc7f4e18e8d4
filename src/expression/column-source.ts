/** Where the programs of formulas get the numbers and strings of a row from. The machines read a cell only when they reach it. */
export interface ColumnSource {
  /**
   * True: the number of the column is exactly `mantissa` × 10^`exponent`, |mantissa| < 2^53. False: it is longer, or there
   * is none; `literal` returns the fault.
   */
  read(column: number): boolean;
  readonly mantissa: number;
  readonly exponent: number;
  /**
   * After a `read` that was false: the absolute value of the number, as a literal of the language. Ends the formula by a fault,
   * or by `missingResult`, if the cell has no number.
   */
  literal(column: number): string;
  /** The sign of that literal. */
  readonly isNegative: boolean;
  /** Whether the comparison of a cell with a string holds. */
  isText(comparison: number): boolean;
  /** Ends a formula that takes the result of another one which has none. */
  failResult(formula: number): never;
}

/** Thrown to end a formula without a result and without an error: it has read a missing cell. Not an Error, see OperationFault. */
export const missingResult = Object.freeze({ kind: 'missing' });

/** The columns of lines, which have none: the parser rejects their names. */
export const noColumns: ColumnSource = {
  mantissa: 0,
  exponent: 0,
  isNegative: false,
  read: unavailable,
  literal: unavailable,
  isText: unavailable,
  failResult: unavailable,
};

function unavailable(): never {
  throw new Error('A program reads a column, but its machine has none.');
}
