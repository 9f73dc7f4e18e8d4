/**
 * Every way in which the HTTP API rejects or fails, as RFC 9457 problem documents. The codes are a closed list: clients
 * may rely on them, and the reference page is made from this table.
 */
interface ProblemType {
  readonly status: number;
  /** Short, and the same for every occurrence. */
  readonly title: string;
  readonly description: string;
}

export const problemTypes = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed request',
    description: 'The data received is not valid HTTP, or the URL cannot be decoded.',
  },
  INVALID_PARAMETER: {
    status: 400,
    title: 'Invalid parameter',
    description:
      'A query parameter, a header or a field of the JSON body is missing, unknown or has no valid value, or the formulas or the header of a table are wrong. For tables, `parameter` names what is at fault, and `formula`, `column` and `end_column` the place.',
  },
  INVALID_JSON: {
    status: 400,
    title: 'Invalid JSON',
    description:
      'The request body is not valid JSON, or has the same key twice, or a number with more digits than JSON readers keep.',
  },
  NOT_UTF8: {
    status: 400,
    title: 'Not UTF-8',
    description:
      'The request body is UTF-16 or UTF-32, or JSON that is not UTF-8. Save or send it as UTF-8. Nothing of it is kept.',
  },
  EMPTY_UPLOAD: {
    status: 400,
    title: 'Empty upload',
    description: 'The upload holds no operations: it has no bytes at all, or it is a table without rows.',
  },
  INVALID_CORRECTION: {
    status: 400,
    title: 'Invalid correction',
    description:
      'A line of the body of a repair is not a JSON object with the `id` of an operation and its `request`, has an id that was there before, or holds more than one row of a table. Nothing of the repair is kept.',
  },
  BAD_ENCODING: {
    status: 400,
    title: 'Bad content encoding',
    description:
      'The body is not what its Content-Encoding says: it is damaged, cut off, in another format, or followed by other bytes.',
  },
  TRUNCATED_BODY: {
    status: 400,
    title: 'Truncated body',
    description: 'The connection ended before the whole body had arrived. Nothing of the upload is kept.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not authenticated',
    description:
      'The request has no token, or one that is unknown, expired or revoked. Send a valid one in the header `Authorization: Bearer TOKEN`.',
  },
  FORBIDDEN_ROLE: {
    status: 403,
    title: 'Forbidden by role',
    description: 'The role of the token does not allow this request. Use a token with the role that `detail` names.',
  },
  FORBIDDEN_HOST: {
    status: 403,
    title: 'Forbidden host',
    description:
      'The Host header names a host by which this server may not be called. Add the name to ALLOWED_HOSTS if clients should use it. Without this check, web pages could point a domain name of their own to the server (DNS rebinding).',
  },
  FORBIDDEN_ORIGIN: {
    status: 403,
    title: 'Forbidden origin',
    description:
      'The request comes from a web page of another origin. Add its origin to ALLOWED_ORIGINS if it may use this server. For a page of this server behind a proxy, the proxy must pass the Host header on (ALLOWED_HOSTS).',
  },
  NOT_FOUND: { status: 404, title: 'Not found', description: 'No such endpoint.' },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'Job not found',
    description: 'No job has this id. It never existed, was deleted, or has expired.',
  },
  OPERATION_NOT_FOUND: {
    status: 404,
    title: 'Operation not found',
    description: 'The job has no operation with this id.',
  },
  TOKEN_NOT_FOUND: {
    status: 404,
    title: 'Token not found',
    description: 'No token that the caller may manage has this id, or it was revoked before.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    description: 'The endpoint does not support this method. The Allow header lists the methods that it supports.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'Not acceptable',
    description: 'The job has no results in a format that the Accept header or `format` allows.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request timeout',
    description:
      'The request timed out: no byte arrived for too long, its headers took too long, or its body arrived so slowly that the server gave its slot to another request.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'Idempotency key in use',
    description: 'The first upload with this Idempotency-Key is still in progress. Retry when it has ended.',
  },
  JOB_NOT_FINISHED: {
    status: 409,
    title: 'Job not finished',
    description: 'Only a finished job can be repaired: Completed or Cancelled.',
  },
  NOT_CORRECTABLE: {
    status: 409,
    title: 'Not correctable',
    description:
      'Some corrections are for operations that did not fail, or that the job does not have, or for rows that are not UTF-8. `operations` holds their ids, up to 100. Nothing of the repair is kept.',
  },
  NO_AUTHENTICATION: {
    status: 409,
    title: 'No authentication',
    description: 'This server needs no tokens, so it creates none (AUTHENTICATION=none).',
  },
  TOO_MANY_TOKENS: {
    status: 409,
    title: 'Too many tokens',
    description: 'The tenant has 1,000 tokens. Revoked and expired ones count for 30 days.',
  },
  TOO_MANY_BYTES: {
    status: 413,
    title: 'Too many bytes',
    description: 'The body, after decompression, is larger than allowed. Nothing of it is kept.',
  },
  TOO_MANY_OPERATIONS: {
    status: 413,
    title: 'Too many operations',
    description: 'The upload has more operations than one job may have. Nothing of it is kept.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    description: 'The Content-Type is missing, or this endpoint does not accept it.',
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    title: 'Unsupported content encoding',
    description:
      'This endpoint does not support the Content-Encoding. The Accept-Encoding header lists those that it supports.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: 'Expectation failed',
    description: 'The Expect header has a value that the server does not support. It supports 100-continue only.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'Idempotency key reused',
    description: 'This Idempotency-Key was used before, with other content or options.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests',
    description:
      'The client’s address holds its whole share of something that all clients share, such as slots for uploads (ADDRESS_SHARE). Try again after the time in Retry-After, or when another request of this address has ended.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    description: 'The URL and the headers together are larger than the server takes.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    description: 'Something failed that should not. The server’s log has the details under the id in `instance`.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Unavailable',
    description: 'A part that the server needs is unavailable. Retry after the time in Retry-After.',
  },
  TOO_BUSY: {
    status: 503,
    title: 'Too busy',
    description:
      'Something that all clients share is in use: slots for uploads, downloads or followers, or the memory for them. Try again after the time in Retry-After.',
  },
  STOPPING: { status: 503, title: 'Stopping', description: 'The server is stopping and takes no new requests.' },
  STORAGE_FULL: {
    status: 507,
    title: 'Storage full',
    description: 'The disk has no room for the job. Nothing of it is kept.',
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

export const problemCodes = Object.freeze(Object.keys(problemTypes)) as readonly ProblemCode[];

export const problemContentType = 'application/problem+json; charset=utf-8';

/** Members of a problem document about a table or a repair, besides those of every one (RFC 9457, section 3.2). */
export interface ProblemMembers {
  /** The query parameter at fault, or `body`. */
  readonly parameter?: string;
  /** Which formula of the request, from 1 on. */
  readonly formula?: number;
  /** 1-based UTF-16 units of the formula as given; `end_column` is exclusive. */
  readonly column?: number;
  readonly end_column?: number;
  /** Ids of operations that may not be corrected. */
  readonly operations?: readonly string[];
}

/** A request that is answered by a problem document. `detail` is for people and goes out as it is. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: ProblemMembers | undefined;

  constructor(
    code: ProblemCode,
    detail?: string,
    headers: Readonly<Record<string, string>> = {},
    members?: ProblemMembers,
  ) {
    super(detail ?? problemTypes[code].description);
    this.code = code;
    this.detail = this.message;
    this.headers = headers;
    this.members = members;
  }

  get status(): number {
    return problemTypes[this.code].status;
  }
}

/** The document. `requestId` finds the request in the log. */
export function writeProblem(problem: Problem, requestId: string): string {
  return JSON.stringify({
    type: `urn:mathmill:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: problemTypes[problem.code].title,
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    instance: `urn:uuid:${requestId}`,
    ...problem.members,
  });
}
