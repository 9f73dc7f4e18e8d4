/** An error for the person who starts the stack: a missing program, a server that did not come up. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
