import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PreviewVerdict, SubmitVerdict, Upload } from '../../engine/index.ts';
import { describePreview } from '../../formats/index.ts';
import { createGrowingReservation, type Holder } from '../budgets/index.ts';
import type { ContentEncoding } from '../content-encoding.ts';
import { mergeJobOptions, type JobOptions } from '../job-options.ts';
import { jsonUploadBytesMax, parseJobUpload, readWhole, tooManyJsonBytes, writeStrings } from '../json-upload.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { referFrom } from '../relative-reference.ts';
import type { App, RouteContext } from '../route-context.ts';
import { uploadHeaders, uploadQuery, type UploadQuery } from '../schemas/index.ts';
import { readHeaderOfType, readTableOptions, toTableProblem } from '../table-query.ts';
import { readForm, requestBody, type BodyForm } from '../upload-bodies.ts';
import {
  answerCreated,
  createBodyReceiver,
  createdResponse,
  creationProblems,
  isCreated,
  readEncoding,
  toSharedProblem,
} from '../upload-exchange.ts';

/**
 * Without a schema, which it refers to in words: with one, clients that are generated with types would have to tell a job from a
 * preview after each upload. As `object`, since the type of the schema would ask for null.
 */
const previewResponse: object = Type.Null({
  description:
    'The response to a dry run, in JSON: a `TablePreview`, which says what would become of the table. Nothing of it is kept.',
});

export function addUploadRoutes(app: App, context: RouteContext): void {
  const { serviceOf, uploadBytesMax, budgets } = context;
  const jsonBytesMax = Math.min(jsonUploadBytesMax, uploadBytesMax);
  const receive = createBodyReceiver(app, context);

  app.route({
    method: 'POST',
    url: '/api/jobs',
    config: { access: 'submitter', audit: 'job.create', requestBody },
    schema: {
      operationId: 'createJob',
      summary: 'Submit a job',
      description:
        'The body is read as a stream; only JSON is held in memory, up to 10 MB. `Content-Encoding` may be `gzip` or `zstd`. When the response is sent, the job is stored and will be completed, whatever happens to the server. With `formula`, the body is a table (CSV, TSV or NDJSON), its rows are the operations, and each row gets the result of every formula.',
      tags: ['jobs'],
      querystring: uploadQuery,
      headers: uploadHeaders,
      response: {
        200: previewResponse,
        201: createdResponse,
        ...problemResponses(...creationProblems, 'INVALID_JSON'),
      },
    },
    handler: async (request, reply) => {
      const form = readForm(request);
      const encoding = readEncoding(request);
      checkLength(request, encoding, form);
      const options = mergeJobOptions(request.query, {});
      const table = readTableOptions(request.query, form, readHeaderOfType(request.headers['content-type']));
      const idempotencyKey = request.headers['idempotency-key'];
      return receive(request, reply, encoding, async ({ source, holder }) =>
        form === 'json'
          ? submitJson(request, reply, { source, idempotencyKey }, holder)
          : submit({ ...options, idempotencyKey, format: form, source, table }, request.query, reply),
      );
    },
  });

  async function submit(upload: Upload, { dry_run: isDryRun = false }: UploadQuery, reply: FastifyReply) {
    if (!isDryRun) return answer(await serviceOf(reply.request).submit(upload), reply);
    const verdict = await serviceOf(reply.request).previewTable(upload);
    if (verdict.kind !== 'preview') throw toRefusal(verdict);
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(describePreview(verdict.preview, upload)));
  }

  async function submitJson(
    request: FastifyRequest<{ Querystring: JobOptions }>,
    reply: FastifyReply,
    { source, idempotencyKey }: Pick<Upload, 'source' | 'idempotencyKey'>,
    holder: Holder,
  ) {
    const reservation = createGrowingReservation(budgets, holder, jsonBytesMax);
    try {
      const bytes = await readWhole(source, jsonBytesMax, reservation);
      const { operations, ...body } = parseJobUpload(request, bytes);
      const options = mergeJobOptions(request.query, body);
      const verdict = await serviceOf(request).submit({
        ...options,
        idempotencyKey,
        format: 'strings',
        source: writeStrings(operations),
      });
      return answer(verdict, reply);
    } finally {
      reservation.release();
    }
  }

  /** Rejects immediately what is sure to be too large. */
  function checkLength(request: FastifyRequest, encoding: ContentEncoding, form: BodyForm): void {
    const length = Number(request.headers['content-length'] ?? 0);
    if (encoding !== 'identity') return;
    if (length > uploadBytesMax) throw tooManyBytes(uploadBytesMax);
    if (form === 'json' && length > jsonBytesMax) throw tooManyJsonBytes(jsonBytesMax);
  }
}

function tooManyBytes(max: number): Problem {
  return new Problem('TOO_MANY_BYTES', `An upload may have ${max} bytes after decompression (UPLOAD_BYTES_MAX).`);
}

type Refusal = Exclude<SubmitVerdict | PreviewVerdict, { readonly kind: 'accepted' | 'replayed' | 'preview' }>;

function answer(verdict: SubmitVerdict, reply: FastifyReply) {
  if (!isCreated(verdict)) throw toRefusal(verdict);
  return answerCreated(verdict, reply, referFrom(reply.request.url, `jobs/${verdict.job.id}`));
}

function toRefusal(verdict: Refusal): Problem {
  switch (verdict.kind) {
    case 'empty':
      return new Problem('EMPTY_UPLOAD');
    case 'bad-table':
      return toTableProblem(verdict.fault);
    case 'too-many-bytes':
      return tooManyBytes(verdict.max);
    case 'too-many-operations':
      return new Problem('TOO_MANY_OPERATIONS', `A job may have ${verdict.max} operations (JOB_OPERATIONS_MAX).`);
    case 'not-utf8':
    case 'key-in-use':
    case 'key-reused':
      return toSharedProblem(verdict);
  }
}
