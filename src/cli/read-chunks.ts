import { isUtf8 } from 'node:buffer';
import { createSplitter, type UploadFormat } from '../engine/index.ts';
import type { Chunk } from '../jobs/index.ts';
import { CommandFailure } from './exit-codes.ts';
import { splitInPauses, type InputChunk, type PausingSplitter } from './split-in-pauses.ts';

const lineFeed = 0x0a;
const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Cuts input into chunks exactly as an upload is cut. */
export function readChunks(
  input: AsyncIterable<Uint8Array>,
  format: UploadFormat,
): AsyncGenerator<InputChunk, void, void> {
  return splitInPauses(input, createPausingSplitter(format));
}

/** A splitter that can end a chunk early: it begins a new one of the kind and counts its lines on. */
function createPausingSplitter(format: UploadFormat): PausingSplitter {
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

  function take(chunks: readonly Chunk[]): Chunk[] {
    const encoding = splitter.foreignEncoding;
    if (encoding === undefined) return chunks.map(renumber);
    throw new CommandFailure(`the input is ${encoding}; save it as UTF-8 and try again`);
  }

  return {
    get isAtLineStart() {
      return hasLines && isAtLineStart;
    },
    push(bytes: Uint8Array): Chunk[] {
      if (bytes.length > 0) {
        hasLines = true;
        isAtLineStart = bytes.at(-1) === lineFeed;
      }
      return take(splitter.push(bytes));
    },
    flush(): Chunk[] {
      const chunks = take(splitter.end());
      linesBefore += splitter.operations;
      splitter = createSplitter(format, isUtf8);
      // A splitter drops a byte order mark at the start of its input, which this is not: it shall drop this one instead.
      splitter.push(byteOrderMark);
      hasLines = false;
      return chunks;
    },
    end: (): Chunk[] => take(splitter.end()),
  };
}
