import { Type } from 'typebox';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { clampPage, isJobId, lastPage, untilClosed, type App, type RouteContext } from '../route-context.ts';
import { jobPageSchema, jobParameters, jobQuery, jobSchema, noQuery, pageQuery, refer } from '../schemas.ts';
import { toJobBody } from '../views.ts';

export function addJobRoutes(app: App, { service, stopping }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/jobs',
    schema: {
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      tags: ['jobs'],
      querystring: pageQuery,
      response: { 200: refer(jobPageSchema), ...problemResponses('INVALID_PARAMETER') },
    },
    handler: async (request) => {
      const wanted = clampPage(request.query);
      const { size } = wanted;
      let { page } = wanted;
      let list = await service.listJobs((page - 1) * size, size);
      const last = lastPage(wanted, list.total);
      if (last !== page) {
        page = last;
        list = await service.listJobs((page - 1) * size, size);
      }
      return { page, size, total: list.total, items: list.jobs.map(toJobBody) };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id',
    schema: {
      operationId: 'getJob',
      summary: 'Read a job with its exact counters',
      tags: ['jobs'],
      params: jobParameters,
      querystring: jobQuery,
      response: { 200: refer(jobSchema), ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND') },
    },
    handler: async (request, reply) => {
      const id = request.params.job_id;
      if (!isJobId(id)) throw new Problem('JOB_NOT_FOUND');
      const { wait } = request.query;
      const job = await (wait === 0
        ? service.readJob(id)
        : service.awaitJob(id, wait * 1_000, untilClosed(reply.raw, stopping)));
      if (job === undefined) throw new Problem('JOB_NOT_FOUND');
      return toJobBody(job);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/jobs/:job_id/cancel',
    schema: {
      operationId: 'cancelJob',
      summary: 'Cancel a job',
      description:
        'Operations without an outcome get the error CANCELLED; results stay. A job that is finished already stays as it is.',
      tags: ['jobs'],
      params: jobParameters,
      querystring: noQuery,
      response: { 200: refer(jobSchema), ...problemResponses('JOB_NOT_FOUND') },
    },
    handler: async (request) => {
      const id = request.params.job_id;
      const verdict = isJobId(id) ? await service.cancelJob(id) : ({ kind: 'unknown' } as const);
      if (verdict.kind === 'unknown') throw new Problem('JOB_NOT_FOUND');
      return toJobBody(verdict.job);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/jobs/:job_id',
    schema: {
      operationId: 'deleteJob',
      summary: 'Delete a job with everything it holds',
      tags: ['jobs'],
      params: jobParameters,
      querystring: noQuery,
      response: { 204: Type.Null({ description: 'The job is gone.' }), ...problemResponses('JOB_NOT_FOUND') },
    },
    handler: async (request, reply) => {
      const id = request.params.job_id;
      if (!isJobId(id) || !(await service.deleteJob(id))) throw new Problem('JOB_NOT_FOUND');
      return reply.code(204).send(null);
    },
  });
}
