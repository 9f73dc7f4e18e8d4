/**
 * Which client a connection or a request belongs to, for the shares of addresses. Behind a proxy all connections come from
 * the proxy. Only a proxy that is trusted may say who its client is, since anybody can send an X-Forwarded-For header.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

export interface ClientAddresses {
  /** Undefined: a trusted proxy, or unknown. No share applies. */
  ofConnection(socket: Pick<Socket, 'remoteAddress'>): string | undefined;
  ofRequest(request: ForwardedRequest): string | undefined;
  /** The whole address of the client, for logs; undefined: unknown. */
  nameOf(request: ForwardedRequest): string | undefined;
}

type ForwardedRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

/** `trustedProxies`: addresses and networks such as `10.0.0.0/8`. */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const trusted = createNetworks(trustedProxies);

  function isTrusted(address: string): boolean {
    return trustedProxies.length > 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  function ofConnection({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string | undefined {
    const address = readAddress(remoteAddress ?? '');
    return address === undefined || isTrusted(address) ? undefined : toShareKey(address);
  }

  /** Each proxy adds the address that it saw to the end: the last one that is no proxy of ours is the client. */
  function nameOf({ headers, socket }: ForwardedRequest): string | undefined {
    const direct = readAddress(socket.remoteAddress ?? '');
    if (direct === undefined || !isTrusted(direct)) return direct;
    const forwarded = [headers['x-forwarded-for'] ?? ''].flat().join(',').split(',').map(readAddress);
    return forwarded.findLast((address) => address === undefined || !isTrusted(address));
  }

  return {
    ofConnection,
    nameOf,
    ofRequest(request) {
      const client = nameOf(request);
      return client === undefined ? undefined : toShareKey(client);
    },
  };
}

function createNetworks(entries: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, Number(prefix), family);
  }
  return networks;
}

/** The address as it is compared: an IPv4 address stays one when it came over a socket of IPv6. */
function readAddress(text: string): string | undefined {
  const address = text.trim().replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

/** A client of IPv6 has a whole network of 64 bits for itself, so the network is what has a share. */
function toShareKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [left = '', right] = address.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
