import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { clampPage, isJobId, lastPage, parseOperationId, type App, type RouteContext } from '../route-context.ts';
import {
  jobParameters,
  noQuery,
  operationPageSchema,
  operationParameters,
  operationSchema,
  operationsQuery,
  refer,
} from '../schemas.ts';
import { toOperationBody } from '../views.ts';

export function addOperationRoutes(app: App, { service }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/operations',
    schema: {
      operationId: 'listOperations',
      summary: 'List the operations of a job, in line order',
      tags: ['operations'],
      params: jobParameters,
      querystring: operationsQuery,
      response: { 200: refer(operationPageSchema), ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND') },
    },
    handler: async (request) => {
      const id = request.params.job_id;
      if (!isJobId(id)) throw new Problem('JOB_NOT_FOUND');
      const { outcome } = request.query;
      const filter = outcome === 'all' ? undefined : outcome;
      const wanted = clampPage(request.query);
      const { size } = wanted;
      const read = async (page: number) => {
        const list = await service.listOperations(id, { offset: (page - 1) * size, limit: size, filter });
        if (list === undefined) throw new Problem('JOB_NOT_FOUND');
        return list;
      };
      let { page } = wanted;
      let list = await read(page);
      const last = lastPage(wanted, list.total);
      if (last !== page) {
        page = last;
        list = await read(page);
      }
      return { page, size, total: list.total, items: list.operations.map(toOperationBody) };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/operations/:operation_id',
    schema: {
      operationId: 'getOperation',
      summary: 'Read one operation',
      tags: ['operations'],
      params: operationParameters,
      querystring: noQuery,
      response: { 200: refer(operationSchema), ...problemResponses('JOB_NOT_FOUND', 'OPERATION_NOT_FOUND') },
    },
    handler: async (request) => {
      const id = request.params.job_id;
      if (!isJobId(id)) throw new Problem('JOB_NOT_FOUND');
      const line = parseOperationId(request.params.operation_id);
      const operation = line === undefined ? undefined : await service.readOperation(id, line);
      if (operation !== undefined) return toOperationBody(operation);
      throw new Problem((await service.readJob(id)) === undefined ? 'JOB_NOT_FOUND' : 'OPERATION_NOT_FOUND');
    },
  });
}
