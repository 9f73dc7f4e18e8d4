/**
 * Keeps web pages of other origins out. A text/plain POST needs no preflight, so any page could otherwise feed a
 * Mathmill on the visitor's own machine. Three rules:
 *
 * - The `Host` of a request must be a name by which this server may be called (allowed-hosts.ts). Otherwise a page could
 *   reach the server by a name of its own that leads here, and its origin would look like ours. A request without a host
 *   comes from no browser and is accepted.
 * - A request with an `Origin` is accepted from the server's own pages (the host of the origin is the `Host` of the request)
 *   and from the allowed origins; `null`, the origin of files and sandboxes, is neither.
 * - Only allowed origins get the CORS headers.
 *
 * `X-Forwarded-Host`, `X-Forwarded-Proto` and `Forwarded` are ignored: any client can send them. A proxy passes the outer
 * `Host` on, and ALLOWED_HOSTS names it.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCheck, isSameHost, parseHost, type AllowedHostsOptions, type Host } from './allowed-hosts.ts';
import { Problem } from './problems.ts';
import { readRequestedHost } from './requested-host.ts';

export interface OriginGuardOptions extends AllowedHostsOptions {
  readonly allowedOrigins: readonly string[];
}

const methods = 'GET, HEAD, POST, DELETE';
const requestHeaders = 'Authorization, Content-Type, Content-Encoding, Idempotency-Key, Accept, Last-Event-ID';
const exposedHeaders =
  'Location, Idempotent-Replayed, Mathmill-Job-Status, Mathmill-Lines, Content-Disposition, Retry-After, Allow, X-Request-Id';
/** Seconds for which a browser may remember the answer to a preflight. */
const preflightAgeSeconds = '600';

export type OriginGuard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/** An onRequest hook; it answers preflights itself. */
export function createOriginGuard(options: OriginGuardOptions): OriginGuard {
  const allowedOrigins = new Set(options.allowedOrigins);
  const originHosts = options.allowedOrigins.map((origin) => new URL(origin).host);
  const isAllowedHost = createHostCheck({ ...options, allowedHosts: [...options.allowedHosts, ...originHosts] });

  return function guard(request, reply, done) {
    reply.header('vary', 'Origin');
    const host = readRequestedHost(request.raw);
    if (host !== undefined && !isAllowedHost(host)) throw forbiddenHost(host);
    const { origin } = request.headers;
    if (origin !== undefined && allowedOrigins.has(origin)) return allowOrigin(request, reply, origin, done);
    if (origin !== undefined && !isOwnOrigin(origin, host)) throw new Problem('FORBIDDEN_ORIGIN');
    done();
  };
}

function forbiddenHost({ name }: Host): Problem {
  const detail = `This server may not be called by the name ${name}. Use localhost or an IP address, or add the name to ALLOWED_HOSTS.`;
  return new Problem('FORBIDDEN_HOST', detail);
}

/** Whether it is the origin of this server's own pages: a scheme, a host and a port, and nothing else. */
export function isOwnOrigin(origin: string, host: Host | undefined): boolean {
  const authority = /^https?:\/\/([^/?#@]+)$/.exec(origin)?.[1];
  const own = authority === undefined ? undefined : parseHost(authority);
  return own !== undefined && host !== undefined && isSameHost(own, host);
}

/** Answers a preflight; every other request continues. */
function allowOrigin(request: FastifyRequest, reply: FastifyReply, origin: string, done: () => void): void {
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', exposedHeaders);
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
  reply.header('access-control-allow-methods', methods);
  reply.header('access-control-allow-headers', requestHeaders);
  reply.header('access-control-max-age', preflightAgeSeconds);
  reply.code(204).send();
}
