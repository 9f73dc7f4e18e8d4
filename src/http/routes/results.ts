import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentTypeOf, type TableResultFormat } from '../../formats/index.ts';
import type { JobView, ResultStream } from '../../engine/index.ts';
import { readAheadBytes, takeUntilClosed } from '../budgets/index.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { addVary } from '../response-encoding.ts';
import { createWriter, readFilter, readResultFormat } from '../result-format.ts';
import { gatherShort, renderResults } from '../result-stream.ts';
import { isJobId, untilClosed, type App, type RouteContext } from '../route-context.ts';
import { jobParameters, resultsQuery } from '../schemas/index.ts';
import { createTurns } from '../turns.ts';

const fileEndings = { text: 'txt', csv: 'csv', tsv: 'tsv', ndjson: 'ndjson' } as const satisfies Record<
  TableResultFormat,
  string
>;

/** As `object`, since the answer is a stream, and the type of the schema would ask for a string. */
const streamResponse: object = {
  description:
    'text/plain: one line per operation, the result or `ERROR CODE: message (column N)`. text/csv: RFC 4180 quoting, LF line ends, cells exactly as they are unless `spreadsheet_safe` is set. application/x-ndjson: one object per operation, `{id, custom_id?, request, result}` or `{id, custom_id?, request, error}`. Of a table: text/csv or text/tab-separated-values, the rows of the file byte for byte, with the results and an error column behind them; text/plain, the results alone with TAB between them; application/x-ndjson, of an NDJSON file its objects with the results added, of others `{id, request, results, errors?, error?}`.',
  content: {
    'text/plain': { schema: { type: 'string' } },
    'text/csv': { schema: { type: 'string' } },
    'text/tab-separated-values': { schema: { type: 'string' } },
    'application/x-ndjson': { schema: { type: 'string' } },
  },
  headers: {
    'Mathmill-Job-Status': { type: 'string', description: 'The status of the job when the response began.' },
    'Mathmill-Lines': {
      type: 'integer',
      description:
        'How many outcomes the response holds, without the header line of CSV; absent unless the job was finished.',
    },
  },
};

const path = '/api/jobs/:job_id/results';

export function addResultRoutes(
  app: App,
  { serviceOf, logger, stopping, compressStream, budgets }: RouteContext,
): void {
  const turns = createTurns();
  app.server.on('connection', () => turns.noteConnection());
  app.route({
    method: 'GET',
    url: path,
    config: { access: 'reader', audit: 'results.read' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'getResults',
      summary: 'Every outcome in line order, as one stream',
      description:
        'While the job is in progress, the response ends before the first operation without an outcome, unless `follow` is set. The header `Mathmill-Job-Status` is the status of the job when the response began. If the job was finished, `Mathmill-Lines` is the number of outcomes in the response: a response that holds fewer is incomplete. Request the rest with `from`.',
      tags: ['operations'],
      params: jobParameters,
      querystring: resultsQuery,
      response: {
        200: streamResponse,
        ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND', 'NOT_ACCEPTABLE', 'TOO_MANY_REQUESTS', 'TOO_BUSY'),
      },
    },
    handler: async (request, reply) => {
      const { from, limit, follow } = request.query;
      const readFormat = (job: JobView): TableResultFormat => readResultFormat(request, request.query, job);
      const id = readJobId(request.params.job_id);
      const signal = untilClosed(reply.raw, follow ? stopping : undefined);
      takeUntilClosed(budgets, 'downloads', 1, request, reply);
      const query = {
        from,
        limit,
        filter: readFilter(request.query),
        follow,
        // The other formats show the operations, too.
        requests: (job: JobView) => readFormat(job) !== 'text',
        readAheadBytes: () => readAheadBytes(budgets),
      };
      const stream = await serviceOf(request).streamResults(id, query, signal);
      if (stream === undefined) throw new Problem('JOB_NOT_FOUND');
      const format = readFormat(stream.job);
      const writer = createWriter(stream.job, format, request.query);
      setHeaders(reply, id, format, stream);
      const blocks = renderResults(stream.slices, writer, signal, { isLive: follow, turns });
      const body = follow ? blocks : await gatherShort(blocks, signal);
      // The client has left before the first block.
      if (body === undefined) return reply.hijack();
      if (body instanceof Uint8Array) return reply.send(body);
      const rendered = Readable.from(body, { objectMode: false });
      rendered.on('error', (error) => {
        if (reply.raw.destroyed) return;
        logger.warn({ requestId: request.id, jobId: id, err: error }, 'results interrupted');
        markBroken(request);
      });
      return reply.send(compressStream(request, reply, rendered, follow));
    },
  });

  // The HEAD route that Fastify would make reads the whole stream.
  app.route({
    method: 'HEAD',
    url: path,
    config: { access: 'reader' },
    schema: { hide: true, params: jobParameters, querystring: resultsQuery },
    handler: async (request, reply) => {
      const id = readJobId(request.params.job_id);
      const { from, limit, follow } = request.query;
      // The slices are not read.
      const query = { from, limit, filter: readFilter(request.query), follow, requests: false };
      const stream = await serviceOf(request).streamResults(id, query, untilClosed(reply.raw));
      if (stream === undefined) throw new Problem('JOB_NOT_FOUND');
      setHeaders(reply, id, readResultFormat(request, request.query, stream.job), stream);
      return reply.send();
    },
  });
}

function readJobId(id: string): string {
  if (isJobId(id)) return id;
  throw new Problem('JOB_NOT_FOUND');
}

function setHeaders(reply: FastifyReply, id: string, format: TableResultFormat, { job, lines }: ResultStream): void {
  const place = format === 'text' ? 'inline' : 'attachment';
  reply.header('content-type', contentTypeOf(format, job.table?.hasHeader ?? true));
  reply.header('content-disposition', `${place}; filename="mathmill-${id}.${fileEndings[format]}"`);
  reply.header('mathmill-job-status', job.status);
  if (lines !== undefined) reply.header('mathmill-lines', lines);
  // nginx would write what its client has not read yet to its disk, and hold back the lines of a job in progress.
  reply.header('x-accel-buffering', 'no');
  addVary(reply, 'Accept');
  addVary(reply, 'Accept-Encoding');
}

/**
 * Over HTTP/1.0 a response ends with its connection, so a part looks like the whole. A reset is the only way to inform the
 * client, or the proxy, that something is missing.
 */
function markBroken({ raw }: FastifyRequest): void {
  if (raw.httpVersionMinor === 0) raw.socket.resetAndDestroy();
}
