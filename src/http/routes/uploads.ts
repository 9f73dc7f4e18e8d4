import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SubmitVerdict, UploadFormat } from '../../engine/index.ts';
import { contentEncodings, decodeContent, parseContentEncoding, type ContentEncoding } from '../content-encoding.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { openRequestBody } from '../request-body.ts';
import type { App, RouteContext } from '../route-context.ts';
import { createdJobSchema, refer, uploadHeaders, uploadQuery } from '../schemas.ts';

/** Uploads under way at once. Each takes up to about 2 MiB; hundreds at once gain nothing over one after the other. */
const uploadsMax = 256;

const uploadFormats: Readonly<Record<string, UploadFormat>> = {
  'text/plain': 'text',
  'application/x-ndjson': 'ndjson',
};
const takenTypes = 'text/plain (one operation a line) or application/x-ndjson (one {"request": …} object a line)';
const acceptedEncodings = { 'accept-encoding': contentEncodings.filter((name) => name !== 'identity').join(', ') };

/** What the OpenAPI document says of the body; it is a stream, which no schema can check. */
const requestBody = {
  required: true,
  content: {
    'text/plain': {
      schema: { type: 'string', description: 'One operation a line.', examples: ['7 + 4 + 6 - 5 * 2\n1 / 3\n'] },
    },
    'application/x-ndjson': {
      schema: {
        type: 'string',
        description: 'One object a line: `custom_id` (may be missing) and `request`.',
        examples: ['{"custom_id": "a", "request": "1 + 2"}\n'],
      },
    },
  },
};

export function addUploadRoutes(app: App, context: RouteContext): void {
  const { service, uploadBytesMax } = context;
  const underWay = new Set<Promise<SubmitVerdict>>();
  // What an upload that was cut off has left behind is cleared away before the parts below are stopped.
  app.addHook('onClose', async () => void (await Promise.allSettled(underWay)));

  app.route({
    method: 'POST',
    url: '/api/jobs',
    config: { requestBody },
    schema: {
      operationId: 'createJob',
      summary: 'Submit a job',
      description:
        'The body is read as a stream. `Content-Encoding` may be `gzip` or `zstd`. When the answer comes, the job is stored and will be completed, whatever happens to the server.',
      tags: ['jobs'],
      querystring: uploadQuery,
      headers: uploadHeaders,
      response: {
        201: {
          description: 'The job is accepted.',
          content: { 'application/json': { schema: refer(createdJobSchema) } },
        },
        ...problemResponses(
          'INVALID_PARAMETER',
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
          'UNAVAILABLE',
          'TOO_BUSY',
          'STORAGE_FULL',
        ),
      },
    },
    handler: async (request, reply) => {
      const format = readFormat(request);
      const encoding = readEncoding(request);
      checkLength(request, encoding, uploadBytesMax);
      if (underWay.size >= uploadsMax) throw new Problem('TOO_BUSY', undefined, { 'retry-after': '1' });
      const body = openRequestBody(request.raw, () => sendContinue(request, reply.raw));
      const submission = service.submit({
        mode: request.query.mode,
        precision: request.query.precision,
        name: request.query.name,
        idempotencyKey: request.headers['idempotency-key'],
        format,
        source: decodeContent(encoding, body),
      });
      underWay.add(submission);
      try {
        return answer(await submission, reply);
      } finally {
        underWay.delete(submission);
        body.close();
      }
    },
  });
}

/** Tells a client that waits for it to send the body. Requests that are refused before never get here. */
function sendContinue(request: FastifyRequest, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

function readFormat(request: FastifyRequest): UploadFormat {
  const header = request.headers['content-type'];
  if (header === undefined) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', `The Content-Type is missing; send ${takenTypes}.`);
  }
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const format = Object.hasOwn(uploadFormats, type) ? uploadFormats[type] : undefined;
  if (format === undefined) {
    const hint =
      type === 'application/x-www-form-urlencoded'
        ? `Send ${takenTypes}. curl sends this type unless told otherwise: add -H 'Content-Type: text/plain'.`
        : `Send ${takenTypes}.`;
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', hint);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !/^"?(?:utf-?8|us-ascii)"?$/.test(charset)) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'The charset must be utf-8.');
  }
  return format;
}

function readEncoding(request: FastifyRequest): ContentEncoding {
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

/** Refuses at once what is sure to be too large. */
function checkLength(request: FastifyRequest, encoding: ContentEncoding, bytesMax: number): void {
  const length = Number(request.headers['content-length'] ?? 0);
  if (encoding === 'identity' && length > bytesMax) throw tooManyBytes(bytesMax);
}

function tooManyBytes(max: number): Problem {
  return new Problem('TOO_MANY_BYTES', `An upload may have ${max} bytes after decompression (UPLOAD_BYTES_MAX).`);
}

function answer(verdict: SubmitVerdict, reply: FastifyReply) {
  switch (verdict.kind) {
    case 'accepted':
    case 'replayed': {
      const { id, operations, status } = verdict.job;
      reply.code(201).header('location', `/api/jobs/${id}`);
      if (verdict.kind === 'replayed') reply.header('idempotent-replayed', 'true');
      return { id, created_operations: operations, status };
    }
    case 'empty':
      throw new Problem('EMPTY_UPLOAD');
    case 'key-in-use':
      throw new Problem('IDEMPOTENCY_KEY_IN_USE', undefined, { 'retry-after': '1' });
    case 'key-reused':
      throw new Problem('IDEMPOTENCY_KEY_REUSED');
    case 'too-many-bytes':
      throw tooManyBytes(verdict.max);
    case 'too-many-operations':
      throw new Problem('TOO_MANY_OPERATIONS', `A job may have ${verdict.max} operations (JOB_OPERATIONS_MAX).`);
  }
}
