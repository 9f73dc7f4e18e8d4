/**
 * Puts corrected operations in the place of those that a chunk holds. The chunk keeps its first and its last line. Where
 * corrections make it larger than chunks are, it becomes several.
 */
import { chunkBytesMax, chunkLinesMax, type Chunk, type LineFault } from './chunk.ts';
import { decodeLines, errorMark, lineFeed } from './outcome-encoding.ts';
import { readRequest } from './record-chunk.ts';
import { settleRow } from './table/settle-row.ts';
import { splitRows, type RowSyntax } from './table/row-ends.ts';

const encoder = new TextEncoder();

/** One operation of a chunk. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Its line is set when the chunk is made. */
  readonly fault: LineFault | undefined;
  readonly customId: string | null;
}

/** Requests by their line; a row without its line end. */
export type CorrectedRequests = ReadonlyMap<number, string>;

export function correctLines(chunk: Chunk, requests: CorrectedRequests): Chunk[] {
  const faults = faultsByLine(chunk);
  const pieces = decodeLines(chunk.text).map((text, index): Piece => {
    const line = chunk.firstLine + index;
    const customId = chunk.customIds?.[index] ?? null;
    const corrected = requests.get(line);
    if (corrected === undefined) return { bytes: encoder.encode(`${text}\n`), fault: faults.get(line), customId };
    const { request, fault } = readRequest(corrected);
    return { bytes: encoder.encode(`${request}\n`), fault: fault && { ...fault, line }, customId };
  });
  return cutChunks(chunk, pieces);
}

/** The requests must be single rows (`settleRow`). `lineEnd`: of a last row that would be nothing without one. */
export function correctRows(
  chunk: Chunk,
  requests: CorrectedRequests,
  syntax: RowSyntax,
  lineEnd: '\n' | '\r\n',
): Chunk[] {
  const faults = faultsByLine(chunk);
  const pieces = splitRows(chunk, syntax).map(({ start, contentEnd, end }, index): Piece => {
    const line = chunk.firstLine + index;
    const corrected = requests.get(line);
    if (corrected === undefined) {
      return { bytes: chunk.text.subarray(start, end), fault: faults.get(line), customId: null };
    }
    const row = settleRow(encoder.encode(corrected), syntax, line);
    const ownEnd = chunk.text.subarray(contentEnd, end);
    const isNothing = row.content.length === 0 && ownEnd.length === 0;
    return {
      bytes: join([row.content, isNothing ? encoder.encode(lineEnd) : ownEnd]),
      fault: row.fault,
      customId: null,
    };
  });
  return cutChunks(chunk, pieces);
}

function faultsByLine({ faults }: Chunk): ReadonlyMap<number, LineFault> {
  return new Map(faults.map((fault) => [fault.line, fault]));
}

/** By the rule by which uploads are cut. */
function cutChunks({ firstLine }: Chunk, pieces: readonly Piece[]): Chunk[] {
  const chunks: Chunk[] = [];
  let next = firstLine;
  for (let start = 0; start < pieces.length;) {
    const ofChunk = pieces.slice(start, endOfChunk(pieces, start));
    chunks.push(toChunk(next, ofChunk));
    next += ofChunk.length;
    start += ofChunk.length;
  }
  return chunks;
}

function endOfChunk(pieces: readonly Piece[], start: number): number {
  let end = start;
  for (let bytes = 0; end < pieces.length && end - start < chunkLinesMax && bytes < chunkBytesMax; end += 1) {
    bytes += pieces[end]?.bytes.length ?? 0;
  }
  return end;
}

function toChunk(firstLine: number, pieces: readonly Piece[]): Chunk {
  const customIds = pieces.map(({ customId }) => customId);
  return {
    firstLine,
    count: pieces.length,
    text: join(pieces.map(({ bytes }) => bytes)),
    faults: pieces.flatMap(({ fault }) => fault ?? []),
    customIds: customIds.some((id) => id !== null) ? customIds : undefined,
  };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

/** Which of the outcomes of a chunk are errors, by their index. A tombstone has none. */
export function findFailed(outcomes: Uint8Array): ReadonlySet<number> {
  const failed = new Set<number>();
  let index = 0;
  for (let start = 0; start < outcomes.length; index += 1) {
    if (outcomes[start] === errorMark) failed.add(index);
    const end = outcomes.indexOf(lineFeed, start);
    if (end < 0) break;
    start = end + 1;
  }
  return failed;
}
