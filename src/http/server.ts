/**
 * The HTTP server: the connections, their limits, and an orderly stop. Uploads and downloads may take hours as long as
 * bytes flow, so there is no limit on the time of a request, only on silence.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger, Service } from '../engine/index.ts';
import type { FastifyServerOptions } from 'fastify';
import {
  createApp,
  createHealthApp,
  type AppDependencies,
  type AppOptions,
  type HealthAppDependencies,
} from './app.ts';
import type { OriginGuardOptions } from './origin-guard.ts';
import { answerBrokenRequests } from './broken-requests.ts';
import { closeSilentConnections } from './silent-connections.ts';
import { trackExchanges, type Exchanges } from './exchanges.ts';
import type { App } from './route-context.ts';

export type HttpServerDependencies = Omit<AppDependencies, 'stopping'>;

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A connection on which the client has moved no byte for this long, when it was its turn, is closed. Default 60 s. */
  readonly idleMs?: number;
  /** How long a client may take to send the headers of a request, however it does it. Default 30 s. */
  readonly headersMs?: number;
  /** How long requests under way may take to end once the server stops; then they are cut off. Default 5 s. */
  readonly graceMs?: number;
}

export type HttpServerOptions = AppOptions & ListenOptions;

export interface HttpServer extends Service {
  /** Where the server listens, such as `http://127.0.0.1:8080`; undefined unless it is started. */
  readonly url: string | undefined;
}

const defaultIdleMs = 60_000;
const defaultGraceMs = 5_000;
/** While it stops, connections that have become unused are looked for this often. */
const sweepMs = 50;
/** URL and headers of a request together. */
const headerBytesMax = 16 * 1024;
const defaultHeadersMs = 30_000;
/** How often that limit is looked after, at the most. */
const headersCheckMsMax = 5_000;
/** Connections beyond these are closed at once: each costs memory whether it does anything or not. */
const connectionsMax = 10_000;
/** Peers that vanish without a word are found by the keep-alive probes of TCP, which start after this silence. */
const probeAfterMs = 30_000;

/** Why the server could not start, in words for whoever started it. */
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
  return serveApp(
    (stopping, serverFactory) => createApp({ ...dependencies, stopping }, options, serverFactory),
    options,
    dependencies.logger,
  );
}

/** Answers probes of a process that serves no users. */
export function createHealthServer(
  dependencies: Omit<HealthAppDependencies, 'stopping'>,
  options: ListenOptions & OriginGuardOptions,
): HttpServer {
  return serveApp(
    (stopping, serverFactory) => createHealthApp({ ...dependencies, stopping }, options, serverFactory),
    options,
    dependencies.logger,
  );
}

type MakeApp = (
  stopping: AbortSignal,
  serverFactory: NonNullable<FastifyServerOptions['serverFactory']>,
) => Promise<App>;

function serveApp(makeApp: MakeApp, options: ListenOptions, logger: Logger): HttpServer {
  const stopping = new AbortController();
  let app: App | undefined;
  let connections: Connections | undefined;
  let url: string | undefined;
  let stopped: Promise<void> | undefined;

  async function close(app: App): Promise<void> {
    url = undefined;
    const timer = setTimeout(() => {
      logger.warn({}, 'requests were still under way and are cut off');
      app.server.closeAllConnections();
    }, options.graceMs ?? defaultGraceMs);
    // Answers that began before the stop leave their connections open.
    const sweep = setInterval(() => connections?.exchanges.closeUnused(), sweepMs);
    connections?.exchanges.closeUnused();
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
    async start() {
      app = await makeApp(stopping.signal, (handler) => {
        connections = createConnections(handler, options, logger);
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

function createConnections(handler: RequestHandler, options: ListenOptions, logger: Logger): Connections {
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
    },
    handler,
  );
  server.maxConnections = connectionsMax;
  // Whoever reads the body says "100 Continue"; a request that is refused is never told to send it.
  server.on('checkContinue', handler);
  server.on('drop', () => logger.warn({ connectionsMax }, 'a connection was refused: there are too many'));
  const exchanges = trackExchanges(server);
  answerBrokenRequests(server, exchanges, logger);
  closeSilentConnections(server, exchanges, idleMs);
  return { server, exchanges };
}

function toUrl(host: string, address: AddressInfo): string {
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const name = isAnywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${address.port}`;
}

function toStartError(error: unknown, { host, port }: ListenOptions): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use by another program.`,
    EACCES: `This user may not listen on port ${port}.`,
    EADDRNOTAVAIL: `This machine has no address ${host}.`,
    ENOTFOUND: `The host name ${host} is not known.`,
  };
  const reason = reasons[code];
  return reason === undefined ? error : new HttpStartError(code, reason, { cause: error });
}
