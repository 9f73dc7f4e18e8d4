/**
 * Closes connections on which the client moves no byte although it is its turn: it neither sends the rest of its request
 * nor reads the answer that waits for it, nor asks anything new. While the client waits for the server (for the next
 * line of results, for a store that is slow), silence is not its fault, and the connection stays.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerOnSocket } from './broken-requests.ts';
import { Problem } from './problems.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export function closeSilentConnections(server: Server, idleMs: number): void {
  const exchanges = new WeakMap<Socket, Exchange>();
  const note = (request: IncomingMessage, response: ServerResponse): void => {
    exchanges.set(request.socket, { request, response });
  };
  server.prependListener('request', note);
  server.prependListener('checkContinue', note);

  // Called after `idleMs` without a byte in or out; a write that makes progress counts as one.
  server.setTimeout(idleMs, (socket) => {
    const exchange = exchanges.get(socket);
    if (exchange === undefined || exchange.response.writableFinished || socket.writableLength > 0) {
      socket.destroy();
    } else if (isClientsTurn(exchange)) {
      if (exchange.response.headersSent) socket.destroy();
      else answerOnSocket(socket, new Problem('REQUEST_TIMEOUT'));
    } else {
      socket.setTimeout(idleMs);
    }
  });
}

/** The body is not complete, and all that came of it was read. */
function isClientsTurn({ request }: Exchange): boolean {
  return !request.complete && request.readableLength === 0;
}
