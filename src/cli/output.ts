import type { WriteStream } from 'node:tty';
import { printableLines } from '../printable.ts';
import { CommandFailure, describeError, errorCode } from './exit-codes.ts';

/** The reader of the output has closed it, as `head` does when it has enough. Not an error. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** For terminals that do not know their size. */
const columnsDefault = 80;

/** Standard output or standard error. On a terminal, what others wrote is made safe to show; elsewhere, bytes are exact. */
export interface Output {
  readonly isTerminal: boolean;
  /** Cells in a line of the terminal; unbounded where there is none. */
  readonly columns: number;
  readonly stream: WriteStream;
  /** Resolves when the text was handed to the system, so that no more than one piece waits. Throws `BrokenPipe` or a `CommandFailure`. */
  write(data: string | Uint8Array): Promise<void>;
  line(text?: string): Promise<void>;
  /** Writes without waiting, for those that cannot. */
  show(text: string): void;
}

export function createOutput(stream: WriteStream, name: string): Output {
  // Every error also comes back to the write that it belongs to; without a listener it would end the process first.
  stream.on('error', () => undefined);

  // Keeps the bytes of a character that comes in two pieces.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  function prepare(data: string | Uint8Array): string | Uint8Array {
    if (!stream.isTTY) return data;
    return printableLines(typeof data === 'string' ? data : decoder.decode(data, { stream: true }));
  }

  async function write(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      stream.write(prepare(data), (error) => {
        if (error === null || error === undefined) resolve();
        else if (errorCode(error) === 'EPIPE') reject(new BrokenPipe(name));
        else reject(new CommandFailure(`cannot write to ${name}: ${describeError(error)}`, { cause: error }));
      });
    });
  }

  return {
    isTerminal: stream.isTTY,
    get columns() {
      if (!stream.isTTY) return Number.POSITIVE_INFINITY;
      return stream.columns > 0 ? stream.columns : columnsDefault;
    },
    stream,
    write,
    show: (text) => void stream.write(prepare(text)),
    line: (text = '') => write(`${text}\n`),
  };
}
