import type { ErrorCode } from './error-codes.ts';

/**
 * Thrown by an operation without a result; the machine adds the column.
 * Not an Error: wrong lines are ordinary input and may come by the million, and a stack trace costs ten times the rest.
 */
export class OperationFault {
  readonly code: ErrorCode;
  readonly message: string;

  constructor(code: ErrorCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** Ends the evaluation of the line. `message` is a sentence that a person can act on. */
export function fault(code: ErrorCode, message: string): never {
  // oxlint-disable-next-line typescript/only-throw-error -- see OperationFault
  throw new OperationFault(code, message);
}
