import { pause, systemTime } from '../engine/basics.ts';
import type { Chunk } from '../jobs/index.ts';

/** How long complete lines wait for more input before they are worked on as a chunk of their own. */
const patienceMs = 20;

/** A chunk, and how much of the input had been read when it was complete. */
export interface InputChunk {
  readonly chunk: Chunk;
  readonly bytesRead: number;
}

/** A splitter that can end a chunk early, when the input pauses. */
export interface PausingSplitter {
  /** True when there are complete lines and nothing else to wait for. */
  readonly isAtLineStart: boolean;
  push(bytes: Uint8Array): Chunk[];
  /** The complete lines so far. */
  flush(): Chunk[];
  end(): Chunk[];
}

/**
 * Cuts input into chunks. When the input pauses at the end of a line, the input so far becomes a chunk immediately, so that
 * a person who types, or a program that waits for an answer, gets it.
 */
export async function* splitInPauses(
  input: AsyncIterable<Uint8Array>,
  splitter: PausingSplitter,
): AsyncGenerator<InputChunk, void, void> {
  const iterator = input[Symbol.asyncIterator]();
  let bytesRead = 0;
  let incoming = iterator.next();
  try {
    for (;;) {
      if (splitter.isAtLineStart && !(await arrives(incoming))) yield* splitter.flush().map(withPosition);
      const next = await incoming;
      if (next.done === true) break;
      bytesRead += next.value.length;
      yield* splitter.push(next.value).map(withPosition);
      incoming = iterator.next();
    }
    yield* splitter.end().map(withPosition);
  } finally {
    incoming.catch(() => undefined);
  }

  function withPosition(chunk: Chunk): InputChunk {
    return { chunk, bytesRead };
  }
}

/** Whether the promise settles within the time that complete lines may wait. */
async function arrives(incoming: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const isThere = await Promise.race([
    incoming.then(() => true),
    pause(systemTime, patienceMs, patience.signal).then(() => false),
  ]);
  patience.abort();
  return isThere;
}
