/**
 * The body of a request as a stream of bytes that its reader may leave at any time. Node's own iterator destroys the
 * connection when it is left, and then the caller would never see why its upload was rejected.
 */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problems.ts';

export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** Ends the reading: a waiting reader gets the end of the body. Nothing happens to the connection. */
  close(): void;
}

const events = ['readable', 'end', 'error', 'close'] as const;

/** `onFirstRead` is called before the first byte is read: the time to send "100 Continue". */
export function openRequestBody(message: IncomingMessage, onFirstRead: () => void): RequestBody {
  let isClosed = false;
  let isListening = false;
  let wake: (() => void) | undefined;
  const notify = (): void => wake?.();

  function listen(): void {
    isListening = true;
    for (const event of events) message.on(event, notify);
  }

  function close(): void {
    isClosed = true;
    if (isListening) for (const event of events) message.off(event, notify);
    isListening = false;
    wake?.();
  }

  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    onFirstRead();
    try {
      while (!isClosed) {
        const bytes = message.read() as Uint8Array | null;
        if (bytes !== null) {
          yield bytes;
          continue;
        }
        // A small body is there as a whole, with the headers: then nothing is waited for.
        if (message.readableEnded || isWhole(message)) return;
        if (message.destroyed) throw new Problem('TRUNCATED_BODY');
        if (!isListening) listen();
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

/** All of the body came, and was read. */
function isWhole(message: IncomingMessage): boolean {
  return message.complete && message.readableLength === 0;
}
