import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Exchanges in progress on the connections of a server. */
export interface Exchanges {
  /** The exchange in progress on a connection: the last that began on it, unless its response is complete. */
  find(socket: Duplex): Exchange | undefined;
  /**
   * Closes connections without an exchange, except those whose first request may still be in transit. Node's own call for this
   * spares all that never had one.
   */
  closeUnused(): void;
}

/** How long after its opening the first request of a connection is waited for. */
const firstRequestMs = 500;

/** It is the client's turn: all that came of the body was read, and more is to come. */
export function isBodyAwaited(request: IncomingMessage): boolean {
  return !request.complete && request.readableLength === 0;
}

export function trackExchanges(server: Server): Exchanges {
  /** When each was opened. */
  const sockets = new Map<Duplex, number>();
  const exchanges = new WeakMap<Duplex, Exchange>();

  const note = (request: IncomingMessage, response: ServerResponse): void => {
    exchanges.set(request.socket, { request, response });
  };
  server.prependListener('request', note);
  server.prependListener('checkContinue', note);
  server.prependListener('checkExpectation', note);
  server.on('connection', (socket) => {
    sockets.set(socket, performance.now());
    socket.once('close', () => sockets.delete(socket));
  });

  function find(socket: Duplex): Exchange | undefined {
    const exchange = exchanges.get(socket);
    return exchange === undefined || exchange.response.writableFinished ? undefined : exchange;
  }

  function isUnused(socket: Duplex, openedAt: number): boolean {
    if (find(socket) !== undefined) return false;
    return exchanges.has(socket) || performance.now() - openedAt >= firstRequestMs;
  }

  return {
    find,
    closeUnused() {
      for (const [socket, openedAt] of sockets) if (isUnused(socket, openedAt)) socket.destroy();
    },
  };
}
