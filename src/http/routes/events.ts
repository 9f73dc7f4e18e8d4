import { Type } from 'typebox';
import { takeUntilClosed } from '../budgets/index.ts';
import { endEventId } from '../event-stream.ts';
import { createJobFollowers } from '../job-followers.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { isJobId, type App, type RouteContext } from '../route-context.ts';
import { eventHeaders, jobParameters, noQuery } from '../schemas/index.ts';
import { whenClosed } from '../when-closed.ts';

/** As `object`, since the answer is a stream, and the type of the schema would ask for a string. */
const streamResponse: object = {
  description: 'A stream of events, each of which has the fields of `JobEvent`.',
  content: {
    'text/event-stream': {
      schema: {
        type: 'string',
        examples: ['event: progress\ndata: {…}\n\nid: end\nevent: end\ndata: {"reason":"finished"}\n\n'],
      },
    },
  },
};

export function addEventRoutes(app: App, { service, stopping, budgets, access }: RouteContext): void {
  const followers = createJobFollowers({ service, stopping });
  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/events',
    config: { access: 'reader' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'watchJob',
      summary: 'Progress of a job as server-sent events',
      description:
        '`progress` events carry the job, as GET /api/jobs/{id} returns it but without the members of a table, whenever it has changed, at most ten per second. The last event is `end` with `{"reason": "finished"}` or `{"reason": "deleted"}`. If a connection closes without it, connect again. A browser connects again after the end, too: it sends the id of the `end` event in `Last-Event-ID`, and the response 204 makes it stop.',
      tags: ['jobs'],
      params: jobParameters,
      querystring: noQuery,
      headers: eventHeaders,
      response: {
        200: streamResponse,
        204: Type.Null({ description: 'There are no more events: `Last-Event-ID` is the id of the `end` event.' }),
        ...problemResponses('JOB_NOT_FOUND', 'TOO_MANY_REQUESTS', 'TOO_BUSY'),
      },
    },
    handler: async (request, reply) => {
      if (request.headers['last-event-id'] === endEventId) return reply.code(204).send(null);
      const id = request.params.job_id;
      takeUntilClosed(budgets, 'followers', 1, request, reply);
      const stream = isJobId(id) && (await access.mayKnow(request, id)) ? await followers.follow(id) : undefined;
      if (stream === undefined) throw new Problem('JOB_NOT_FOUND');
      // The client may have left already.
      const unwatch = access.watch(request, () => stream.destroy());
      whenClosed(reply.raw, () => {
        unwatch();
        stream.destroy();
      });
      reply.header('content-type', 'text/event-stream; charset=utf-8');
      // Proxies that gather an answer before they pass it on would hold events back.
      reply.header('x-accel-buffering', 'no');
      return reply.send(stream);
    },
  });
}
