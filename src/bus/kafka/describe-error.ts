import { findConnectionFault } from './security/index.ts';

/** Describes an error on one line: for a fault that an operator can fix also what to do, then the messages of the client. */
export function describeError(error: unknown): string {
  const fault = findConnectionFault(error);
  const messages = joinMessages(error);
  return fault === undefined ? messages : `${fault.message} (${messages})`;
}

/** The messages of an error and of all that caused it. */
function joinMessages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  const causes = [...inner, ...(error.cause === undefined ? [] : [error.cause])].map(joinMessages);
  return [...new Set([error.message, ...causes])].filter((text) => text !== '').join(' ← ');
}
