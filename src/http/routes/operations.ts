import type { OperationsQuery, OperationView, SearchQuery } from '../../engine/index.ts';
import type { Table } from '../../jobs/index.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { invalidCursor, readPageStart, toPageBody, type PageStart } from '../paging.ts';
import { isJobId, parseOperationId, type App, type RouteContext } from '../route-context.ts';
import {
  jobParameters,
  noQuery,
  operationPageSchema,
  operationParameters,
  operationSchema,
  operationSearchSchema,
  operationsQuery,
  type OperationsRequestQuery,
  refer,
  searchQuery,
  type SearchRequestQuery,
} from '../schemas/index.ts';
import { createTurns } from '../turns.ts';
import { toOperationBody } from '../views.ts';

export function addOperationRoutes(app: App, { service, serviceOf }: RouteContext): void {
  // Searches take turns with each other, and everybody else comes in between.
  const turns = createTurns();
  app.server.on('connection', () => turns.noteConnection());

  /** The table that names the results of rows. */
  async function readTable(id: string, operations: readonly OperationView[]): Promise<Table | undefined> {
    if (operations.every(({ row }) => row === undefined)) return undefined;
    const job = await service.readJob(id);
    if (job === undefined) throw new Problem('JOB_NOT_FOUND');
    return job.table;
  }

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/operations',
    config: { access: 'reader' },
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
      const { outcome, size } = request.query;
      const filter = outcome === 'all' ? undefined : outcome;
      const start = readStart(request.query);
      const list = await serviceOf(request).listOperations(id, { start, limit: size, filter });
      if (list === undefined) throw new Problem('JOB_NOT_FOUND');
      const table = await readTable(id, list.operations);
      return toPageBody(
        list.offset === undefined ? undefined : list.offset / size + 1,
        size,
        list.total,
        list.operations.map((operation) => toOperationBody(operation, table)),
        list.next?.toString(),
      );
    },
  });

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/operations/search',
    config: { access: 'reader' },
    schema: {
      operationId: 'searchOperations',
      summary: 'Search the operations of a job',
      description:
        'Looks through the operations in line order for a string, an error code, or both. A response comes after a bounded amount of work, whatever it has found by then: to search the whole job, continue with `next_line` until it is absent.',
      tags: ['operations'],
      params: jobParameters,
      querystring: searchQuery,
      response: { 200: refer(operationSearchSchema), ...problemResponses('INVALID_PARAMETER', 'JOB_NOT_FOUND') },
    },
    handler: async (request) => {
      const id = request.params.job_id;
      if (!isJobId(id)) throw new Problem('JOB_NOT_FOUND');
      const found = await serviceOf(request).searchOperations(id, toSearchQuery(request.query), () => turns.next());
      if (found === undefined) throw new Problem('JOB_NOT_FOUND');
      const table = await readTable(id, found.operations);
      return {
        items: found.operations.map((operation) => toOperationBody(operation, table)),
        searched_through: found.searchedThrough,
        ...(found.next === undefined ? {} : { next_line: found.next }),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/jobs/:job_id/operations/:operation_id',
    config: { access: 'reader' },
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
      const operation = line === undefined ? undefined : await serviceOf(request).readOperation(id, line);
      if (operation !== undefined) return toOperationBody(operation, await readTable(id, [operation]));
      throw new Problem((await serviceOf(request).readJob(id)) === undefined ? 'JOB_NOT_FOUND' : 'OPERATION_NOT_FOUND');
    },
  });
}

function readStart({ near_line: nearLine, ...query }: OperationsRequestQuery): OperationsQuery['start'] {
  if (nearLine === undefined) return toStart(readPageStart(query));
  if (query.page === undefined && query.after === undefined) return { nearLine };
  throw new Problem(
    'INVALID_PARAMETER',
    'The query parameter "near_line" excludes "page" and "after"; send one of them.',
  );
}

function toSearchQuery({ search, error_code, outcome, from_line, size }: SearchRequestQuery): SearchQuery {
  if (search === undefined && error_code === undefined) {
    throw new Problem(
      'INVALID_PARAMETER',
      'The query names nothing to search for; send "search", "error_code" or both, such as ?error_code=DIV0.',
    );
  }
  const filter = outcome === 'all' ? undefined : outcome;
  return { text: search, errorCode: error_code, filter, fromLine: from_line, limit: size };
}

function toStart(page: PageStart): OperationsQuery['start'] {
  if (page.kind === 'page') return { offset: page.offset };
  const afterLine = parseOperationId(page.after);
  if (afterLine === undefined) throw invalidCursor();
  return { afterLine };
}
