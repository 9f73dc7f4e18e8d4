/**
 * Turns the slices of a result stream into bytes of a format. The usual chunk, all results and asked for as text, is its
 * own answer and is not even decoded.
 */
import { invariant } from '../engine/basics.ts';
import type { ResultSlice } from '../engine/index.ts';
import { cancelledError, decodeOutcomeLine, errorMark, lineFeed, type OutcomeError } from '../jobs/index.ts';
import { csvFormat, spreadsheetFormat } from './csv-format.ts';
import { nameFile } from './file-format.ts';
import type { LineFormat } from './line-format.ts';
import { ndjsonFormat } from './ndjson-format.ts';
import type { ResultFormat } from './result-format.ts';
import { textFormat } from './text-format.ts';

export interface ResultSelection {
  readonly filter: 'succeeded' | 'failed' | undefined;
  /** Lines to write at most; undefined: all. */
  readonly limit: number | undefined;
  /** Where the lines come from, to be named with each. Default: not named. */
  readonly file?: string | undefined;
  /** CSV only: no cell is run as a formula by a spreadsheet. */
  readonly isSpreadsheetSafe?: boolean;
}

export interface ResultWriter {
  /** Text before the first line. */
  readonly head: Uint8Array;
  /** Whether the slices must hold their chunks. */
  readonly needsRequests: boolean;
  /** True once `limit` lines were written. */
  readonly isDone: boolean;
  /** The bytes for the selected lines of the slice. */
  write(slice: ResultSlice): Uint8Array;
}

const lineFormats = { text: textFormat, csv: csvFormat, ndjson: ndjsonFormat } as const satisfies Record<
  ResultFormat,
  LineFormat
>;

const nothing = new Uint8Array(0);

export function createResultWriter(format: ResultFormat, selection: ResultSelection): ResultWriter {
  const { file } = selection;
  const isGuarded = format === 'csv' && selection.isSpreadsheetSafe === true;
  const lines = isGuarded ? spreadsheetFormat : lineFormats[format];
  return new SliceWriter(file === undefined ? lines : nameFile(format, lines, file), selection);
}

class SliceWriter implements ResultWriter {
  readonly #format: LineFormat;
  readonly #filter: ResultSelection['filter'];
  #remaining: number;

  constructor(format: LineFormat, { filter, limit }: ResultSelection) {
    this.#format = format;
    this.#filter = filter;
    this.#remaining = limit ?? Number.POSITIVE_INFINITY;
  }

  get head(): Uint8Array {
    return Buffer.from(this.#format.head);
  }

  get needsRequests(): boolean {
    return this.#format.hasRequests;
  }

  get isDone(): boolean {
    return this.#remaining === 0;
  }

  write(slice: ResultSlice): Uint8Array {
    const { outcomes } = slice;
    if (outcomes.cancelled > 0) return this.#filter === undefined ? this.#writeCancelled(slice) : nothing;
    const hasOnlyResults = outcomes.failed === 0;
    if (hasOnlyResults && this.#filter === 'failed') return nothing;
    if (hasOnlyResults && !this.#format.hasRequests) return this.#passResults(slice);
    return this.#writeOutcomes(slice);
  }

  /** Results alone are the same bytes in the outcome encoding and in text. */
  #passResults(slice: ResultSlice): Uint8Array {
    const { text } = slice.outcomes;
    const skipped = slice.fromLine - slice.firstLine;
    const count = Math.min(slice.toLine - slice.fromLine + 1, this.#remaining);
    this.#remaining -= count;
    if (count === slice.count) return text;
    const start = afterLines(text, 0, skipped);
    return text.subarray(start, afterLines(text, start, count));
  }

  #writeOutcomes(slice: ResultSlice): Uint8Array {
    const { lines: outcomes, text } = readLines(slice.outcomes.text);
    const { chunkFormat, requests, customIds } = this.#begin(slice, text);
    let output = '';
    const end = slice.toLine - slice.firstLine;
    for (let index = slice.fromLine - slice.firstLine; index <= end && this.#remaining > 0; index += 1) {
      const encoded = outcomes[index] ?? '';
      const isError = encoded.charCodeAt(0) === errorMark;
      if (!this.#wants(isError)) continue;
      const line = slice.firstLine + index;
      const request = requests[index] ?? '';
      const customId = customIds?.[index] ?? null;
      output += isError
        ? chunkFormat.error(line, customId, request, decodeError(encoded))
        : chunkFormat.result(line, customId, request, encoded);
      this.#remaining -= 1;
    }
    return Buffer.from(output);
  }

  #writeCancelled(slice: ResultSlice): Uint8Array {
    const { chunkFormat, requests, customIds } = this.#begin(slice, '');
    let output = '';
    for (let line = slice.fromLine; line <= slice.toLine && this.#remaining > 0; line += 1) {
      const index = line - slice.firstLine;
      output += chunkFormat.error(line, customIds?.[index] ?? null, requests[index] ?? '', cancelledError);
      this.#remaining -= 1;
    }
    return Buffer.from(output);
  }

  #begin(slice: ResultSlice, outcomes: string) {
    const chunk = this.#format.hasRequests ? slice.chunk : undefined;
    const { lines, text } = readLines(chunk?.text ?? nothing);
    return { chunkFormat: this.#format.begin(text, outcomes), requests: lines, customIds: chunk?.customIds };
  }

  #wants(isError: boolean): boolean {
    return this.#filter === undefined || isError === (this.#filter === 'failed');
  }
}

/** The lines of a chunk's text, and the text itself; behind the last line stands an empty one. */
function readLines(bytes: Uint8Array): { readonly lines: readonly string[]; readonly text: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return { lines: text.split('\n'), text };
}

function decodeError(encoded: string): OutcomeError {
  const outcome = decodeOutcomeLine(encoded);
  invariant(outcome.kind === 'error', 'the line has the mark of an error');
  return outcome.error;
}

/** Where the line begins that follows `count` lines from `start` on. */
export function afterLines(text: Uint8Array, start: number, count: number): number {
  let position = start;
  for (let passed = 0; passed < count; passed += 1) position = text.indexOf(lineFeed, position) + 1;
  return position;
}
