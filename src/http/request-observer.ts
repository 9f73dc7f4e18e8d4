/** Reports each request to metrics and traces. */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './route-context.ts';

/** A request that is over. */
export interface FinishedRequest {
  readonly method: string;
  /** The pattern of its address, such as `/api/jobs/:id`; undefined for an address that does not exist. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
  /** False: the client disconnected before it had the whole answer. */
  readonly isComplete: boolean;
}

/** Its functions never throw. */
export interface RequestObserver {
  /** Calls `proceed` exactly once, synchronously: all work on the request happens within that call and what follows from it. */
  begin(request: IncomingMessage, route: string | undefined, proceed: () => void): void;
  end(request: IncomingMessage, finished: FinishedRequest): void;
}

/** To be added before all other hooks. */
export function observeRequests(app: App, observer: RequestObserver): void {
  app.addHook('onRequest', (request, _reply, done) => observer.begin(request.raw, routeOf(request), done));
  app.addHook('onResponse', (request, reply, done) => {
    observer.end(request.raw, {
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
      isComplete: reply.raw.writableFinished,
    });
    done();
  });
}

/** Reports a request that Fastify rejects before its hooks run, such as one whose URL cannot be decoded. */
export function observeUnrouted(
  observer: RequestObserver | undefined,
  { raw }: FastifyRequest,
  reply: FastifyReply,
  answer: () => void,
): void {
  if (observer === undefined) return answer();
  const begun = performance.now();
  finished(reply.raw, (error) => {
    observer.end(raw, {
      method: raw.method ?? '',
      route: undefined,
      status: reply.raw.statusCode,
      seconds: (performance.now() - begun) / 1_000,
      isComplete: !error,
    });
  });
  observer.begin(raw, undefined, answer);
}

function routeOf(request: { readonly is404: boolean; readonly routeOptions: { readonly url?: string | undefined } }) {
  return request.is404 ? undefined : request.routeOptions.url;
}
