/**
 * Closes connections on which the client moves no byte although it is its turn: it neither sends the rest of its request
 * nor reads the answer that waits for it, nor asks anything new. While the client waits for the server (for the next
 * line of results, for a store that is slow), silence is not its fault, and the connection stays.
 */
import type { Server } from 'node:http';
import { answerOnSocket } from './broken-requests.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import { Problem } from './problems.ts';

export function closeSilentConnections(server: Server, exchanges: Exchanges, idleMs: number): void {
  // Called after `idleMs` without a byte in or out; a write that makes progress counts as one.
  server.setTimeout(idleMs, (socket) => {
    const exchange = exchanges.find(socket);
    if (exchange === undefined || socket.writableLength > 0) socket.destroy();
    else if (isClientsTurn(exchange)) {
      answerOnSocket(socket, new Problem('REQUEST_TIMEOUT'), exchange.response.headersSent);
    } else socket.setTimeout(idleMs);
  });
}

/** The body is not complete, and all that came of it was read. */
function isClientsTurn({ request }: Exchange): boolean {
  return !request.complete && request.readableLength === 0;
}
