/**
 * Talks to a Mathmill server. On node:http rather than fetch: a refusal that comes while an upload is still being sent
 * has to be seen, and streams of hours must not end because of a time limit between two bytes.
 */
import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure, describeError, errorCode } from './exit-codes.ts';
import { printable } from './text.ts';

/** A server that does not answer for so long, while nothing is being sent to it, is taken to be hung. */
const answerTimeoutMs = 60_000;
/** No answer to a question is larger; only results are, and they are passed on as they come. */
const answerBytesMax = 16 * 1024 * 1024;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the server, such as `api/jobs`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it comes, never held back. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** The answer may keep quiet for any time. */
  readonly isPatient?: boolean;
}

export interface ApiClient {
  /** The address of the server, without any password in it. */
  readonly address: string;
  /** Sends a request and reads the JSON of its answer (undefined: none). Throws `ApiRefusal` or another `CommandFailure`. */
  ask(request: ApiRequest): Promise<unknown>;
  /** Sends a request; the body of the answer is left to the caller. */
  open(request: ApiRequest): Promise<IncomingMessage>;
}

/** The server answered, and the answer is no. */
export class ApiRefusal extends CommandFailure {
  readonly status: number;
  /** The stable code of the problem document; empty when there is none. */
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server cannot be reached, or broke off: another try may succeed. */
export class ServerUnreachable extends CommandFailure {}

export function createApiClient(serverUrl: URL): ApiClient {
  const base = new URL(serverUrl);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const shown = new URL(base);
  shown.username = '';
  shown.password = '';
  const address = shown.href.replace(/\/$/, '');

  async function open(request: ApiRequest): Promise<IncomingMessage> {
    const answer = await send(base, address, request);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw readRefusal(address, status, await readAnswer(address, answer));
  }

  return {
    address,
    open,
    async ask(request) {
      const answer = await open(request);
      const text = await readAnswer(address, answer);
      if (answer.statusCode === 204) return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new CommandFailure(`${address} does not answer like a Mathmill server`);
      }
    },
  };
}

function send(base: URL, address: string, request: ApiRequest): Promise<IncomingMessage> {
  const url = new URL(request.path, base);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
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
      if (request.isPatient !== true) watchSilence(outgoing, address);
    };
    if (request.body === undefined) {
      watch();
      outgoing.end();
      return;
    }
    const body = Readable.from(request.body, { objectMode: false });
    // An answer before the end of the upload is a refusal: the rest need not be sent.
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
    outgoing.destroy(new ServerUnreachable(`${address} has not answered for ${answerTimeoutMs / 1000} seconds`));
  });
}

/** What it means when a connection that was there is gone. */
const brokenCodes = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

function toUnreachable(address: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (brokenCodes.has(errorCode(error) ?? '')) {
    return new ServerUnreachable(`${address} closed the connection before it answered`, { cause: error });
  }
  return new ServerUnreachable(
    `cannot reach a Mathmill server at ${address}: ${describeError(error)}\n` +
      'Start one with "mathmill serve", or name another one with --url or MATHMILL_URL.',
    { cause: error },
  );
}

/** Reads a whole answer. */
async function readAnswer(address: string, answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytesTotal = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytesTotal += piece.length;
      if (bytesTotal > answerBytesMax) throw new CommandFailure(`${address} does not answer like a Mathmill server`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new ServerUnreachable(`${address} broke off its answer: ${describeError(error)}`, { cause: error });
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** A refusal from a problem document (RFC 9457), or from whatever else answered. */
function readRefusal(address: string, status: number, text: string): ApiRefusal {
  const { detail, title, code } = readProblem(text);
  const reason = printable(detail ?? title ?? `HTTP status ${status}`);
  const suffix = code === undefined ? '' : ` (${printable(code)})`;
  if (status >= 500) return new ApiRefusal(`${address} failed: ${reason}${suffix}`, status, code ?? '');
  return new ApiRefusal(`${reason}${suffix}`, status, code ?? '');
}

interface Problem {
  readonly detail?: string | undefined;
  readonly title?: string | undefined;
  readonly code?: string | undefined;
}

function readProblem(text: string): Problem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { detail, title, code } = value as Record<string, unknown>;
  return { detail: asText(detail), title: asText(title), code: asText(code) };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
