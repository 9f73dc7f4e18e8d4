/**
 * The HTTP server: the connections, their limits, and an orderly stop. Uploads and downloads may take hours as long as
 * bytes flow, so there is no limit on the time of a request, only on idle time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Logger, Service } from '../engine/index.ts';
import type { FastifyServerOptions } from 'fastify';
import {
  createApp,
  createHealthApp,
  headerBytesMax,
  type AppDependencies,
  type AppOptions,
  type HealthAppDependencies,
} from './app.ts';
import { createBudgets, type BudgetKind, type BudgetLimits, type Budgets, type BudgetUse } from './budgets/index.ts';
import type { OriginGuardOptions } from './origin-guard.ts';
import { answerBrokenRequests, refuseTunnels } from './broken-requests.ts';
import { closeIdleConnections } from './idle-timeout.ts';
import { trackExchanges, type Exchanges } from './exchanges.ts';
import type { App } from './route-context.ts';

export type HttpServerDependencies = Omit<AppDependencies, 'stopping' | 'budgets'>;

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A connection on which the client has moved no byte for this long, when it was its turn, is closed. Default 60 s. */
  readonly idleMs?: number;
  /** How long a client may take to send the headers of a request, however it does it. Default 30 s. */
  readonly headersMs?: number;
  /** How long requests in progress may take to end once the server stops; then they are cut off. Default 5 s. */
  readonly graceMs?: number;
  /** How much there is of what clients share. */
  readonly budgets?: Partial<BudgetLimits>;
}

export type HttpServerOptions = AppOptions & ListenOptions;

export interface HttpServer extends Service {
  /** Where the server listens, such as `http://127.0.0.1:8080`; undefined unless it is started. */
  readonly url: string | undefined;
  /** For metrics. */
  readBudgets(): Readonly<Record<BudgetKind, BudgetUse>>;
}

const defaultIdleMs = 60_000;
const defaultGraceMs = 5_000;
/** While it stops, connections that have become unused are looked for this often. */
const sweepMs = 50;
const defaultHeadersMs = 30_000;
/** How often that limit is checked, at the most. */
const headersCheckMsMax = 5_000;
/** Probes and scrapers are few; no other clients should reach their port. */
const probeConnectionsMax = 200;
/** Clients that vanish without closing are found by the keep-alive probes of TCP, which start after this idle time. */
const probeAfterMs = 30_000;

/** Why the server could not start, in words for the user who started it. */
export class HttpStartError extends Error {
  override readonly name = 'HttpStartError';
  readonly code: string;

  constructor(code: string, message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Serves the whole API. */
export function createHttpServer(dependencies: HttpServerDependencies, options: HttpServerOptions): HttpServer {
  const budgets = createBudgets(options.budgets);
  return serveApp(
    (stopping, serverFactory) => createApp({ ...dependencies, stopping, budgets }, options, serverFactory),
    options,
    budgets,
    dependencies.logger,
  );
}

/** Answers probes: of a process that serves no users, or on a port that users do not reach. */
export function createHealthServer(
  dependencies: Omit<HealthAppDependencies, 'stopping' | 'budgets'>,
  options: ListenOptions & OriginGuardOptions,
): HttpServer {
  const budgets = createBudgets({ connectionsMax: probeConnectionsMax, ...options.budgets });
  return serveApp(
    (stopping, serverFactory) => createHealthApp({ ...dependencies, stopping, budgets }, options, serverFactory),
    options,
    budgets,
    dependencies.logger,
  );
}

/** A server for probes and scrapers on a port of their own, if there is one. */
export function createProbes(
  dependencies: Omit<HealthAppDependencies, 'stopping' | 'budgets'>,
  { httpHost, probePort }: { readonly httpHost: string; readonly probePort: number | undefined },
): readonly HttpServer[] {
  if (probePort === undefined) return [];
  return [
    createHealthServer(dependencies, {
      host: httpHost,
      port: probePort,
      machineName: '',
      allowedHosts: ['*'],
      allowedOrigins: [],
    }),
  ];
}

type MakeApp = (
  stopping: AbortSignal,
  serverFactory: NonNullable<FastifyServerOptions['serverFactory']>,
) => Promise<App>;

function serveApp(makeApp: MakeApp, options: ListenOptions, budgets: Budgets, logger: Logger): HttpServer {
  const stopping = new AbortController();
  let app: App | undefined;
  let connections: Connections | undefined;
  let url: string | undefined;
  let stopped: Promise<void> | undefined;

  async function close(app: App): Promise<void> {
    url = undefined;
    const timer = setTimeout(() => {
      logger.warn({}, 'requests were still in progress and were aborted');
      app.server.closeAllConnections();
    }, options.graceMs ?? defaultGraceMs);
    // Answers that began before the stop leave their connections open.
    const sweep = setInterval(() => connections?.exchanges.closeUnused(), sweepMs);
    connections?.exchanges.closeUnused();
    // Connections that the system has accepted become the server's own first; otherwise they would be reset.
    await setImmediate();
    try {
      await app.close();
    } finally {
      clearTimeout(timer);
      clearInterval(sweep);
    }
  }

  return {
    get url() {
      return url;
    },
    readBudgets: () => budgets.readUse(),
    async start() {
      app = await makeApp(stopping.signal, (handler) => {
        connections = createConnections(handler, options, budgets, logger);
        return connections.server;
      });
      try {
        await app.listen({ host: options.host, port: options.port });
      } catch (error) {
        await app.close();
        throw toStartError(error, options);
      }
      url = toUrl(options.host, app.server.address() as AddressInfo);
    },
    async stop() {
      stopping.abort();
      if (app !== undefined) stopped ??= close(app);
      await stopped;
    },
  };
}

interface Connections {
  readonly server: Server;
  readonly exchanges: Exchanges;
}

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

function createConnections(
  handler: RequestHandler,
  options: ListenOptions,
  budgets: Budgets,
  logger: Logger,
): Connections {
  const { idleMs = defaultIdleMs, headersMs = defaultHeadersMs } = options;
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(headersMs, headersCheckMsMax),
      requestTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAlive: true,
      keepAliveInitialDelay: probeAfterMs,
      noDelay: true,
      insecureHTTPParser: false,
      // The application answers, with a problem document.
      requireHostHeader: false,
    },
    handler,
  );
  // The reader of the body sends "100 Continue"; a request that is rejected never gets it.
  server.on('checkContinue', handler);
  server.on('checkExpectation', handler);
  const exchanges = trackExchanges(server);
  answerBrokenRequests(server, exchanges, logger);
  refuseTunnels(server);
  budgets.connections.limit(server, (reason) => logger.warn({ reason }, 'connection rejected: there are too many'));
  closeIdleConnections(server, exchanges, { idleMs, firstByteMs: budgets.limits.firstByteMs });
  return { server, exchanges };
}

function toUrl(host: string, address: AddressInfo): string {
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const name = isAnywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${address.port}`;
}

function toStartError(error: unknown, { host, port }: ListenOptions): HttpStartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const name = code === 'EAI_AGAIN' ? 'ENOTFOUND' : code;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `HTTP_PORT ${port} on ${host} is in use by another program: stop it, or set HTTP_PORT to another port`,
    EACCES: `the user of this process may not listen on HTTP_PORT ${port}: set HTTP_PORT to a port from 1024 on`,
    EADDRNOTAVAIL: `HTTP_HOST ${host} is not an address of this machine: set HTTP_HOST to one that is, such as 127.0.0.1`,
    ENOTFOUND: `HTTP_HOST ${host} is not a known host name: set HTTP_HOST to an address of this machine, such as 127.0.0.1`,
  };
  const reason = reasons[name] ?? `cannot listen on HTTP_HOST ${host}, HTTP_PORT ${port}: ${describe(error)}`;
  return new HttpStartError(code, reason, { cause: error });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
