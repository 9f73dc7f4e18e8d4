/** Tells of each request to whoever measures and traces them. */
import type { IncomingMessage } from 'node:http';
import type { App } from './route-context.ts';

/** A request that is over. */
export interface FinishedRequest {
  readonly method: string;
  /** The pattern of its address, such as `/api/jobs/:id`; undefined for an address that does not exist. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
  /** False: the client went away before it had the whole answer. */
  readonly isComplete: boolean;
}

/** Its functions never throw. */
export interface RequestObserver {
  /** Calls `proceed` exactly once, at once: all work on the request happens within that call and what follows from it. */
  begin(request: IncomingMessage, route: string | undefined, proceed: () => void): void;
  end(request: IncomingMessage, finished: FinishedRequest): void;
}

/** To be added before all other hooks. */
export function observeRequests(app: App, observer: RequestObserver): void {
  app.addHook('onRequest', (request, _reply, done) => observer.begin(request.raw, routeOf(request), done));
  app.addHook('onResponse', async (request, reply) => {
    observer.end(request.raw, {
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
      isComplete: reply.raw.writableFinished,
    });
  });
}

function routeOf(request: { readonly is404: boolean; readonly routeOptions: { readonly url?: string | undefined } }) {
  return request.is404 ? undefined : request.routeOptions.url;
}
