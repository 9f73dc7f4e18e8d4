import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../engine/index.ts';
import type { Exchanges } from './exchanges.ts';
import { Problem, problemContentType, writeProblem } from './problems.ts';

/** Responds to input that never becomes a request, or ends early: bytes that are not HTTP, too large or too slow headers. */
export function answerBrokenRequests(server: Server, exchanges: Exchanges, logger: Logger): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = toProblem(error.code ?? '');
    logger.debug({ code: problem.code, cause: error.code }, 'a connection brought no valid request');
    const exchange = exchanges.find(socket);
    if (exchange === undefined || !exchange.request.complete) {
      answerOnSocket(socket, problem, exchange?.response.headersSent ?? false);
    } else {
      // A whole request came before: its answer goes first.
      exchange.response.once('finish', () => answerOnSocket(socket, problem, false));
    }
  });
}

/** Node hands the connections of CONNECT requests over, which only a proxy has a use for. */
export function refuseTunnels(server: Server): void {
  const allow = 'GET, HEAD, POST, DELETE, OPTIONS';
  server.on('connect', (_request, socket) => {
    answerOnSocket(socket, new Problem('METHOD_NOT_ALLOWED', 'This server is not a proxy.', { allow }), false);
  });
}

/** Writes an answer past Node's HTTP machinery, unless another has begun, and closes the connection. */
export function answerOnSocket(socket: Duplex, problem: Problem, hasBegun: boolean): void {
  if (hasBegun || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const body = writeProblem(problem, requestId);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `x-request-id: ${requestId}`,
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function toProblem(code: string): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('HEADERS_TOO_LARGE');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('REQUEST_TIMEOUT');
    case 'HPE_INVALID_EOF_STATE':
      return new Problem('TRUNCATED_BODY');
    default:
      return new Problem('MALFORMED_REQUEST');
  }
}
