import { Readable } from 'node:stream';
import { renderEvents } from '../event-stream.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { isJobId, untilClosed, type App, type RouteContext } from '../route-context.ts';
import { jobParameters, noQuery } from '../schemas.ts';

/** Shortest time between two events of one client. */
const eventIntervalMs = 100;

/** As `object`, since the answer is a stream, and the type of the schema would ask for a string. */
const streamResponse: object = {
  description: 'Events.',
  content: { 'text/event-stream': { schema: { type: 'string' } } },
};

export function addEventRoutes(app: App, { service, stopping }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/events',
    exposeHeadRoute: false,
    schema: {
      operationId: 'watchJob',
      summary: 'Progress of a job as server-sent events',
      description:
        '`progress` events carry the job (as GET /api/jobs/{id} gives it) whenever it has changed, at most ten a second. The last event is `end` with `{"reason": "finished"}` or `{"reason": "deleted"}`. A connection that closes without it can be opened again.',
      tags: ['jobs'],
      params: jobParameters,
      querystring: noQuery,
      response: {
        200: streamResponse,
        ...problemResponses('JOB_NOT_FOUND'),
      },
    },
    handler: async (request, reply) => {
      const id = request.params.job_id;
      const signal = untilClosed(reply.raw, stopping);
      const views = isJobId(id) ? await service.watchJob(id, eventIntervalMs, signal) : undefined;
      if (views === undefined) throw new Problem('JOB_NOT_FOUND');
      reply.header('content-type', 'text/event-stream; charset=utf-8');
      // Proxies that gather an answer before they pass it on would hold events back.
      reply.header('x-accel-buffering', 'no');
      return reply.send(Readable.from(renderEvents(views, signal), { objectMode: false }));
    },
  });
}
