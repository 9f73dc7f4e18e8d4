/** The HTTP API as a Fastify application. It only translates: what is true and what happens is the engine's business. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { silentLogger, type JobService, type Logger } from '../engine/index.ts';
import { toProblem } from './error-problems.ts';
import { createLingerHook } from './lingering-answer.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { addOpenApi, writeOpenApi } from './openapi.ts';
import { createOriginGuard, type OriginGuardOptions } from './origin-guard.ts';
import { Problem, problemContentType, writeProblem } from './problems.ts';
import type { App, RouteContext } from './route-context.ts';
import { addEvaluateRoutes } from './routes/evaluate.ts';
import { addEventRoutes } from './routes/events.ts';
import { addFunctionRoutes } from './routes/functions.ts';
import { observeRequests, type RequestObserver } from './request-observer.ts';
import { addHealthRoutes, type HealthContext } from './routes/health.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addMetricsRoute, type MetricsPage } from './routes/metrics.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addPages } from './routes/pages.ts';
import { addResultRoutes } from './routes/results.ts';
import { addUploadRoutes } from './routes/uploads.ts';
import { components, healthSchema, problemSchema, readinessSchema } from './schemas.ts';

export interface AppDependencies {
  readonly service: JobService;
  readonly logger: Logger;
  /** Aborted when the server begins to stop: new requests are refused, endless answers end. */
  readonly stopping: AbortSignal;
  /** Told of each request. Default: nobody. */
  readonly observer?: RequestObserver | undefined;
  /** What `GET /metrics` answers; without it there is no such address. */
  readonly metricsPage?: MetricsPage | undefined;
}

export interface AppOptions extends OriginGuardOptions {
  /** Bytes of one upload after decompression; what is sure to be longer is refused unread. */
  readonly uploadBytesMax: number;
}

/** For every answer: nothing is guessed, framed, embedded by other sites or kept in caches. Pages have their own policy. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

type ServerFactory = NonNullable<FastifyServerOptions['serverFactory']>;

/** The whole API. */
export async function createApp(
  dependencies: AppDependencies,
  options: AppOptions,
  serverFactory?: ServerFactory,
): Promise<App> {
  const { logger, stopping } = dependencies;
  const app = createBareApp(dependencies, options, serverFactory);
  for (const schema of components) app.addSchema(schema);
  await addOpenApi(app);
  const finishRoutes = refuseOtherMethods(app);
  const context: RouteContext = {
    service: dependencies.service,
    logger,
    stopping,
    uploadBytesMax: options.uploadBytesMax,
  };
  addUploadRoutes(app, context);
  addJobRoutes(app, context);
  addOperationRoutes(app, context);
  addResultRoutes(app, context);
  addEventRoutes(app, context);
  addEvaluateRoutes(app, context);
  addFunctionRoutes(app);
  addHealthRoutes(app, context);
  if (dependencies.metricsPage !== undefined) addMetricsRoute(app, dependencies.metricsPage);
  await addPages(app);
  finishRoutes();
  return app;
}

export type HealthAppDependencies = HealthContext & Pick<AppDependencies, 'stopping' | 'observer'>;

/** Only the answers to probes, for a process that serves no users. */
export async function createHealthApp(
  dependencies: HealthAppDependencies,
  options: OriginGuardOptions,
  serverFactory?: ServerFactory,
): Promise<App> {
  const app = createBareApp(dependencies, options, serverFactory);
  for (const schema of [healthSchema, readinessSchema, problemSchema]) app.addSchema(schema);
  const finishRoutes = refuseOtherMethods(app);
  addHealthRoutes(app, dependencies);
  finishRoutes();
  return app;
}

/** An application without routes: its hooks, and what it answers when something is wrong. */
function createBareApp(
  { logger, stopping, observer }: Pick<AppDependencies, 'logger' | 'stopping' | 'observer'>,
  options: OriginGuardOptions,
  serverFactory: ServerFactory | undefined,
): App {
  const app = Fastify({
    genReqId: () => randomUUID(),
    // A request under way gets its answer; what comes after is refused below, with a problem document.
    return503OnClosing: false,
    // The server answers what never becomes a request (broken-requests.ts); two answers would be one too many.
    clientErrorHandler() {},
    routerOptions: { ignoreTrailingSlash: true },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, logger),
    ...(serverFactory === undefined ? {} : { serverFactory }),
  }).withTypeProvider<TypeBoxTypeProvider>();

  // Bodies are not read by Fastify: uploads are streams, and other routes have none.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));

  if (observer !== undefined) observeRequests(app, observer);
  addHooks(app, logger, stopping);
  app.addHook('onRequest', createOriginGuard(options));
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw new Problem('NOT_FOUND');
  });
  app.addHook('onSend', createLingerHook(stopping));
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
    { service, logger: silentLogger, stopping: new AbortController().signal },
    { host: '127.0.0.1', allowedOrigins: [], uploadBytesMax: 0 },
  );
  await app.ready();
  const document = writeOpenApi(app);
  await app.close();
  return document;
}

function addHooks(app: App, logger: Logger, stopping: AbortSignal): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
    if (stopping.aborted) throw new Problem('STOPPING', undefined, { connection: 'close' });
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.aborted) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
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
  });
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const problem = toProblem(error);
  const fields = { requestId: request.id, route: request.routeOptions.url, code: problem.code };
  if (problem.code === 'INTERNAL') logger.error({ ...fields, err: error }, 'request failed');
  else if (problem.status >= 500) logger.warn({ ...fields, err: error }, 'request could not be served');
  else if (isGone(reply.raw)) logger.info(fields, 'the client went away');
  return reply
    .code(problem.status)
    .headers({ ...securityHeaders, 'x-request-id': request.id, ...problem.headers })
    .type(problemContentType)
    .send(writeProblem(problem, request.id));
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}
