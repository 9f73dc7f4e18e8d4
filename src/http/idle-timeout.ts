/**
 * Closes connections on which the client moves no byte although it is its turn: it neither sends the rest of its request
 * nor reads the response that waits for it, nor sends a new request. While the client waits for the server (for the next
 * line of results, for a store that is slow), idleness is not its fault, and the connection stays.
 */
import type { Server } from 'node:http';
import { answerOnSocket } from './broken-requests.ts';
import { isBodyAwaited, type Exchanges } from './exchanges.ts';
import { Problem } from './problems.ts';

export interface IdleLimits {
  /** How long a connection may be idle when it is the client's turn. */
  readonly idleMs: number;
  /** The same, until its first request is there. */
  readonly firstByteMs: number;
}

export function closeIdleConnections(server: Server, exchanges: Exchanges, limits: IdleLimits): void {
  const { idleMs, firstByteMs } = limits;
  server.on('connection', (socket) => void socket.setTimeout(Math.min(idleMs, firstByteMs)));
  for (const event of ['request', 'checkContinue'] as const) {
    server.prependListener(event, ({ socket }) => {
      if (socket.timeout !== idleMs) socket.setTimeout(idleMs);
    });
  }
  // Called after `idleMs` without a byte in or out; a write that makes progress counts as one.
  server.setTimeout(idleMs, (socket) => {
    const exchange = exchanges.find(socket);
    if (exchange === undefined || socket.writableLength > 0) socket.destroy();
    else if (isBodyAwaited(exchange.request)) {
      answerOnSocket(socket, new Problem('REQUEST_TIMEOUT'), exchange.response.headersSent);
    } else socket.setTimeout(idleMs);
  });
}
