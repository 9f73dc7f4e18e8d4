import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What the connections of a server are busy with. */
export interface Exchanges {
  /** The exchange under way on a connection: the last that began on it, unless its answer is out. */
  find(socket: Duplex): Exchange | undefined;
  /** Closes connections without an exchange. Node's own call for this spares those that never had one. */
  closeUnused(): void;
}

export function trackExchanges(server: Server): Exchanges {
  const sockets = new Set<Duplex>();
  const exchanges = new WeakMap<Duplex, Exchange>();

  const note = (request: IncomingMessage, response: ServerResponse): void => {
    exchanges.set(request.socket, { request, response });
  };
  server.prependListener('request', note);
  server.prependListener('checkContinue', note);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function find(socket: Duplex): Exchange | undefined {
    const exchange = exchanges.get(socket);
    return exchange === undefined || exchange.response.writableFinished ? undefined : exchange;
  }

  return {
    find,
    closeUnused() {
      for (const socket of sockets) if (find(socket) === undefined) socket.destroy();
    },
  };
}
