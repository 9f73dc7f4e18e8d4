/** Every code an operation can fail with, and what it means: the closed list that types, tests and the reference page share. */
export const errorDescriptions = {
  SYNTAX: 'The line is not an expression: something is missing, misplaced or not a known character.',
  EMPTY: 'The line contains no expression: it is blank or only a comment.',
  UNKNOWN: 'A name is neither a function nor a constant.',
  ARITY: 'A function was given too few or too many arguments.',
  TYPE: 'Numbers and true/false values were mixed, or the number mode has no such number, function or constant.',
  DOMAIN: 'The operation is not defined for these values, such as the square root of a negative number.',
  DIV0: 'Division by zero.',
  OVERFLOW: 'The result is larger than the number mode can hold.',
  INEXACT: 'The exact result is not a number of this mode, such as 1 / 3 in bigint.',
  RANGE: 'An argument is outside the range that the function supports.',
  LIMIT: 'The line has too many operations or arguments, or too long a number or name.',
  TOO_LONG: 'The line is longer than 64 KiB.',
  TOO_DEEP: 'Parentheses, prefix signs, powers or conditions are nested too deeply.',
  TOO_BIG: 'The result would have too many digits to be worth computing; rejected before the work is done.',
  BUDGET: 'The line, or its job, would cost more computation than allowed.',
  ENCODING: 'The line is not valid UTF-8.',
  MISSING: 'A cell that a formula needs is empty.',
  NOT_NUMBER: 'A cell that a formula needs as a number holds something else.',
  COLUMNS: 'A row has more or fewer cells than the header.',
  QUOTE: 'The quotation marks of a row are broken.',
  TIMEOUT: 'The line made no progress in time and was stopped.',
  CRASH: 'The line stopped the process that evaluated it, repeatedly.',
} as const;

export type ErrorCode = keyof typeof errorDescriptions;

export const errorCodes = Object.freeze(Object.keys(errorDescriptions)) as readonly ErrorCode[];

/** Why an operation has no result. Columns are one-based and count UTF-16 units of the line; `endColumn` is exclusive, so an error at the very end of a line has `column === endColumn`. */
export interface OperationError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly column: number;
  readonly endColumn: number;
}
