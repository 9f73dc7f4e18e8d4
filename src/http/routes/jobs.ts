import { Type } from 'typebox';
import { takeUntilClosed } from '../budgets/index.ts';
import { readJobFilter, requireJobFilter } from '../job-filter.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { invalidCursor, readPageStart, toPageBody } from '../paging.ts';
import { isJobId, untilClosed, type App, type RouteContext } from '../route-context.ts';
import {
  cancelledJobsSchema,
  deletedJobsSchema,
  jobFilterQuery,
  jobListQuery,
  jobPageSchema,
  jobParameters,
  jobQuery,
  jobSchema,
  noQuery,
  refer,
} from '../schemas/index.ts';
import { toJobBody, toWholeJobBody } from '../views.ts';

export function addJobRoutes(app: App, { serviceOf, stopping, budgets }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/jobs',
    config: { access: 'reader' },
    schema: {
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      description:
        'In pages by number (`page`), or from a cursor on (`after`): start without both and pass `next` of each response as `after` until it is absent. `status`, `name` and `before` select jobs; `total` counts those that match all of them.',
      tags: ['jobs'],
      querystring: jobListQuery,
      response: { 200: refer(jobPageSchema), ...problemResponses('INVALID_PARAMETER') },
    },
    handler: async (request) => {
      const { size } = request.query;
      const start = readPageStart(request.query);
      if (start.kind === 'cursor' && !isJobId(start.after)) throw invalidCursor();
      const filter = readJobFilter(request.query);
      const { total, jobs, next } = await (start.kind === 'cursor'
        ? serviceOf(request).listJobsAfter(start.after, size, filter)
        : serviceOf(request).listJobs(start.offset, size, filter));
      return toPageBody(start.kind === 'page' ? start.page : undefined, size, total, jobs.map(toJobBody), next);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/jobs',
    config: { access: 'submitter', audit: 'job.delete' },
    schema: {
      operationId: 'deleteJobs',
      summary: 'Delete many jobs with everything they hold',
      description:
        'Jobs that match all of `status`, `name` and `before`, oldest first; at least one of these is required. Without `status`, jobs in progress are deleted, too. One request deletes up to 1,000 jobs: repeat it while `more` is true.',
      tags: ['jobs'],
      querystring: jobFilterQuery,
      response: { 200: refer(deletedJobsSchema), ...problemResponses('INVALID_PARAMETER') },
    },
    handler: async (request) => {
      const { changed, hasMore } = await serviceOf(request).deleteJobs(requireJobFilter(request.query));
      request.auditObject = countJobs(changed);
      return { deleted: changed, more: hasMore };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/jobs/cancel',
    config: { access: 'submitter', audit: 'job.cancel' },
    schema: {
      operationId: 'cancelJobs',
      summary: 'Cancel many jobs',
      description:
        'Jobs in progress that match all of `status`, `name` and `before`, oldest first; at least one of these is required. Finished jobs stay as they are. One request cancels up to 1,000 jobs: repeat it while `more` is true. Large jobs may be `Cancelling` for a moment after the response.',
      tags: ['jobs'],
      querystring: jobFilterQuery,
      response: { 200: refer(cancelledJobsSchema), ...problemResponses('INVALID_PARAMETER') },
    },
    handler: async (request) => {
      const { changed, hasMore } = await serviceOf(request).cancelJobs(requireJobFilter(request.query));
      request.auditObject = countJobs(changed);
      return { cancelled: changed, more: hasMore };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id',
    config: { access: 'reader' },
    schema: {
      operationId: 'getJob',
      summary: 'Read a job with its exact counters',
      tags: ['jobs'],
      params: jobParameters,
      querystring: jobQuery,
      response: {
        200: refer(jobSchema),
        ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND', 'TOO_MANY_REQUESTS', 'TOO_BUSY'),
      },
    },
    handler: async (request, reply) => {
      const id = request.params.job_id;
      if (!isJobId(id)) throw new Problem('JOB_NOT_FOUND');
      const { wait } = request.query;
      if (wait > 0) takeUntilClosed(budgets, 'followers', 1, request, reply);
      const job = await (wait === 0
        ? serviceOf(request).readJob(id)
        : serviceOf(request).awaitJob(id, wait * 1_000, untilClosed(reply.raw, stopping)));
      if (job === undefined) throw new Problem('JOB_NOT_FOUND');
      return toWholeJobBody(job);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/jobs/:job_id/cancel',
    config: { access: 'submitter', audit: 'job.cancel' },
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
      const verdict = isJobId(id) ? await serviceOf(request).cancelJob(id) : ({ kind: 'unknown' } as const);
      if (verdict.kind === 'unknown') throw new Problem('JOB_NOT_FOUND');
      return toWholeJobBody(verdict.job);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/jobs/:job_id',
    config: { access: 'submitter', audit: 'job.delete' },
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
      if (!isJobId(id) || !(await serviceOf(request).deleteJob(id))) throw new Problem('JOB_NOT_FOUND');
      return reply.code(204).send(null);
    },
  });
}

function countJobs(count: number): string {
  return `${count} ${count === 1 ? 'job' : 'jobs'}`;
}
