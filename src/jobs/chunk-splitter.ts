/**
 * Cuts an upload into chunks as its bytes arrive: one operation per line, ended by LF or CRLF; the last line needs no end;
 * a byte order mark at the very start is dropped. Memory is bounded by one chunk and one line, whatever the input is.
 *
 * In the usual case the text of a chunk is a run of the input as it came, so a chunk costs one scan for LF and one copy.
 */
import { chunkBytesMax, chunkLinesMax, type Chunk, type LineFault } from './chunk.ts';
import { encodingBytes, findForeignEncoding, type ForeignEncoding } from './text-encoding.ts';
import { validUtf8Length, characterBoundary } from './utf8.ts';

/** Bytes of one operation, without its line end. The expression engine has the same limit. */
export const operationBytesMax = 64 * 1024;
/** Bytes that are kept of a line that is too long, so that its owner can recognize it. */
const keptBytes = 256;
/** Input is taken in blocks of this size, so that the buffer has a largest size. */
const blockBytes = 64 * 1024;
/**
 * Bytes of the buffer beyond the first input: room for a line end. Most uploads are small, and memory of a few bytes costs
 * next to nothing, while that of a buffer of 4 KiB for each upload took one percent of the time.
 */
const spareBytes = 8;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const ellipsis = [0xe2, 0x80, 0xa6];

export interface ChunkSplitter {
  /** Takes the next bytes; returns the chunks that they complete. */
  push(bytes: Uint8Array): Chunk[];
  /** Ends the input; returns the remaining chunks. */
  end(): Chunk[];
  /** Lines in the chunks returned so far. */
  readonly operations: number;
  /** Chunks returned so far. */
  readonly chunks: number;
  /** The input begins as UTF-16 or UTF-32: no line of it can be read, so there are no chunks. */
  readonly foreignEncoding: ForeignEncoding | undefined;
}

export interface ChunkSplitterOptions {
  /** Longest line taken, in bytes without its end. */
  readonly lineBytesMax: number;
  /** Whether bytes are valid UTF-8. A native check is 20 times faster than one written here, so it is passed in. */
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  /** Makes the chunk from the lines as they stood in the upload. */
  readonly finish?: (chunk: Chunk) => Chunk;
}

export function createChunkSplitter(options: ChunkSplitterOptions): ChunkSplitter {
  return new LineChunkSplitter(options);
}

class LineChunkSplitter implements ChunkSplitter {
  readonly #options: ChunkSplitterOptions;
  /** Holds the lines of the chunk in progress and the start of an unfinished line; grows on demand. */
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;
  #chunkStart = 0;
  #lineStart = 0;
  #lines = 0;
  #faults: LineFault[] = [];
  #hasCarriageReturns = false;
  /** The rest of an overlong line is being passed over. */
  #isDiscarding = false;
  /** The first bytes of the input, until there are enough of them to know its encoding; undefined from then on. */
  #start: Uint8Array | undefined = new Uint8Array(0);
  operations = 0;
  chunks = 0;
  foreignEncoding: ForeignEncoding | undefined;

  constructor(options: ChunkSplitterOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): Chunk[] {
    if (this.#start === undefined) return this.#take(bytes);
    const start = join(this.#start, bytes);
    if (start.length < encodingBytes) {
      this.#start = start.slice();
      return [];
    }
    return this.#takeStart(start);
  }

  end(): Chunk[] {
    const finished = this.#start === undefined ? [] : this.#takeStart(this.#start);
    if (this.#isDiscarding || this.#length > this.#lineStart) this.#takeBlock(Uint8Array.of(lineFeed), finished);
    if (this.#lines > 0) finished.push(this.#finishChunk());
    return finished;
  }

  /** Takes the first bytes of the input, without a byte order mark. */
  #takeStart(start: Uint8Array): Chunk[] {
    this.#start = undefined;
    this.foreignEncoding = findForeignEncoding(start);
    const hasMark = byteOrderMark.every((byte, index) => start[index] === byte);
    return this.#take(hasMark ? start.subarray(byteOrderMark.length) : start);
  }

  #take(bytes: Uint8Array): Chunk[] {
    const finished: Chunk[] = [];
    if (this.foreignEncoding !== undefined) return finished;
    for (let position = 0; position < bytes.length; position += blockBytes) {
      this.#takeBlock(bytes.subarray(position, position + blockBytes), finished);
    }
    return finished;
  }

  #takeBlock(block: Uint8Array, finished: Chunk[]): void {
    let input = block;
    if (this.#isDiscarding) {
      const end = input.indexOf(lineFeed);
      if (end < 0) return;
      this.#isDiscarding = false;
      input = input.subarray(end);
    }
    this.#reserve(this.#length + input.length + ellipsis.length);
    this.#buffer.set(input, this.#length);
    let scanned = this.#length;
    this.#length += input.length;
    for (;;) {
      const end = this.#buffer.indexOf(lineFeed, scanned);
      if (end < 0 || end >= this.#length) break;
      scanned = this.#endLine(end) + 1;
      if (this.#lines === chunkLinesMax || this.#lineStart - this.#chunkStart >= chunkBytesMax) {
        finished.push(this.#finishChunk());
      }
    }
    if (this.#length - this.#lineStart > this.#options.lineBytesMax + 1) this.#startDiscarding();
    this.#moveToFront();
  }

  /**
   * Grows the buffer to at least `bytes`. An unfinished chunk is below chunkBytesMax, its unfinished line has at most
   * lineBytesMax and a CR, then comes one block: so the buffer stays below twice the sum of these.
   */
  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(bytes + spareBytes, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }

  /** Counts the line whose LF is at `end`; returns where its LF is now. */
  #endLine(end: number): number {
    const hasCarriageReturn = end > this.#lineStart && this.#buffer[end - 1] === carriageReturn;
    if (hasCarriageReturn) this.#hasCarriageReturns = true;
    const contentEnd = hasCarriageReturn ? end - 1 : end;
    let lineFeedAt = end;
    if (contentEnd - this.#lineStart > this.#options.lineBytesMax) {
      const keptEnd = this.#keepStartOfLine();
      this.#buffer.copyWithin(keptEnd, end, this.#length);
      this.#length -= end - keptEnd;
      lineFeedAt = keptEnd;
    }
    this.#lines += 1;
    this.#lineStart = lineFeedAt + 1;
    return lineFeedAt;
  }

  #startDiscarding(): void {
    this.#length = this.#keepStartOfLine();
    this.#isDiscarding = true;
  }

  /** Shortens the current line to its start and an ellipsis, and notes the fault; returns its new end. */
  #keepStartOfLine(): number {
    const line = this.#buffer.subarray(this.#lineStart, this.#length);
    const kept = characterBoundary(line, keptBytes);
    this.#buffer.set(ellipsis, this.#lineStart + kept);
    this.#faults.push({
      line: this.operations + this.#lines + 1,
      code: 'TOO_LONG',
      message: `The line is longer than ${this.#options.lineBytesMax} bytes.${adviseOnLineEnds(line.subarray(0, kept))}`,
      column: 0,
      endColumn: 0,
    });
    return this.#lineStart + kept + ellipsis.length;
  }

  #finishChunk(): Chunk {
    const text = this.#buffer.slice(this.#chunkStart, this.#lineStart);
    const raw: Chunk = {
      firstLine: this.operations + 1,
      count: this.#lines,
      text: this.#hasCarriageReturns ? withoutCarriageReturns(text) : text,
      faults: this.#faults,
      customIds: undefined,
    };
    const chunk = this.#options.isUtf8(raw.text) ? raw : repairEncoding(raw);
    this.operations += this.#lines;
    this.chunks += 1;
    this.#chunkStart = this.#lineStart;
    this.#lines = 0;
    this.#faults = [];
    this.#hasCarriageReturns = false;
    return this.#options.finish === undefined ? chunk : this.#options.finish(chunk);
  }

  #moveToFront(): void {
    if (this.#chunkStart === 0) return;
    this.#buffer.copyWithin(0, this.#chunkStart, this.#length);
    this.#length -= this.#chunkStart;
    this.#lineStart -= this.#chunkStart;
    this.#chunkStart = 0;
  }
}

/** A long line with carriage returns in its first bytes is probably a whole file whose lines end so. */
function adviseOnLineEnds(start: Uint8Array): string {
  if (!start.includes(carriageReturn)) return '';
  return ' It contains carriage returns: save the file with LF or CRLF line ends.';
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** Drops the one CR that stands before an LF. */
function withoutCarriageReturns(text: Uint8Array): Uint8Array {
  const result = new Uint8Array(text.length);
  let length = 0;
  let start = 0;
  for (let end = text.indexOf(lineFeed); end >= 0; end = text.indexOf(lineFeed, end + 1)) {
    const contentEnd = end > start && text[end - 1] === carriageReturn ? end - 1 : end;
    result.set(text.subarray(start, contentEnd), length);
    length += contentEnd - start;
    result[length] = lineFeed;
    length += 1;
    start = end + 1;
  }
  return result.slice(0, length);
}

const readableDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Gives each line that is not UTF-8 a readable form (U+FFFD in place of bad bytes) and the fault ENCODING. */
function repairEncoding(chunk: Chunk): Chunk {
  const lines: string[] = [];
  const faults = [...chunk.faults];
  let start = 0;
  for (let end = chunk.text.indexOf(lineFeed); end >= 0; end = chunk.text.indexOf(lineFeed, end + 1)) {
    const line = chunk.text.subarray(start, end);
    lines.push(readableDecoder.decode(line));
    const valid = validUtf8Length(line);
    const number = chunk.firstLine + lines.length - 1;
    if (valid < line.length && !faults.some((fault) => fault.line === number)) {
      const column = readableDecoder.decode(line.subarray(0, valid)).length + 1;
      const message = `The line is not valid UTF-8: byte 0x${(line[valid] ?? 0).toString(16).padStart(2, '0')} does not belong there.`;
      faults.push({ line: number, code: 'ENCODING', message, column, endColumn: column + 1 });
    }
    start = end + 1;
  }
  faults.sort((left, right) => left.line - right.line);
  return { ...chunk, text: encoder.encode(`${lines.join('\n')}\n`), faults };
}
