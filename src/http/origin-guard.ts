/**
 * Keeps web pages of other origins out. A text/plain POST needs no preflight, so any page could otherwise feed a
 * Mathmill on the visitor's own machine. Three rules:
 *
 * - A request with an `Origin` is taken from the server's own pages (the host of the origin is the `Host` of the request)
 *   and from the allowed origins; `null`, the origin of files and sandboxes, is neither.
 * - A server that listens on this machine only also checks `Host`: a foreign name there means that a page reached us by
 *   a name of its own that leads to this machine (DNS rebinding), and then its origin would look like ours. A proxy on
 *   this machine that passes the outer name on is let in by putting the outer origin in the allowed ones.
 * - Allowed origins get the CORS headers; nobody else does.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems.ts';

export interface OriginGuardOptions {
  /** The address that the server listens on. */
  readonly host: string;
  readonly allowedOrigins: readonly string[];
}

const methods = 'GET, HEAD, POST, DELETE';
const requestHeaders = 'Content-Type, Content-Encoding, Idempotency-Key, Accept, Last-Event-ID';
const exposedHeaders =
  'Location, Idempotent-Replayed, Mathmill-Job-Status, Content-Disposition, Retry-After, Allow, X-Request-Id';
/** Seconds for which a browser may remember the answer to a preflight. */
const preflightAgeSeconds = '600';

export type OriginGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** An onRequest hook; it answers preflights itself. */
export function createOriginGuard(options: OriginGuardOptions): OriginGuard {
  const isLocal = isLoopback(options.host);
  const allowedOrigins = new Set(options.allowedOrigins);
  const allowedHosts = new Set(options.allowedOrigins.map((origin) => new URL(origin).host));

  return async function guard(request, reply) {
    const host = (request.headers.host ?? '').toLowerCase();
    if (isLocal && !isLoopback(hostName(host)) && !allowedHosts.has(host)) {
      throw new Problem(
        'FORBIDDEN_HOST',
        'This server listens on its own machine only and was called by the name of another; use localhost or 127.0.0.1.',
      );
    }
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined) return undefined;
    if (!allowedOrigins.has(origin)) {
      if (URL.parse(origin)?.host === host) return undefined;
      throw new Problem('FORBIDDEN_ORIGIN', 'Web pages of this origin may not use this server; see ALLOWED_ORIGINS.');
    }
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-expose-headers', exposedHeaders);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
      return undefined;
    reply.header('access-control-allow-methods', methods);
    reply.header('access-control-allow-headers', requestHeaders);
    reply.header('access-control-max-age', preflightAgeSeconds);
    return reply.code(204).send();
  };
}

/** The name in a Host header, without the port and the brackets of an IPv6 address. */
function hostName(host: string): string {
  const name = /^(.*?)(?::\d*)?$/.exec(host)?.[1] ?? '';
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
