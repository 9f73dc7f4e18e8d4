/** Which corrections are for lines that may not be corrected: those that did not fail. */
import {
  findFailed,
  splitRows,
  type Chunk,
  type Corrections,
  type Job,
  type RowSyntax,
  type Table,
} from '../jobs/index.ts';
import { LineList } from './correction-reader.ts';
import type { JobStore, LineRange } from './ports.ts';
import { pause, type Time } from './time.ts';

/** Chunks looked through before others get their turn. */
const chunksPerTurn = 32;

/** The job that is repaired was deleted meanwhile. */
export class FirstGone extends Error {
  override readonly name = 'FirstGone';
}

/** Where outcomes are read. The job is finished. */
export interface CheckSource {
  readonly store: Pick<JobStore, 'readOutcomes' | 'readSlices'>;
  readonly time: Time;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  readonly job: Pick<Job, 'id' | 'operations'>;
  readonly table: Table | undefined;
}

export interface Uncorrectable {
  readonly notFailed: LineList;
  /** Rows of CSV in another encoding than UTF-8: what JSON says of them is not what they hold. */
  readonly unreadable: LineList;
}

/** The indexes of lines, from 0, in a chunk. */
type Indexes = ReadonlySet<number>;

interface CheckedSlice extends LineRange {
  readonly failed: Indexes;
  readonly unreadable: Indexes;
}

/**
 * Looks only at the chunks that corrections are for: several together where each has some, and else one. Throws `FirstGone` when a
 * chunk is missing.
 */
export async function findUncorrectable(source: CheckSource, corrections: Corrections): Promise<Uncorrectable> {
  const found = { notFailed: new LineList(), unreadable: new LineList() };
  let sinceTurn = 0;
  for (let [index, limit] = [0, 1]; index < corrections.count;) {
    const slices = await readSlices(source, corrections.lineAt(index), limit);
    const checked = checkSlices(slices, corrections, index, found);
    if (checked.index === index) throw new FirstGone();
    index = checked.index;
    limit = checked.isEachCorrected ? Math.min(chunksPerTurn, 2 * limit) : 1;
    sinceTurn += slices.length;
    if (sinceTurn < chunksPerTurn) continue;
    sinceTurn = 0;
    await pause(source.time, 0);
  }
  return found;
}

async function readSlices(source: CheckSource, fromLine: number, limit: number): Promise<readonly CheckedSlice[]> {
  const { store, job, table } = source;
  if (table?.program.dialect.format !== 'csv') {
    const slices = await store.readOutcomes(job.id, fromLine, job.operations, limit);
    return slices.map(({ firstLine, count, outcomes }) => {
      return { firstLine, count, failed: findFailed(outcomes.text), unreadable: noLines };
    });
  }
  const { dialect } = table.program;
  const slices = await store.readSlices(job.id, fromLine, job.operations, limit);
  return slices.map(({ chunk, outcomes }) => ({
    firstLine: chunk.firstLine,
    count: chunk.count,
    failed: outcomes === undefined ? noLines : findFailed(outcomes.text),
    unreadable: findUnreadable(source, chunk, dialect),
  }));
}

const noLines: Indexes = new Set();

function findUnreadable({ isUtf8 }: CheckSource, chunk: Chunk, syntax: RowSyntax): Indexes {
  if (isUtf8(chunk.text)) return noLines;
  const rows = splitRows(chunk, syntax);
  return new Set(rows.flatMap(({ start, end }, index) => (isUtf8(chunk.text.subarray(start, end)) ? [] : index)));
}

/** Where the corrections from `start` on have come to, and whether each of the chunks has one. */
function checkSlices(
  slices: readonly CheckedSlice[],
  corrections: Corrections,
  start: number,
  found: Uncorrectable,
): { readonly index: number; readonly isEachCorrected: boolean } {
  let index = start;
  let corrected = 0;
  for (const slice of slices) {
    const before = index;
    index = checkSlice(slice, corrections, index, found);
    if (index > before) corrected += 1;
  }
  return { index, isEachCorrected: corrected === slices.length };
}

function checkSlice(
  { firstLine, count, failed, unreadable }: CheckedSlice,
  corrections: Corrections,
  start: number,
  found: Uncorrectable,
): number {
  let index = start;
  for (let line = corrections.lineAt(index); line < firstLine + count; line = corrections.lineAt(index)) {
    if (!failed.has(line - firstLine)) found.notFailed.add(line);
    else if (unreadable.has(line - firstLine)) found.unreadable.add(line);
    index += 1;
  }
  return index;
}
