/**
 * Talks to a Mathmill server. On node:http rather than fetch: a rejection that comes while an upload is still being sent
 * has to be seen, and streams of hours must not end because of a time limit between two bytes.
 */
import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientToken } from './client-token.ts';
import { ApiRefusal, CommandFailure, describeError, errorCode, ServerUnreachable } from './exit-codes.ts';
import { toForeignResponse } from './foreign-response.ts';
import { printable } from '../printable.ts';

/** A server that does not answer for this time, while nothing is being sent to it, is taken to be hung. */
const answerTimeoutMs = 60_000;
/** No JSON response is larger; only results are, and these are passed on as they arrive. */
const answerBytesMax = 16 * 1024 * 1024;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the server, such as `api/jobs`. */
  readonly path: string;
  /** A list is a parameter that is given several times. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it arrives, never held back. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** The response may be idle for any time. */
  readonly hasNoTimeout?: boolean;
}

export interface ApiClient {
  /** The address of the server, without any password in it. */
  readonly address: string;
  /**
   * Sends a request and reads the JSON of its response (undefined: none). `read` returns undefined where that is no
   * response of Mathmill. Throws `ApiRefusal` or another `CommandFailure`.
   */
  ask<Answer>(request: ApiRequest, read: (value: unknown) => Answer | undefined): Promise<Answer>;
  /** Sends a request; the body of the answer is left to the caller. */
  open(request: ApiRequest): Promise<IncomingMessage>;
}

/** The token is sent to this server only: no redirect is followed, so there is no other. */
export function createApiClient(serverUrl: URL, token?: ClientToken): ApiClient {
  const base = new URL(serverUrl);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const shown = new URL(base);
  shown.username = '';
  shown.password = '';
  const address = shown.href.replace(/\/$/, '');

  async function open(request: ApiRequest): Promise<IncomingMessage> {
    const answer = await send(base, address, token === undefined ? request : withToken(request, token));
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw await readRefusal(address, answer, token);
  }

  return {
    address,
    open,
    async ask(request, read) {
      const answer = await open(request);
      const text = await readAnswer(address, answer);
      const content = answer.statusCode === 204 ? undefined : parseJson(text);
      const value = content === notJson ? undefined : read(content);
      if (value === undefined) throw toForeignResponse(address, answer);
      return value;
    },
  };
}

function withToken(request: ApiRequest, { text }: ClientToken): ApiRequest {
  return { ...request, headers: { ...request.headers, Authorization: `Bearer ${text}` } };
}

const notJson = Symbol('not JSON');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

function send(base: URL, address: string, request: ApiRequest): Promise<IncomingMessage> {
  const url = new URL(request.path, base);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one));
  }
  const options: RequestOptions = {
    method: request.method,
    headers: { Accept: 'application/json', ...request.headers },
  };
  return new Promise((resolve, reject) => {
    const outgoing = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
    let answer: IncomingMessage | undefined;
    outgoing.on('response', (incoming) => {
      answer = incoming;
      resolve(incoming);
    });
    outgoing.on('error', (error) => reject(toUnreachable(address, error)));
    const watch = (): void => {
      if (request.hasNoTimeout !== true) watchSilence(outgoing, address);
    };
    if (request.body === undefined) {
      watch();
      outgoing.end();
      return;
    }
    const body = Readable.from(request.body, { objectMode: false });
    // An answer before the end of the upload is a rejection: the rest need not be sent.
    outgoing.on('response', () => body.destroy());
    pipeline(body, outgoing).then(watch, (error: unknown) => {
      if (answer !== undefined) return;
      reject(error instanceof CommandFailure ? error : toUnreachable(address, error));
      outgoing.destroy();
    });
  });
}

function watchSilence(outgoing: ClientRequest, address: string): void {
  outgoing.setTimeout(answerTimeoutMs, () => {
    outgoing.destroy(new ServerUnreachable(`${address} has not responded for ${answerTimeoutMs / 1000} seconds`));
  });
}

/** Codes of errors by which an established connection is lost. */
const brokenCodes = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

function toUnreachable(address: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  const code = errorCode(error) ?? '';
  if (brokenCodes.has(code)) {
    return new ServerUnreachable(`${address} closed the connection before it responded`, { cause: error });
  }
  const other = describeOtherProtocol(address, `${code} ${describeError(error)}`);
  if (other !== undefined) return new CommandFailure(other, { cause: error });
  return new ServerUnreachable(
    `cannot reach a Mathmill server at ${address}: ${describeError(error)}\n` +
      'Start one with "mathmill serve", or name another one with --url or MATHMILL_URL.',
    { cause: error },
  );
}

/** The port speaks HTTP where TLS was tried, or the other way round. */
function describeOtherProtocol(address: string, reason: string): string | undefined {
  if (/wrong.version.number|packet.length.too.long/i.test(reason)) {
    return `${address} speaks plain HTTP: use ${address.replace('https:', 'http:')}`;
  }
  if (reason.startsWith('HPE_')) {
    return `${address} does not speak HTTP: if it speaks TLS, use ${address.replace('http:', 'https:')}`;
  }
  return undefined;
}

/** Reads a whole answer. */
async function readAnswer(address: string, answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytesTotal = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytesTotal += piece.length;
      if (bytesTotal > answerBytesMax) throw toForeignResponse(address, answer);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new ServerUnreachable(`${address} disconnected in the middle of its response: ${describeError(error)}`, {
      cause: error,
    });
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** A rejection from a problem document (RFC 9457), or from any other response. */
async function readRefusal(address: string, answer: IncomingMessage, token?: ClientToken): Promise<ApiRefusal> {
  const { statusCode: status = 0 } = answer;
  const { detail, title, code } = readProblem(parseJson(await readAnswer(address, answer)));
  if (code === undefined) return toForeignResponse(address, answer);
  if (code === 'UNAUTHENTICATED') return new ApiRefusal(describeMissingAccess(address, token), status, code);
  const reason = `${printable(detail ?? title ?? `HTTP status ${status}`)} (${printable(code)})`;
  const hint = code === 'NOT_FOUND' && address.endsWith('/api') ? describeApiPath(address) : '';
  if (code === 'FORBIDDEN_ROLE') {
    return new ApiRefusal(`the role of the token is not sufficient: ${reason}`, status, code);
  }
  return new ApiRefusal(status >= 500 ? `${address} failed: ${reason}` : `${reason}${hint}`, status, code);
}

/** The server names no reason, and must not: that a token was valid once is no information for everybody. */
function describeMissingAccess(address: string, token: ClientToken | undefined): string {
  const message =
    token === undefined
      ? `${address} requires a token: set MATHMILL_TOKEN or MATHMILL_TOKEN_FILE`
      : `${address} does not accept the token of ${token.setting}: it is unknown, expired or revoked`;
  return `${message} (UNAUTHENTICATED)`;
}

/** Such a URL is not simply tolerated: a server below the prefix /api of a proxy has one too. */
function describeApiPath(address: string): string {
  return `\nThe URL of the server ends before /api: use ${address.replace(/\/api$/, '')}`;
}

interface Problem {
  readonly detail?: string | undefined;
  readonly title?: string | undefined;
  /** Every problem of Mathmill has a code. */
  readonly code?: string | undefined;
}

function readProblem(value: unknown): Problem {
  if (typeof value !== 'object' || value === null) return {};
  const { detail, title, code } = value as Record<string, unknown>;
  return { detail: asText(detail), title: asText(title), code: asText(code) };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
