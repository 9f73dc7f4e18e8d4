/** A client that reaches a site by its public name through a proxy on this machine. */
import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface SiteClient {
  /** The URL of the site, with a slash at the end. */
  readonly base: string;
  open(path: string, request?: SiteRequest): Promise<IncomingMessage>;
  send(path: string, request?: SiteRequest): Promise<Answer>;
}

interface SiteRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Iterable<Uint8Array>;
}

/** `certificate` is that of the site, whose name need not lead to this machine. */
export function createSiteClient(base: string, certificate?: string): SiteClient {
  async function open(path: string, { method = 'GET', headers = {}, body = [] }: SiteRequest = {}) {
    const url = new URL(path, base);
    const options: RequestOptions = {
      host: '127.0.0.1',
      port: url.port,
      path: url.pathname + url.search,
      method,
      headers: { host: url.host, ...headers },
      agent: false,
    };
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps({ ...options, servername: url.hostname, ca: certificate })
        : requestHttp(options);
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    // A proxy may answer before the body is complete, and then close the connection.
    pipeline(Readable.from(body, { objectMode: false }), outgoing).catch(() => {});
    const [response] = await answered;
    return response;
  }

  return {
    base,
    open,
    async send(path, request) {
      const response = await open(path, request);
      let body = '';
      for await (const bytes of response) body += String(bytes);
      return { status: response.statusCode ?? 0, headers: response.headers, body };
    },
  };
}

export interface Download {
  readonly lines: number;
  readonly announced: number;
  /** Why the response ended before its end. */
  readonly error: unknown;
}

/** Reads a response of lines to its end, whatever that is. */
export async function readLines(response: IncomingMessage): Promise<Download> {
  let lines = 0;
  const announced = Number(response.headers['mathmill-lines']);
  try {
    for await (const bytes of response as AsyncIterable<Buffer>) {
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
    }
  } catch (error) {
    return { lines, announced, error };
  }
  return { lines, announced, error: undefined };
}
