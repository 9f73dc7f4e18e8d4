/** The messages of an error and of all that caused it, on one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  const causes = [...inner, ...(error.cause === undefined ? [] : [error.cause])].map(describeError);
  return [...new Set([error.message, ...causes])].filter((text) => text !== '').join(' ← ');
}
