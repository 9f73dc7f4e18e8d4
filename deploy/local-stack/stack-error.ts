/** What a person who starts the stack has to read: a missing program, a server that did not come up. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
