import { isUtf8 } from 'node:buffer';
import { createSplitter, pause, systemTime, type UploadFormat } from '../engine/index.ts';
import type { Chunk } from '../jobs/index.ts';

/** How long complete lines wait for more input before they are worked on as a chunk of their own. */
const patienceMs = 20;
const lineFeed = 0x0a;
const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf);

/** A chunk, and how much of the input had been read when it was complete. */
export interface InputChunk {
  readonly chunk: Chunk;
  readonly bytesRead: number;
}

/**
 * Cuts input into chunks exactly as an upload is cut. When the input pauses at the end of a line, what has come so far
 * becomes a chunk at once, so that a person who types, or a program that waits for an answer, gets it.
 */
export async function* readChunks(
  input: AsyncIterable<Uint8Array>,
  format: UploadFormat,
): AsyncGenerator<InputChunk, void, void> {
  const splitter = createPausingSplitter(format);
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

/** A splitter that can end a chunk early: it begins a new one of the kind and counts its lines on. */
function createPausingSplitter(format: UploadFormat) {
  let splitter = createSplitter(format, isUtf8);
  let linesBefore = 0;
  let hasLines = false;
  let isAtLineStart = false;

  function renumber(chunk: Chunk): Chunk {
    if (linesBefore === 0) return chunk;
    return {
      ...chunk,
      firstLine: chunk.firstLine + linesBefore,
      faults: chunk.faults.map((fault) => ({ ...fault, line: fault.line + linesBefore })),
    };
  }

  return {
    /** True when there are complete lines and nothing else to wait for. */
    get isAtLineStart() {
      return hasLines && isAtLineStart;
    },
    push(bytes: Uint8Array): Chunk[] {
      if (bytes.length > 0) {
        hasLines = true;
        isAtLineStart = bytes.at(-1) === lineFeed;
      }
      return splitter.push(bytes).map(renumber);
    },
    flush(): Chunk[] {
      const chunks = splitter.end().map(renumber);
      linesBefore += splitter.operations;
      splitter = createSplitter(format, isUtf8);
      // A splitter drops a byte order mark at the start of its input, which this is not: it shall drop this one instead.
      splitter.push(byteOrderMark);
      hasLines = false;
      return chunks;
    },
    end: (): Chunk[] => splitter.end().map(renumber),
  };
}
