/** The common part of requests that create a job: uploads and repairs. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RepairVerdict, SubmitVerdict, Upload } from '../engine/index.ts';
import { takeDecoderMemory, takeUntilClosed, type Holder } from './budgets/index.ts';
import { contentEncodings, decodeContent, parseContentEncoding, type ContentEncoding } from './content-encoding.ts';
import { Problem, type ProblemCode } from './problems.ts';
import { openRequestBody } from './request-body.ts';
import type { App, RouteContext } from './route-context.ts';
import { createdJobSchema, refer } from './schemas/index.ts';
import { notUtf8 } from './strict-json.ts';

const acceptedEncodings = { 'accept-encoding': contentEncodings.filter((name) => name !== 'identity').join(', ') };

/** For the OpenAPI document, and to serialize the body. */
export const createdResponse = {
  description: 'The job is accepted.',
  headers: {
    Location: {
      type: 'string',
      format: 'uri-reference',
      description: 'The job, relative to the URL of the request.',
    },
    'Idempotent-Replayed': {
      type: 'string',
      enum: ['true'],
      description: 'Present when the Idempotency-Key was used before: the response names the first job.',
    },
  },
  content: { 'application/json': { schema: refer(createdJobSchema) } },
};

/** The problems that each of them may be answered with. */
export const creationProblems = [
  'INVALID_PARAMETER',
  'NOT_UTF8',
  'EMPTY_UPLOAD',
  'BAD_ENCODING',
  'TRUNCATED_BODY',
  'FORBIDDEN_ORIGIN',
  'REQUEST_TIMEOUT',
  'IDEMPOTENCY_KEY_IN_USE',
  'TOO_MANY_BYTES',
  'TOO_MANY_OPERATIONS',
  'UNSUPPORTED_MEDIA_TYPE',
  'UNSUPPORTED_ENCODING',
  'IDEMPOTENCY_KEY_REUSED',
  'TOO_MANY_REQUESTS',
  'UNAVAILABLE',
  'TOO_BUSY',
  'STORAGE_FULL',
] as const satisfies readonly ProblemCode[];

/** The body of a request, decompressed as it arrives. */
export interface ReceivedBody {
  readonly source: Upload['source'];
  /** Whose memory counts as this request's. */
  readonly holder: Holder;
}

/**
 * Returns a function that lends the body of a request to `use` and holds one of the slots for uploads meanwhile. Throws
 * TOO_MANY_REQUESTS and TOO_BUSY if there is none. When the app closes, it waits until every `use` has settled.
 */
export function createBodyReceiver(app: App, { budgets }: RouteContext) {
  const inProgress = new Set<Promise<unknown>>();
  // The rest of an interrupted upload is removed before the parts below are stopped.
  app.addHook('onClose', async () => void (await Promise.allSettled(inProgress)));

  return async function receive<Result>(
    request: FastifyRequest,
    reply: FastifyReply,
    encoding: ContentEncoding,
    use: (body: ReceivedBody) => Promise<Result>,
  ): Promise<Result> {
    const slot = takeUntilClosed(budgets, 'uploads', 1, request, reply);
    const body = openRequestBody(request.raw, () => sendContinue(request, reply.raw));
    const source = decodeContent(encoding, body, (bytes) => takeDecoderMemory(budgets, bytes, slot.holder));
    const using = use({ source, holder: slot.holder });
    inProgress.add(using);
    try {
      return await using;
    } finally {
      inProgress.delete(using);
      slot.release();
      body.close();
    }
  };
}

type Verdict = SubmitVerdict | RepairVerdict;
type Created = Extract<Verdict, { readonly kind: 'accepted' | 'replayed' }>;

export function isCreated(verdict: Verdict): verdict is Created {
  return verdict.kind === 'accepted' || verdict.kind === 'replayed';
}

/** The body of the response 201. `location` is relative to the URL of the request. */
export function answerCreated(verdict: Created, reply: FastifyReply, location: string) {
  const { id, operations, status } = verdict.job;
  reply.request.auditObject = id;
  reply.code(201).header('location', location);
  if (verdict.kind === 'replayed') reply.header('idempotent-replayed', 'true');
  return { id, created_operations: operations, status };
}

type SharedRefusal = Extract<Verdict, { readonly kind: 'not-utf8' | 'key-in-use' | 'key-reused' }>;

/** For what is rejected in the same way whatever the request creates. */
export function toSharedProblem(verdict: SharedRefusal): Problem {
  switch (verdict.kind) {
    case 'not-utf8':
      return notUtf8(verdict.encoding);
    case 'key-in-use':
      return new Problem('IDEMPOTENCY_KEY_IN_USE', undefined, { 'retry-after': '1' });
    case 'key-reused':
      return new Problem('IDEMPOTENCY_KEY_REUSED');
  }
}

/** Sends "100 Continue" to a client that waits for it. Requests that were rejected earlier never get here. */
function sendContinue(request: FastifyRequest, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

/** Throws UNSUPPORTED_ENCODING. */
export function readEncoding(request: FastifyRequest): ContentEncoding {
  // Node takes other codings besides `chunked` too, and hands the body over as it came.
  const transfer = request.headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked') {
    throw new Problem(
      'UNSUPPORTED_ENCODING',
      'The Transfer-Encoding must be chunked; for compression, use Content-Encoding.',
    );
  }
  const encoding = parseContentEncoding(request.headers['content-encoding']);
  if (encoding !== undefined) return encoding;
  throw new Problem('UNSUPPORTED_ENCODING', 'The Content-Encoding must be gzip, zstd or identity.', acceptedEncodings);
}
