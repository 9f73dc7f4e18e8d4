/**
 * The body of a request as a stream of bytes that its reader may leave at any time. Node's own iterator destroys the
 * connection when it is left, and then the caller would never see why its upload was refused.
 */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problems.ts';

export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** Ends the reading: a waiting reader is told that the body is over. Nothing happens to the connection. */
  close(): void;
}

const events = ['readable', 'end', 'error', 'close'] as const;

/** `onFirstRead` is called before the first byte is asked for: the time to send "100 Continue". */
export function openRequestBody(message: IncomingMessage, onFirstRead: () => void): RequestBody {
  let isClosed = false;
  let wake: (() => void) | undefined;
  const notify = (): void => wake?.();

  function close(): void {
    isClosed = true;
    for (const event of events) message.off(event, notify);
    wake?.();
  }

  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    onFirstRead();
    for (const event of events) message.on(event, notify);
    try {
      while (!isClosed) {
        const bytes = message.read() as Uint8Array | null;
        if (bytes !== null) {
          yield bytes;
          continue;
        }
        if (message.readableEnded) return;
        if (message.destroyed) throw new Problem('TRUNCATED_BODY');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      close();
    }
  }

  return { close, [Symbol.asyncIterator]: read };
}
