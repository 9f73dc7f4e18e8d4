/** Requests to the server. They throw `ProblemError`, `ConnectionLostError`, or the abort of their signal. */
import { noteLost, noteResponse } from './connection.ts';
import { ConnectionLostError, isAbort, toError } from './errors.ts';
import { isUnauthenticated, noteSignedOut, untilSignedIn } from './session.ts';
import { resolveUrl, type Query } from './url.ts';

export interface RequestOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

/** While the user is signed out, a request waits for the next sign-in: the server has done nothing of one that it rejected. */
export async function request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  for (;;) {
    await untilSignedIn(options.signal);
    try {
      return await requestOnce(method, path, options);
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      noteSignedOut();
    }
  }
}

/** For the requests that find out who is signed in: they wait for no sign-in. */
export async function requestOnce(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const response = await send(method, resolveUrl(path, options.query), options);
  if (response.ok) {
    noteResponse();
    return response;
  }
  const error = toError(response.status, response.headers.get('content-type'), await response.text());
  if (error instanceof ConnectionLostError) noteLost();
  else noteResponse();
  throw error;
}

async function send(method: string, url: URL, { signal, json, body, headers }: RequestOptions): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      signal: signal ?? null,
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    noteLost();
    throw new ConnectionLostError({ cause: error });
  }
}

/** The body of the answer as it is described by a type of types.ts. */
export async function requestJson<Body>(method: string, path: string, options?: RequestOptions): Promise<Body> {
  const response = await request(method, path, options);
  return (await response.json()) as Body;
}

export async function getJson<Body>(path: string, options?: RequestOptions): Promise<Body> {
  return requestJson<Body>('GET', path, options);
}
