/** Responses that are not Mathmill's own: proxies, login pages and other programs answer in its place. */
import type { IncomingMessage } from 'node:http';
import { ApiRefusal } from './exit-codes.ts';
import { printable } from '../printable.ts';

const proxyPage = 'see docs/reverse-proxy.md';

/** Probable causes of a status that Mathmill did not send. */
const hints: Readonly<Record<number, string>> = {
  401: 'does a proxy in between require a password?',
  403: 'does a proxy in between deny access?',
  404: 'another program on this port, or is a path prefix missing in the URL?',
  407: 'does a proxy in between require a password?',
  413: `a proxy in between? (nginx: client_max_body_size; ${proxyPage})`,
  502: `a proxy in between that cannot reach the server? (${proxyPage})`,
  503: `a proxy in between that cannot reach the server? (${proxyPage})`,
  504: `a proxy in between that does not wait long enough? (nginx: proxy_read_timeout; ${proxyPage})`,
};

/** The error for such a response of the server at `address`. Its body is not read. */
export function toForeignResponse(
  address: string,
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
): ApiRefusal {
  const type = mediaTypeOf(headers) ?? 'no content type';
  const hint =
    describeRedirect(status, headers.location) ?? hints[status] ?? 'a proxy, a login page or another program?';
  const message = `${address} responded ${status} with ${printable(type)}, which is not a Mathmill response: ${hint}`;
  return new ApiRefusal(message, status, '');
}

function describeRedirect(status: number, location: string | undefined): string | undefined {
  if (status < 300 || status > 399 || location === undefined) return undefined;
  // The part after the path may be a token.
  return `it redirects to ${printable(location.replace(/[?#].*$/s, ''))}`;
}

/** The media type without its parameters. */
export function mediaTypeOf(headers: Pick<IncomingMessage['headers'], 'content-type'>): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}
