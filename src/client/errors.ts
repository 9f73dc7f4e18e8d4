/** Errors of the client. Those that a server responds with have the code of its problem document (docs/api.md). */

export class MathmillError extends Error {
  override readonly name: string = 'MathmillError';
}

/** No server could be reached, or none that could serve, for as long as the client tries again. */
export class UnreachableError extends MathmillError {
  override readonly name = 'UnreachableError';
}

/** A problem document (RFC 9457). */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  /** Of INVALID_PARAMETER: the parameter at fault. */
  readonly parameter?: string;
  /** Of a wrong formula: which one it is, from 1 on, and its columns at fault, in UTF-16 units from 1 on. */
  readonly formula?: number;
  readonly column?: number;
  readonly end_column?: number;
  /** Of NOT_CORRECTABLE: ids of operations that cannot be corrected. */
  readonly operations?: readonly string[];
}

/** The server has rejected the request. Subclasses are for the codes that programs handle most. */
export class ApiError extends MathmillError {
  override readonly name: string = 'ApiError';
  readonly code: string;
  /** The status of HTTP. */
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem, options?: ErrorOptions) {
    super(`${problem.detail} (${problem.code})`, options);
    this.code = problem.code;
    this.status = status;
    this.problem = problem;
  }
}

export class JobNotFoundError extends ApiError {
  override readonly name = 'JobNotFoundError';
}

export class JobNotFinishedError extends ApiError {
  override readonly name = 'JobNotFinishedError';
}

/** A parameter, a formula or the beginning of a table is wrong; `problem` says where. */
export class InvalidParameterError extends ApiError {
  override readonly name = 'InvalidParameterError';
}

/** The upload has too many bytes or operations. */
export class TooLargeError extends ApiError {
  override readonly name = 'TooLargeError';
}

/** The key was used before, with other content or options. */
export class IdempotencyKeyReusedError extends ApiError {
  override readonly name = 'IdempotencyKeyReusedError';
}

/** The server requires a token, and the request has none, or one that is unknown, expired or revoked. */
export class UnauthenticatedError extends ApiError {
  override readonly name = 'UnauthenticatedError';
}

/** The role of the token does not allow the request; the message says which role does. */
export class ForbiddenRoleError extends ApiError {
  override readonly name = 'ForbiddenRoleError';
}

const classes = new Map<string, typeof ApiError>([
  ['JOB_NOT_FOUND', JobNotFoundError],
  ['JOB_NOT_FINISHED', JobNotFinishedError],
  ['INVALID_PARAMETER', InvalidParameterError],
  ['TOO_MANY_BYTES', TooLargeError],
  ['TOO_MANY_OPERATIONS', TooLargeError],
  ['IDEMPOTENCY_KEY_REUSED', IdempotencyKeyReusedError],
  ['UNAUTHENTICATED', UnauthenticatedError],
  // The response to HEAD has no problem document.
  ['HTTP_401', UnauthenticatedError],
  ['FORBIDDEN_ROLE', ForbiddenRoleError],
]);

/** From the response to a request: also from one that is no problem document, as proxies send. */
export async function readApiError(response: Response): Promise<ApiError> {
  const problem = readProblem(await response.text()) ?? {
    code: `HTTP_${response.status}`,
    detail: `the server responded with status ${response.status} ${response.statusText}`.trimEnd(),
  };
  const Class = classes.get(problem.code) ?? ApiError;
  return new Class(response.status, problem);
}

function readProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { code, detail, title } = value as Record<string, unknown>;
    if (typeof code !== 'string') return undefined;
    const sentence = [detail, title].find((member) => typeof member === 'string') ?? code;
    return { ...(value as Problem), detail: sentence };
  } catch {
    return undefined;
  }
}
