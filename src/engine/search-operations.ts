/**
 * Searches the lines of a job, a bounded piece per call. Strings are searched as bytes, and only chunks in which these are
 * found are decoded. What a chunk's counts rule out is not read at all: a code is looked up in the errors of each chunk.
 */
import { chunkLinesMax, sumErrors, type ChunkCounts } from '../jobs/index.ts';
import { JobDeleted } from './errors.ts';
import type { LineSource } from './job-results.ts';
import type { OperationSearch, OperationView, SearchQuery } from './job-service.ts';
import type { ChunkSlice } from './ports.ts';
import { codeOf, holdsText, matches, viewSlice } from './view-slice.ts';

/**
 * The budget of a call, in microseconds as they were measured on a slow core. A bound on time itself would find less the
 * busier the machine is.
 */
const costMax = 60_000;
/** With the time that others need for it: a store of a cluster may take 200 ms for one, and a response has to come within seconds. */
const readCost = 2_000;
const countCost = 3;
const sliceCost = 30;
/** A store hands over, and a search looks through, so many bytes in a microsecond; lines are decoded more slowly. */
const bytesPerCost = 400;
const decodedBytesPerCost = 40;
/** After so much, other requests have their turn. */
const turnCost = 3_000;
/** Bytes per read; a single chunk may be larger. */
const bytesPerReadMax = 1024 * 1024;
const slicesPerReadMax = 16;
const countsPerRead = 512;

/** Chunks that may hold wanted lines, and the last line that is then dealt with. */
interface Piece {
  readonly slices: readonly ChunkSlice[];
  readonly through: number;
  readonly cost: number;
}

/** `nextTurn` is awaited between pieces of some milliseconds. */
export async function searchOperations(
  source: LineSource,
  query: SearchQuery,
  nextTurn: () => Promise<void>,
): Promise<OperationSearch> {
  const { operations } = source.job;
  const readPiece = createPieceReader(source, query);
  const search = createSliceSearch(source, query);
  const found: OperationView[] = [];
  let through = Math.min(query.fromLine - 1, operations);
  let turnAt = turnCost;
  for (let cost = 0; through < operations && cost < costMax;) {
    const piece = await readPiece(through + 1);
    cost += piece.cost;
    for (const slice of piece.slices) {
      found.push(...search(slice));
      if (found.length >= query.limit) return toSearch(found.slice(0, query.limit), operations);
      cost += search.takeCost();
      // Large chunks after small ones: what was read with them is read again.
      if (cost >= costMax) return toSearch(found, operations, lastOf(slice.chunk));
    }
    ({ through } = piece);
    if (cost < turnAt) continue;
    await nextTurn();
    turnAt = cost + turnCost;
  }
  return toSearch(found, operations, through);
}

function toSearch(
  found: readonly OperationView[],
  operations: number,
  through = found.at(-1)?.line ?? 0,
): OperationSearch {
  return { operations: found, searchedThrough: through, next: through < operations ? through + 1 : undefined };
}

// -------------------------------------------------------------------------------------------------- which chunks to read

function createPieceReader(source: LineSource, query: SearchQuery): (fromLine: number) => Promise<Piece> {
  const reader = createSliceReader(source);
  if (query.filter === 'pending') return (fromLine) => readOpen(source, fromLine);
  if (query.filter === undefined && query.errorCode === undefined) {
    return async (fromLine) => toPiece(await reader(fromLine, source.job.operations), source.job.operations);
  }
  return createCountedReader(source, query, reader);
}

/** Chunks without outcomes; when there are fewer than the limit, none is left to search. */
async function readOpen({ store, job }: LineSource, fromLine: number): Promise<Piece> {
  const chunks = await store.readOpenChunks(job.id, firstLineMin(fromLine), slicesPerReadMax);
  const slices = chunks.map((chunk) => ({ chunk, outcomes: undefined }));
  const piece = toPiece(slices, job.operations);
  return chunks.length < slicesPerReadMax ? { ...piece, through: job.operations } : piece;
}

/** Chunks whose counts do not rule out that they hold wanted lines. Many counts are read together, and kept until they are used. */
function createCountedReader(
  source: LineSource,
  query: SearchQuery,
  read: SliceReader,
): (fromLine: number) => Promise<Piece> {
  const { store, job } = source;
  let candidates: readonly ChunkCounts[] = [];
  /** The last line that the counts cover. */
  let end = 0;

  async function readCandidates(fromLine: number): Promise<number> {
    const counts = await store.readCounts(job.id, firstLineMin(fromLine), countsPerRead);
    const last = counts.at(-1);
    end = last === undefined || counts.length < countsPerRead ? job.operations : lastOf(last);
    candidates = counts.filter((chunk) => mayHold(chunk, query));
    return readCost + countCost * counts.length;
  }

  return async (fromLine) => {
    const cost = fromLine > end ? await readCandidates(fromLine) : 0;
    candidates = candidates.filter((chunk) => lastOf(chunk) >= fromLine);
    const [first, last] = firstRun(candidates);
    if (first === undefined || last === undefined) return { slices: [], through: end, cost };
    const piece = toPiece(await read(Math.max(first.firstLine, fromLine), lastOf(last)), end);
    return { ...piece, cost: cost + piece.cost };
  };
}

/** The first and the last of the chunks that follow each other without a gap. */
function firstRun(chunks: readonly ChunkCounts[]): readonly (ChunkCounts | undefined)[] {
  const gap = chunks.findIndex((chunk, index) => {
    const next = chunks[index + 1];
    return next === undefined || next.firstLine !== lastOf(chunk) + 1;
  });
  return [chunks[0], chunks[gap]];
}

function mayHold(counts: ChunkCounts, { filter, errorCode }: SearchQuery): boolean {
  if ((filter === 'failed' || filter === 'succeeded') && counts[filter] === 0) return false;
  if (errorCode === undefined || counts.cancelled > 0) return true;
  const { failed, errors = {} } = counts;
  // Outcomes from before errors were counted.
  return failed > 0 && (errors[errorCode] !== undefined || sumErrors(errors) < failed);
}

type SliceReader = (fromLine: number, toLine: number) => Promise<readonly ChunkSlice[]>;

/** Reads as many chunks together as fit the memory that one search may take. */
function createSliceReader({ store, job }: LineSource): SliceReader {
  let slicesPerRead = 1;
  return async (fromLine, toLine) => {
    const slices = await store.readSlices(job.id, fromLine, toLine, slicesPerRead);
    if (slices.length === 0) throw new JobDeleted('the job was deleted');
    const bytes = slices.reduce((sum, slice) => sum + bytesOf(slice), 1);
    const fitting = Math.floor((bytesPerReadMax * slices.length) / bytes);
    slicesPerRead = Math.max(1, Math.min(slicesPerReadMax, fitting, 4 * slicesPerRead));
    return slices;
  };
}

function toPiece(slices: readonly ChunkSlice[], end: number): Piece {
  const last = slices.at(-1)?.chunk;
  const bytes = slices.reduce((sum, slice) => sum + bytesOf(slice), 0);
  const cost = readCost + sliceCost * slices.length + bytes / bytesPerCost;
  return { slices, through: last === undefined ? end : lastOf(last), cost };
}

// ------------------------------------------------------------------------------------------------ which lines are wanted

interface SliceSearch {
  (slice: ChunkSlice): OperationView[];
  /** The cost of decoding since the last call. */
  takeCost(): number;
}

function createSliceSearch({ syntax }: LineSource, query: SearchQuery): SliceSearch {
  const { text, errorCode, filter, fromLine } = query;
  const needle = text === undefined ? undefined : Buffer.from(text);
  let cost = 0;

  function isWanted(view: OperationView): boolean {
    if (view.line < fromLine || (filter !== undefined && !matches(view, filter))) return false;
    if (errorCode !== undefined && codeOf(view) !== errorCode) return false;
    return text === undefined || holdsText(view, text);
  }

  function search(slice: ChunkSlice): OperationView[] {
    if (needle !== undefined && text !== undefined && !mayHoldText(slice, needle, text)) return [];
    cost += bytesOf(slice) / decodedBytesPerCost;
    return viewSlice(slice, syntax).filter(isWanted);
  }

  return Object.assign(search, {
    takeCost() {
      const taken = cost;
      cost = 0;
      return taken;
    },
  });
}

/** An error's message is found here too; the lines themselves are looked at after this. */
function mayHoldText({ chunk, outcomes }: ChunkSlice, needle: Buffer, text: string): boolean {
  if (asBuffer(chunk.text).includes(needle)) return true;
  if (outcomes !== undefined && (outcomes.cancelled > 0 || asBuffer(outcomes.text).includes(needle))) return true;
  return chunk.customIds?.some((id) => id?.includes(text) === true) === true;
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function bytesOf({ chunk, outcomes }: ChunkSlice): number {
  return chunk.text.length + (outcomes?.text.length ?? 0);
}

/** The first line of a chunk that holds a line is not before this one. */
function firstLineMin(line: number): number {
  return Math.max(1, line - chunkLinesMax + 1);
}

function lastOf({ firstLine, count }: { readonly firstLine: number; readonly count: number }): number {
  return firstLine + count - 1;
}
