/** A connection on which a test says exactly which bytes are sent, and when. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far, one character a byte. */
  readonly received: string;
  send(text: string | Uint8Array): void;
  /** Resolves once what was received matches; rejects if the connection ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with everything received when the connection is closed, in whatever way. */
  readonly closed: Promise<string>;
}

/** `localAddress`: where it comes from, one of 127.0.0.0/8. */
export async function openConnection(
  context: TestContext,
  port: number,
  localAddress = '127.0.0.1',
): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
  context.after(() => socket.destroy());
  let received = '';
  const waiting = new Set<() => void>();
  const closing = Promise.withResolvers<string>();
  let isClosed = false;
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    for (const look of Array.from(waiting)) look();
  });
  // A reset is one way of closing; the tests look at what was received before it.
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    isClosed = true;
    for (const look of Array.from(waiting)) look();
    closing.resolve(received);
  });
  await once(socket, 'connect');
  return {
    socket,
    get received() {
      return received;
    },
    send: (text) => void socket.write(text),
    async until(pattern) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(received);
          if (match !== null) resolve(match);
          else if (isClosed) reject(new Error(`closed before ${String(pattern)}: ${received}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      });
    },
    closed: closing.promise,
  };
}

/** The head of an upload. `headers` end with CRLF each. */
export function uploadHead(headers: string, path = '/api/jobs'): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n${headers}\r\n`;
}
