/**
 * Cuts the file of a table into chunks of rows as its bytes arrive. The rows stay byte for byte as they came, line ends
 * too; the one exception is a row that is longer than `rowBytesMax`, of which only the beginning is kept. Memory is bounded
 * by one chunk and one row, time by a constant for each byte, whatever the input is.
 */
import { chunkBytesMax, chunkLinesMax, type Chunk, type LineFault } from '../chunk.ts';
import type { ChunkSplitter } from '../chunk-splitter.ts';
import { encodingBytes, findForeignEncoding, type ForeignEncoding } from '../text-encoding.ts';
import { CsvHeadReader } from './csv-head.ts';
import type { HeadReader } from './head-reader.ts';
import { JsonHeadReader } from './json-head.ts';
import { QuoteRepair } from './quote-repair.ts';
import { findEncodingFaults, quoteFault, shortenRow, tooLongFault } from './row-faults.ts';
import { RowScanner, scanning } from './row-scanner.ts';
import { carriageReturn, lineFeed, openingBytes, quote } from './table-bytes.ts';
import { rowBytesMax, type Delimiter, type TableFormat, type TableHead } from './table.ts';

/** Input is taken in blocks of this size, so that the buffer has a largest size. */
const blockBytes = 64 * 1024;
/** Initial size of the buffer of a splitter, in bytes: most uploads are small. */
const initialBufferBytes = 4 * 1024;

export interface TableSplitter extends ChunkSplitter {
  /** Known as soon as the head and, with `hasHeader: false` and NDJSON, the first row are read. */
  readonly head: TableHead | undefined;
  /** The fault of the head, and what to do; there are no chunks then. */
  readonly headFault: string | undefined;
  /** Complete rows so far, in chunks or not. */
  readonly rows: number;
  /** The complete rows that are in no chunk yet, as a chunk; splitting continues. */
  flush(): Chunk[];
}

export interface TableSplitterOptions {
  readonly format: TableFormat;
  /** Undefined: detected from the first row. NDJSON has none. */
  readonly delimiter: Delimiter | undefined;
  readonly hasHeader: boolean;
  /** Whether bytes are valid UTF-8, which lines of NDJSON must be. */
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  /** Rows of a chunk at most, by how many chunks there are before it. Default: `chunkLinesMax`, which a job's chunks keep to. */
  readonly chunkRowsMax?: (chunks: number) => number;
}

export function createTableSplitter(options: TableSplitterOptions): TableSplitter {
  return new RowChunkSplitter(options);
}

export class RowChunkSplitter implements TableSplitter {
  readonly #options: TableSplitterOptions;
  readonly #headReader: HeadReader;
  #stage: 'encoding' | 'head' | 'rows' | 'refused' = 'encoding';
  /** Holds the rows of the chunk in progress and the start of an unfinished row; grows on demand. */
  #buffer: Uint8Array = new Uint8Array(initialBufferBytes);
  #length = 0;
  /** Where the byte at index 0 stands in the file. */
  #base = 0;
  #chunkStart = 0;
  #rowStart = 0;
  #rowsInChunk = 0;
  #faults: LineFault[] = [];
  /** The rest of an overlong row is being discarded; its last byte so far. */
  #isDiscarding = false;
  #lastDiscarded = 0;
  #scanner: RowScanner;
  #repair = new QuoteRepair();
  operations = 0;
  chunks = 0;
  foreignEncoding: ForeignEncoding | undefined;

  constructor(options: TableSplitterOptions) {
    this.#options = options;
    this.#scanner = new RowScanner(openingBytes(options.delimiter));
    this.#headReader = options.format === 'csv' ? new CsvHeadReader(options) : new JsonHeadReader();
  }

  get head(): TableHead | undefined {
    return this.#headReader.head;
  }

  get headFault(): string | undefined {
    return this.#headReader.fault;
  }

  get rows(): number {
    return this.operations + this.#rowsInChunk;
  }

  /** Bytes scanned to find row ends, repeated scans included: tests compare it with the length of the input. */
  get bytesScanned(): number {
    return this.#scanner.bytesScanned;
  }

  /** Bytes that the buffer takes. */
  get bufferBytes(): number {
    return this.#buffer.length;
  }

  push(bytes: Uint8Array): Chunk[] {
    const finished: Chunk[] = [];
    for (let position = 0; position < bytes.length; position += blockBytes) {
      if (this.#stage === 'refused') break;
      this.#takeBlock(bytes.subarray(position, position + blockBytes), finished);
    }
    return finished;
  }

  end(): Chunk[] {
    const finished: Chunk[] = [];
    if (this.#stage !== 'rows') this.#readStart(true);
    if (this.#stage !== 'rows') return finished;
    if (this.#isDiscarding) this.#endDiscarding(Uint8Array.of());
    this.#takeRows(finished, true);
    this.#finishChunk(finished);
    return finished;
  }

  flush(): Chunk[] {
    const finished: Chunk[] = [];
    if (this.#stage === 'rows') this.#finishChunk(finished);
    return finished;
  }

  #takeBlock(block: Uint8Array, finished: Chunk[]): void {
    const input = this.#isDiscarding ? this.#discard(block) : block;
    if (this.#isDiscarding) return;
    this.#append(input);
    if (this.#stage !== 'rows') this.#readStart(false);
    if (this.#stage !== 'rows') return;
    this.#takeRows(finished, false);
    this.#moveToFront();
  }

  /**
   * Grows the buffer as needed. An unfinished chunk is below chunkBytesMax, its unfinished row has at most rowBytesMax, then
   * comes one block: so the buffer stays below twice the sum of these.
   */
  #append(input: Uint8Array): void {
    const length = this.#length + input.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(input, this.#length);
    this.#length = length;
  }

  /** Settles the encoding, then the head, as far as the bytes go. */
  #readStart(isEnd: boolean): void {
    const start = this.#buffer.subarray(0, this.#length);
    if (this.#stage === 'encoding') {
      if (start.length < encodingBytes && !isEnd) return;
      this.foreignEncoding = findForeignEncoding(start);
      this.#stage = this.foreignEncoding === undefined ? 'head' : 'refused';
    }
    if (this.#stage !== 'head' || !this.#headReader.read(start, isEnd)) return;
    const { head, rowsStart } = this.#headReader;
    this.#stage = head === undefined ? 'refused' : 'rows';
    if (head?.format === 'csv') this.#scanner = new RowScanner(openingBytes(head.delimiter));
    this.#chunkStart = rowsStart;
    this.#rowStart = rowsStart;
  }

  #takeRows(finished: Chunk[], isEnd: boolean): void {
    const scanner = this.#scanner;
    // A native search of a block costs next to nothing compared with the scan that it saves.
    scanner.hasQuotes = this.#options.format === 'csv' && this.#rest().includes(quote);
    let rowsMax = this.#rowsMax();
    while (this.#rowStart < this.#length) {
      const found = scanner.scan(this.#buffer, this.#rowStart, this.#length, this.#repair.spansFrom - this.#base);
      if (found >= 0) this.#endRow(found + 1);
      else if (found === scanning.broken) this.#endBrokenRow();
      else if (!isEnd) break;
      else if (scanner.isBrokenAtEnd(this.#rowStart, this.#length)) this.#endBrokenRow();
      else this.#endRow(this.#length);
      if (this.#rowsInChunk >= rowsMax || this.#rowStart - this.#chunkStart >= chunkBytesMax) {
        this.#finishChunk(finished);
        rowsMax = this.#rowsMax();
      }
    }
    if (this.#length - this.#rowStart > rowBytesMax) this.#startDiscarding();
  }

  #rowsMax(): number {
    return this.#options.chunkRowsMax?.(this.chunks) ?? chunkLinesMax;
  }

  /** Bytes that are not cut into rows yet. */
  #rest(): Uint8Array {
    return this.#buffer.subarray(this.#rowStart, this.#length);
  }

  /** Counts the row that ends before `end`. */
  #endRow(end: number): void {
    const isTooLong = end - this.#rowStart > rowBytesMax;
    if (isTooLong) this.#shorten(end);
    this.#rowsInChunk += 1;
    if (!isTooLong) this.#rowStart = end;
  }

  /** The row has a quote that is never closed: ends it at its first LF, and reading continues after that. */
  #endBrokenRow(): void {
    const { firstLineFeed, reached } = this.#scanner;
    const end = firstLineFeed < 0 ? this.#length : this.#rowStart + firstLineFeed + 1;
    if (end - this.#rowStart <= rowBytesMax) this.#faults.push(quoteFault(this.rows + 1));
    this.#repair.note(this.#base + end, this.#base + this.#rowStart + reached);
    this.#scanner.reset();
    this.#endRow(end);
  }

  /** Keeps the beginning of the row that ends before `end`, and its line end. */
  #shorten(end: number): void {
    const keptEnd = this.#keepStartOfRow();
    const hasLineFeed = this.#buffer[end - 1] === lineFeed;
    const lineEndLength = hasLineFeed ? (this.#buffer[end - 2] === carriageReturn ? 2 : 1) : 0;
    this.#buffer.copyWithin(keptEnd, end - lineEndLength, this.#length);
    const removed = end - lineEndLength - keptEnd;
    this.#length -= removed;
    this.#base += removed;
    this.#rowStart = keptEnd + lineEndLength;
  }

  #keepStartOfRow(): number {
    this.#faults.push(tooLongFault(this.rows + 1));
    return shortenRow(this.#buffer, this.#rowStart, this.#length);
  }

  #startDiscarding(): void {
    this.#lastDiscarded = this.#buffer[this.#length - 1] ?? 0;
    const keptEnd = this.#keepStartOfRow();
    this.#base += this.#length - keptEnd;
    this.#length = keptEnd;
    this.#isDiscarding = true;
    this.#scanner.reset();
  }

  /** Discards the rest of an overlong row; returns what follows it. */
  #discard(block: Uint8Array): Uint8Array {
    const end = block.indexOf(lineFeed);
    const rest = end < 0 ? block : block.subarray(0, end);
    this.#base += rest.length;
    this.#lastDiscarded = rest.at(-1) ?? this.#lastDiscarded;
    if (end < 0) return rest;
    const hasCarriageReturn = this.#lastDiscarded === carriageReturn;
    if (hasCarriageReturn) this.#base -= 1;
    this.#endDiscarding(hasCarriageReturn ? Uint8Array.of(carriageReturn, lineFeed) : Uint8Array.of(lineFeed));
    return block.subarray(end + 1);
  }

  #endDiscarding(lineEnd: Uint8Array): void {
    this.#append(lineEnd);
    this.#isDiscarding = false;
    this.#rowsInChunk += 1;
    this.#rowStart = this.#length;
  }

  #finishChunk(finished: Chunk[]): void {
    if (this.#rowsInChunk === 0) return;
    const chunk: Chunk = {
      firstLine: this.operations + 1,
      count: this.#rowsInChunk,
      text: this.#buffer.slice(this.#chunkStart, this.#rowStart),
      faults: this.#faults,
      customIds: undefined,
    };
    const isReadable = this.#options.format === 'csv' || this.#options.isUtf8(chunk.text);
    finished.push(isReadable ? chunk : { ...chunk, faults: findEncodingFaults(chunk) });
    this.operations += this.#rowsInChunk;
    this.chunks += 1;
    this.#chunkStart = this.#rowStart;
    this.#rowsInChunk = 0;
    this.#faults = [];
  }

  #moveToFront(): void {
    if (this.#chunkStart === 0) return;
    this.#buffer.copyWithin(0, this.#chunkStart, this.#length);
    this.#length -= this.#chunkStart;
    this.#rowStart -= this.#chunkStart;
    this.#base += this.#chunkStart;
    this.#chunkStart = 0;
  }
}
