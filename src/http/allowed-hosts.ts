/**
 * Decides by which host names a server may be called. A web page can lead a name of its own to this server (DNS
 * rebinding); then page and server look like one origin, and only the name in `Host` gives the page away. So the server
 * answers only to names that no such page can have:
 *
 * - `localhost` and loopback addresses, always;
 * - unless the server listens on loopback only: every IP address (a browser that uses one has not asked a name server), the
 *   name of this machine, and names without a dot, such as `client-application-1` (a service of a compose file or of a
 *   Kubernetes namespace): public name servers do not resolve these;
 * - the names that the operator allows.
 */
import { isIP } from 'node:net';
import { isLoopback } from '../loopback.ts';

export interface AllowedHostsOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Further names: `name`, `name:port`, `*.domain`, `*.domain:port`, or `*` for any. */
  readonly allowedHosts: readonly string[];
  /** The host name of this machine. */
  readonly machineName: string;
}

export interface Host {
  /** Lower case, without the brackets of an IPv6 address and without a dot at the end. */
  readonly name: string;
  /** Empty for the default port. Both 80 and 443 count as that: behind a proxy, the scheme of the client is unknown. */
  readonly port: string;
}

/** The host of a Host header or of an allowed host; undefined for text that is no host (RFC 9110, section 7.2). */
export function parseHost(text: string): Host | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|((?:\*\.)?[\w-]+(?:\.[\w-]+)*)\.?)(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const [, address, name = '', port = ''] = match;
  if (address !== undefined && isIP(address) !== 6) return undefined;
  if (Number(port) > 65_535) return undefined;
  return { name: (address ?? name).toLowerCase(), port: port === '80' || port === '443' ? '' : port };
}

export function isSameHost(one: Host, other: Host): boolean {
  return one.name === other.name && one.port === other.port;
}

export function createHostCheck({ host, allowedHosts, machineName }: AllowedHostsOptions): (host: Host) => boolean {
  const isAnyAllowed = allowedHosts.includes('*');
  const isLocal = isLoopback(host);
  const ownNames = new Set([host, machineName].map((name) => name.toLowerCase()));
  const patterns = allowedHosts.flatMap((text) => parseHost(text) ?? []);

  return ({ name, port }) =>
    isAnyAllowed ||
    isLoopback(name) ||
    (!isLocal && (isUnresolvable(name) || ownNames.has(name))) ||
    patterns.some((pattern) => matchesName(pattern.name, name) && (pattern.port === '' || pattern.port === port));
}

function matchesName(pattern: string, name: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
}

/** An IP address, or a name that public name servers do not resolve. Digits alone are another way to write an address. */
function isUnresolvable(name: string): boolean {
  return isIP(name) !== 0 || /^(?=.*[a-z])[\w-]+$/.test(name);
}
