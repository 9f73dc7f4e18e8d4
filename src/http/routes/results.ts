import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createResultWriter, resultMediaTypes, type ResultFormat } from '../../formats/index.ts';
import { negotiateFormat } from '../negotiation.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { renderResults } from '../result-stream.ts';
import { isJobId, untilClosed, type App, type RouteContext } from '../route-context.ts';
import { jobParameters, resultsQuery } from '../schemas.ts';

const fileEndings = { text: 'txt', csv: 'csv', ndjson: 'ndjson' } as const satisfies Record<ResultFormat, string>;

/** As `object`, since the answer is a stream, and the type of the schema would ask for a string. */
const streamResponse: object = {
  description:
    'text/plain: one line an operation, the result or `ERROR CODE: message (column N)`. text/csv: RFC 4180 quoting, LF line ends, cells exactly as they are. application/x-ndjson: one object an operation, `{id, custom_id?, request, result}` or `{id, custom_id?, request, error}`.',
  content: {
    'text/plain': { schema: { type: 'string' } },
    'text/csv': { schema: { type: 'string' } },
    'application/x-ndjson': { schema: { type: 'string' } },
  },
};

const path = '/api/jobs/:job_id/results';

export function addResultRoutes(app: App, { service, logger, stopping }: RouteContext): void {
  app.route({
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    schema: {
      operationId: 'getResults',
      summary: 'Every outcome in line order, as one stream',
      description:
        'While the job is under way, the answer ends before the first operation without an outcome, unless `follow` is set; the header `Mathmill-Job-Status` says which it was when the answer began. An answer that breaks off (without the last chunk of its transfer encoding) is not complete; ask again with `from`.',
      tags: ['operations'],
      params: jobParameters,
      querystring: resultsQuery,
      response: {
        200: streamResponse,
        ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND', 'NOT_ACCEPTABLE'),
      },
    },
    handler: async (request, reply) => {
      const { outcome, from, limit, follow } = request.query;
      const format = readFormat(request, request.query.format);
      const filter = outcome === 'all' ? undefined : outcome;
      const writer = createResultWriter(format, { filter, limit });
      const id = readJobId(request.params.job_id);
      const signal = untilClosed(reply.raw, follow ? stopping : undefined);
      const query = { from, limit, filter, follow, requests: writer.needsRequests };
      const stream = await service.streamResults(id, query, signal);
      if (stream === undefined) throw new Problem('JOB_NOT_FOUND');
      setHeaders(reply, id, format, stream.job.status);
      const rendered = Readable.from(renderResults(stream.slices, writer, signal, follow), { objectMode: false });
      rendered.on('error', (error) => {
        if (!reply.raw.destroyed) logger.warn({ requestId: request.id, jobId: id, err: error }, 'results broken off');
      });
      return reply.send(rendered);
    },
  });

  // The HEAD route that Fastify would make reads the whole stream.
  app.route({
    method: 'HEAD',
    url: path,
    schema: { hide: true, params: jobParameters, querystring: resultsQuery },
    handler: async (request, reply) => {
      const format = readFormat(request, request.query.format);
      const id = readJobId(request.params.job_id);
      const job = await service.readJob(id);
      if (job === undefined) throw new Problem('JOB_NOT_FOUND');
      setHeaders(reply, id, format, job.status);
      return reply.send();
    },
  });
}

function readJobId(id: string): string {
  if (isJobId(id)) return id;
  throw new Problem('JOB_NOT_FOUND');
}

function readFormat(request: FastifyRequest, asked: ResultFormat | undefined): ResultFormat {
  const format = asked ?? negotiateFormat(request.headers.accept);
  if (format !== undefined) return format;
  const detail =
    'Results come as text/plain, text/csv or application/x-ndjson; or ask with ?format=text, csv or ndjson.';
  throw new Problem('NOT_ACCEPTABLE', detail);
}

function setHeaders(reply: FastifyReply, id: string, format: ResultFormat, status: string): void {
  const place = format === 'text' ? 'inline' : 'attachment';
  reply.header('content-type', resultMediaTypes[format]);
  reply.header('content-disposition', `${place}; filename="mathmill-${id}.${fileEndings[format]}"`);
  reply.header('mathmill-job-status', status);
  reply.header('vary', 'Origin, Accept');
}
