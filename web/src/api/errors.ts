import type { Problem } from './types.ts';

/** The server answered that something is wrong. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** No answer of the server, or one of something in between that cannot reach it. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor(options?: ErrorOptions) {
    super('The server cannot be reached.', options);
  }
}

/** The request was aborted by the page itself: no message is needed. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** An error in words for the user of the page. */
export function describeError(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.detail;
  return error instanceof Error ? error.message : String(error);
}

/** The problem document of a response, or undefined when it has none. */
export function parseProblem(contentType: string | null, text: string): Problem | undefined {
  if (contentType?.startsWith('application/problem+json') !== true) return undefined;
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return undefined;
  }
}

/** The error for an unsuccessful response, from Mathmill or a proxy. */
export function toError(status: number, contentType: string | null, text: string): Error {
  const problem = parseProblem(contentType, text);
  if (problem !== undefined) return new ProblemError(problem);
  // A proxy speaks for a server that it cannot reach.
  if (status === 502 || status === 503 || status === 504) return new ConnectionLostError();
  return new Error(`The server responded with status ${status}.`);
}
