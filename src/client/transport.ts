/**
 * Sends requests, again when that is safe and may help: when the connection breaks, and when the server is busy, restarting or
 * behind a proxy that does not reach it. `Retry-After` is honored; otherwise the pauses grow.
 */
import type { RequestBody } from './bodies.ts';
import { readApiError, UnreachableError } from './errors.ts';

export interface TransportOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Sent with each request as `Authorization: Bearer TOKEN`, for servers that require one. A function is called for each try, so it can
   * renew the token; an error that it throws ends the call as it is. `fetch` sends the token to no other host.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Sent with each request, such as what a proxy demands. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long a request is tried again, in milliseconds since it last made progress. Default: 60,000. */
  readonly retryMs?: number;
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  /** Below the address of the server, such as `api/jobs`. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body, once for each try. */
  readonly body?: () => RequestBody;
  /** Why the body could not be made: a fault of the caller, for which no connection is to blame. */
  readonly readBodyFailure?: () => { readonly error: unknown } | undefined;
  /** Whether the request may be sent more than once. Default: true. */
  readonly isRepeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const defaultRetryMs = 60_000;
const firstPauseMs = 100;
const pauseMsMax = 5_000;
/** Of servers that are busy or restart, and of proxies that do not reach one. */
const passingStatuses = new Set([429, 502, 503, 504]);
/** The first upload with the key is still in progress, as far as the server knows. */
const passingCodes = new Set(['IDEMPOTENCY_KEY_IN_USE']);

/** Tries of one call. Each has a longer pause before it, until the call makes progress. */
export interface Tries {
  /** Waits before the next try; throws `UnreachableError` when the time is over, and the reason when the signal aborts. */
  pause(error: unknown, retryAfterMs?: number): Promise<void>;
  /** Restarts the time: what was read is not lost. */
  noteProgress(): void;
}

export class Transport {
  readonly #base: URL;
  readonly #fetch: typeof globalThis.fetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #retryMs: number;
  readonly #token: TransportOptions['token'];

  constructor(url: string | URL, options: TransportOptions) {
    this.#base = new URL(url);
    if (!this.#base.pathname.endsWith('/')) this.#base.pathname += '/';
    this.#fetch = options.fetch ?? ((...parameters) => fetch(...parameters));
    this.#headers = options.headers ?? {};
    this.#retryMs = options.retryMs ?? defaultRetryMs;
    this.#token = options.token;
  }

  /** Resolves with a response of status 2xx; throws an `ApiError` or `UnreachableError`. */
  async send(request: TransportRequest, tries = this.startTries(request.signal)): Promise<Response> {
    for (;;) {
      const response = await this.#try(request, tries);
      if (response === undefined) continue;
      if (response.ok) return response;
      const retryAfterMs = readRetryAfter(response);
      const error = await readApiError(response);
      const isPassing = passingStatuses.has(response.status) || passingCodes.has(error.code);
      if (!isPassing || request.isRepeatable === false) throw error;
      await tries.pause(error, retryAfterMs);
    }
  }

  /** Undefined: the connection broke, and the pause before the next try is over. */
  async #try(request: TransportRequest, tries: Tries): Promise<Response | undefined> {
    // Outside of what is tried again: no connection is to blame for a token that cannot be had.
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    if (token !== undefined) checkToken(token);
    try {
      return await this.#fetch(this.#toUrl(request), this.#toInit(request, token));
    } catch (error) {
      request.signal?.throwIfAborted();
      const bodyFailure = request.readBodyFailure?.();
      if (bodyFailure !== undefined) throw bodyFailure.error;
      if (request.isRepeatable === false) throw toUnreachable(this.#base, error);
      await tries.pause(error);
      return undefined;
    }
  }

  #toUrl({ path, query = {} }: TransportRequest): URL {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one));
    }
    return url;
  }

  #toInit({ method, headers: ofRequest, body, signal }: TransportRequest, token: string | undefined): RequestInit {
    const headers = new Headers({ accept: 'application/json', ...this.#headers, ...ofRequest });
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return {
      method,
      headers,
      // Streams are sent while they are made.
      ...(body !== undefined && { body: body(), duplex: 'half' }),
      ...(signal !== undefined && { signal }),
    };
  }

  startTries(signal?: AbortSignal): Tries {
    let pauseMs = firstPauseMs;
    let deadline = performance.now() + this.#retryMs;
    return {
      pause: async (error, retryAfterMs = pauseMs) => {
        if (performance.now() + retryAfterMs > deadline) throw toUnreachable(this.#base, error);
        await sleep(retryAfterMs, signal);
        pauseMs = Math.min(pauseMsMax, 2 * pauseMs);
      },
      noteProgress: () => {
        pauseMs = firstPauseMs;
        deadline = performance.now() + this.#retryMs;
      },
    };
  }
}

/** `fetch` would show the token in its error, and look like a connection that breaks. */
function checkToken(token: string): void {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError('the token must be ASCII characters without spaces');
}

function toUnreachable({ host }: URL, cause: unknown): UnreachableError {
  const reason = cause instanceof Error ? ((cause.cause as Error | undefined) ?? cause).message : String(cause);
  return new UnreachableError(`the Mathmill server at ${host} cannot be reached: ${reason}`, { cause });
}

/** In milliseconds; undefined where the header has a date or is missing. */
function readRetryAfter({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d+$/.test(text) ? Number(text) * 1_000 : undefined;
}

/** Rejects with the reason of the signal when it aborts. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
