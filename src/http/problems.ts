/**
 * Every way in which the HTTP API refuses or fails, as RFC 9457 problem documents. The codes are a closed list: clients
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
    description: 'What came over the connection is not valid HTTP, or the URL cannot be decoded.',
  },
  INVALID_PARAMETER: {
    status: 400,
    title: 'Invalid parameter',
    description: 'A query parameter, a header or a field of the JSON body is missing, unknown or has no valid value.',
  },
  INVALID_JSON: { status: 400, title: 'Invalid JSON', description: 'The body of the request is not valid JSON.' },
  EMPTY_UPLOAD: {
    status: 400,
    title: 'Empty upload',
    description: 'The upload holds no operations: it has no bytes at all.',
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
  FORBIDDEN_HOST: {
    status: 403,
    title: 'Forbidden host',
    description:
      'The server listens on this machine only, and the Host header names another one. Web pages could otherwise reach it by a name of their own that leads here.',
  },
  FORBIDDEN_ORIGIN: {
    status: 403,
    title: 'Forbidden origin',
    description: 'The request comes from a web page whose origin is neither the server’s own nor in ALLOWED_ORIGINS.',
  },
  NOT_FOUND: { status: 404, title: 'Not found', description: 'There is nothing at this address.' },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'Job not found',
    description: 'There is no job with this id: it never was, it was deleted, or its time has expired.',
  },
  OPERATION_NOT_FOUND: {
    status: 404,
    title: 'Operation not found',
    description: 'The job has no operation with this id.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    description: 'The address exists, but not for this method. The Allow header lists the methods it has.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'Not acceptable',
    description: 'None of the formats that the Accept header allows can be given.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request timeout',
    description: 'No byte of the request arrived for too long, or its headers took too long.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'Idempotency key in use',
    description: 'The first upload with this Idempotency-Key is still under way. Try again when it is over.',
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
    description: 'The Content-Type is missing or not one that this address takes.',
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    title: 'Unsupported content encoding',
    description:
      'The Content-Encoding is not one that this address takes. The Accept-Encoding header lists those it does.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'Idempotency key reused',
    description: 'This Idempotency-Key was used before, with other content or options.',
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
    description: 'A part that the server needs is out of reach. Try again after the time in Retry-After.',
  },
  TOO_BUSY: {
    status: 503,
    title: 'Too busy',
    description: 'As many uploads as the server takes at once are under way. Try again after the time in Retry-After.',
  },
  STOPPING: { status: 503, title: 'Stopping', description: 'The server is stopping and takes no new requests.' },
  STORAGE_FULL: {
    status: 507,
    title: 'Storage full',
    description: 'There is no room left to keep the job. Nothing of it is kept.',
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

export const problemCodes = Object.freeze(Object.keys(problemTypes)) as readonly ProblemCode[];

export const problemContentType = 'application/problem+json; charset=utf-8';

/** A request that is answered by a problem document. `detail` is for people and goes out as it is. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail?: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail ?? problemTypes[code].description);
    this.code = code;
    this.detail = this.message;
    this.headers = headers;
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
  });
}
