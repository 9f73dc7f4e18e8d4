import type { WriteStream } from 'node:tty';
import { CommandFailure, describeError, errorCode } from './exit-codes.ts';

/** Whoever read the output has closed it, as `head` does when it has enough: no fault of anybody. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** Standard output or standard error. */
export interface Output {
  readonly isTerminal: boolean;
  readonly stream: WriteStream;
  /** Resolves when the text is on its way, so that no more than one piece waits. Throws `ReaderGone` or a `CommandFailure`. */
  write(data: string | Uint8Array): Promise<void>;
  line(text?: string): Promise<void>;
}

export function createOutput(stream: WriteStream, name: string): Output {
  // Every error also comes back to the write that it belongs to; without a listener it would end the process first.
  stream.on('error', () => undefined);

  async function write(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => {
        if (error === null || error === undefined) resolve();
        else if (errorCode(error) === 'EPIPE') reject(new ReaderGone(name));
        else reject(new CommandFailure(`cannot write to ${name}: ${describeError(error)}`, { cause: error }));
      });
    });
  }

  return {
    isTerminal: stream.isTTY,
    stream,
    write,
    line: (text = '') => write(`${text}\n`),
  };
}
