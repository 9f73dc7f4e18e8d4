/** The HTTP API as a Fastify application. It only translates: what is true and what happens is the engine's business. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { noopLogger, type JobService, type Logger } from '../engine/index.ts';
import type { AuditLog } from '../access/index.ts';
import { addAccessControl, addAudit } from './access/index.ts';
import type { AccessControl } from './route-access.ts';
import { createBudgets, createResponseHook, type Budgets } from './budgets/index.ts';
import { toProblem, retryAfterSeconds } from './error-problems.ts';
import { createLingerHook } from './lingering-close.ts';
import { rejectOtherMethods } from './method-not-allowed.ts';
import { addOpenApi, writeOpenApi } from './openapi.ts';
import { createOriginGuard, type OriginGuardOptions } from './origin-guard.ts';
import { Problem, problemContentType, writeProblem } from './problems.ts';
import { createBodyCompression, createStreamCompression } from './response-encoding.ts';
import type { App, RouteContext } from './route-context.ts';
import { addClusterRoutes } from './routes/cluster.ts';
import { addEvaluateRoutes } from './routes/evaluate.ts';
import { addEventRoutes } from './routes/events.ts';
import { addFunctionRoutes } from './routes/functions.ts';
import { addPageRoutes, type PageFiles } from './page/index.ts';
import { observeRequests, observeUnrouted, type RequestObserver } from './request-observer.ts';
import { addHealthRoutes, type HealthContext } from './routes/health.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addMetricsRoute, type MetricsPage } from './routes/metrics.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addPages } from './routes/pages.ts';
import { addRepairRoute } from './routes/repair.ts';
import { addResultRoutes } from './routes/results.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addTokenRoutes } from './routes/tokens.ts';
import { addUploadRoutes } from './routes/uploads.ts';
import { createValidatorCompiler } from './validation.ts';
import { components, healthSchema, problemSchema, readinessSchema } from './schemas/index.ts';

export interface AppDependencies {
  readonly service: JobService;
  readonly logger: Logger;
  /** Aborted when the server begins to stop: new requests are rejected, endless responses end. */
  readonly stopping: AbortSignal;
  /** Budgets that all clients share. */
  readonly budgets: Budgets;
  /** Called for each request. Optional. */
  readonly observer?: RequestObserver | undefined;
  /** The page of `GET /metrics`; without it there is no such address. */
  readonly metricsPage?: MetricsPage | undefined;
  /** The built web page; without it `/` leads to the reference of the API. */
  readonly page?: PageFiles | undefined;
  /** Who may do what; without it no tokens are needed. */
  readonly access?: AccessControl | undefined;
  /** Who did what; without it nothing is written down. */
  readonly auditLog?: AuditLog | undefined;
}

export interface AppOptions extends OriginGuardOptions {
  /** Bytes of one upload after decompression; what is sure to be longer is rejected unread. */
  readonly uploadBytesMax: number;
}

/** URL and headers of a request together. */
export const headerBytesMax = 16 * 1024;

/** For every answer: nothing is guessed, framed, embedded by other sites or kept in caches. Pages have their own policy. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/** Headers of a response whose body failed before its first byte, and which would be wrong for the problem document. */
const resultHeaders = ['content-encoding', 'content-disposition', 'mathmill-lines', 'mathmill-job-status'] as const;

type ServerFactory = NonNullable<FastifyServerOptions['serverFactory']>;

/** The whole API. */
export async function createApp(
  dependencies: AppDependencies,
  options: AppOptions,
  serverFactory?: ServerFactory,
): Promise<App> {
  const { logger, stopping, budgets } = dependencies;
  const app = createBareApp(dependencies, options, serverFactory);
  for (const schema of components) app.addSchema(schema);
  await addOpenApi(app);
  const finishRoutes = rejectOtherMethods(app);
  const access = addAccessControl(app, dependencies.service, dependencies.access);
  addAudit(app, { log: dependencies.auditLog, addressOf: ({ raw }) => budgets.addresses.nameOf(raw) });
  const context: RouteContext = {
    service: dependencies.service,
    access,
    serviceOf: access.serviceOf,
    logger,
    stopping,
    compressStream: createStreamCompression(budgets),
    budgets,
    uploadBytesMax: options.uploadBytesMax,
  };
  addUploadRoutes(app, context);
  addRepairRoute(app, context);
  addJobRoutes(app, context);
  addOperationRoutes(app, context);
  addResultRoutes(app, context);
  addEventRoutes(app, context);
  addEvaluateRoutes(app, context);
  addFunctionRoutes(app);
  addSessionRoutes(app, context);
  addTokenRoutes(app, context);
  addClusterRoutes(app, context);
  addHealthRoutes(app, context);
  if (dependencies.metricsPage !== undefined) addMetricsRoute(app, dependencies.metricsPage);
  await addPages(app);
  addPageRoutes(app, dependencies.page);
  finishRoutes();
  return app;
}

export type HealthAppDependencies = HealthContext &
  Pick<AppDependencies, 'stopping' | 'budgets' | 'observer' | 'metricsPage'>;

/** Only the responses to probes and scrapers: for a process that serves no users, and for a port of their own. */
export async function createHealthApp(
  dependencies: HealthAppDependencies,
  options: OriginGuardOptions,
  serverFactory?: ServerFactory,
): Promise<App> {
  const app = createBareApp(dependencies, options, serverFactory);
  for (const schema of [healthSchema, readinessSchema, problemSchema]) app.addSchema(schema);
  const finishRoutes = rejectOtherMethods(app);
  addHealthRoutes(app, dependencies);
  if (dependencies.metricsPage !== undefined) addMetricsRoute(app, dependencies.metricsPage);
  finishRoutes();
  return app;
}

/** An application without routes: its hooks, and what it answers when something is wrong. */
function createBareApp(
  { logger, stopping, budgets, observer }: Pick<AppDependencies, 'logger' | 'stopping' | 'budgets' | 'observer'>,
  options: OriginGuardOptions,
  serverFactory: ServerFactory | undefined,
): App {
  const app = Fastify({
    genReqId: () => randomUUID(),
    // A request in progress gets its response; later ones are rejected below, with a problem document.
    return503OnClosing: false,
    // The server answers what never becomes a request (broken-requests.ts); two answers would be one too many.
    clientErrorHandler() {},
    // An id of any length is looked at by its route: what cannot be an id is not found there.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: headerBytesMax },
    frameworkErrors(error, request, reply) {
      observeUnrouted(observer, request, reply, () => void sendProblem(error, request, reply, logger));
    },
    ...(serverFactory === undefined ? {} : { serverFactory }),
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(createValidatorCompiler());
  // Bodies are not read by Fastify: uploads are streams, and other routes have none.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));

  if (observer !== undefined) observeRequests(app, observer);
  addHooks(app, logger, stopping);
  app.addHook('onRequest', createOriginGuard(options));
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? new Problem('NOT_FOUND') : undefined);
  });
  // For the plugins that look for a file and find none.
  app.setNotFoundHandler((request, reply) => sendProblem(new Problem('NOT_FOUND'), request, reply, logger));
  app.addHook('onSend', createResponseHook(budgets));
  app.addHook('onSend', createLingerHook(stopping));
  app.addHook('onSend', createBodyCompression(budgets));
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, logger));
  return app;
}

/** The OpenAPI document of the API. Nothing is called for it, so there is no engine behind this application. */
export async function describeApi(): Promise<string> {
  const service = new Proxy({} as JobService, {
    get() {
      throw new Error('this application only describes itself');
    },
  });
  const app = await createApp(
    { service, logger: noopLogger, stopping: new AbortController().signal, budgets: createBudgets() },
    { host: '127.0.0.1', machineName: '', allowedHosts: [], allowedOrigins: [], uploadBytesMax: 0 },
  );
  await app.ready();
  const document = writeOpenApi(app);
  await app.close();
  return document;
}

/** None of these waits for anything, so they are called back: a promise for each would cost more than what they do. */
function addHooks(app: App, logger: Logger, stopping: AbortSignal): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
    if (stopping.aborted)
      throw new Problem('STOPPING', undefined, { connection: 'close', 'retry-after': retryAfterSeconds });
    checkHeaders(request);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping.aborted) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const fields = {
      requestId: request.id,
      method: request.method,
      // The pattern: the address itself may hold what a user wrote.
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      isComplete: reply.raw.writableFinished,
    };
    logger.debug(fields, 'request');
    done();
  });
}

/** Rejects requests that Node would reject without a problem document (see server.ts). */
function checkHeaders({ raw }: FastifyRequest): void {
  const { host, expect } = raw.headers;
  // An empty one names no server either: no http URL has an empty host (RFC 9110, section 4.2.1).
  if ((host === undefined || host === '') && raw.httpVersion > '1.0') {
    const detail = 'An HTTP/1.1 request needs a Host header that names the server.';
    throw new Problem('MALFORMED_REQUEST', detail, { connection: 'close' });
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') throw new Problem('EXPECTATION_FAILED');
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const problem = toProblem(error);
  const fields = { requestId: request.id, route: request.routeOptions.url, code: problem.code };
  if (problem.code === 'INTERNAL') logger.error({ ...fields, err: error }, 'request failed');
  else if (problem.status >= 500) logger.warn({ ...fields, err: error }, 'request could not be served');
  else if (isGone(reply.raw)) logger.info(fields, 'the client disconnected');
  for (const name of resultHeaders) reply.removeHeader(name);
  return reply
    .code(problem.status)
    .headers({ ...securityHeaders, 'x-request-id': request.id, ...problem.headers })
    .type(problemContentType)
    .send(writeProblem(problem, request.id));
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}
