/** Finds out which host a request is for. Requests that name more than one are malformed (RFC 9112, section 3.2). */
import type { IncomingMessage } from 'node:http';
import { parseHost, isSameHost, type Host } from './allowed-hosts.ts';
import { Problem } from './problems.ts';

/**
 * Undefined for a request that names no host. HTTP/1.0 allows that, and probes of load balancers (`option httpchk` of
 * haproxy) and monitors do it; browsers always send a Host header.
 */
export function readRequestedHost(request: IncomingMessage): Host | undefined {
  const named = [...hostHeaders(request), ...targetHost(request.url ?? '')].filter((text) => text !== '');
  const hosts = named.map(readHost);
  const [first] = hosts;
  if (first === undefined || hosts.every((host) => isSameHost(host, first))) return first;
  throw new Problem('MALFORMED_REQUEST', 'The URL of the request and the Host header name different hosts.');
}

/** Node keeps the first of several Host headers and drops the others without an error. */
function hostHeaders({ rawHeaders }: IncomingMessage): string[] {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  if (values.length <= 1) return values;
  throw new Problem('MALFORMED_REQUEST', 'The request has more than one Host header.');
}

/** The host of a URL in absolute form, which clients of forward proxies send in place of a path. */
function targetHost(url: string): string[] {
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority === undefined ? [] : [authority];
}

function readHost(text: string): Host {
  const host = parseHost(text);
  if (host !== undefined && !host.name.startsWith('*')) return host;
  throw new Problem('MALFORMED_REQUEST', 'The Host header is not a host name or IP address with an optional port.');
}
