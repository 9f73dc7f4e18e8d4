/** Helpers of the tests of tables: a file passed to the splitter in arbitrary pieces, and its rows as strings. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import {
  createRowReader,
  createTableSplitter,
  splitRows,
  type Chunk,
  type TableHead,
  type TableSplitter,
  type TableSplitterOptions,
} from '../../../src/jobs/index.ts';
import { cellKind } from '../../../src/jobs/table/row-cells.ts';

export type FileOptions = Partial<TableSplitterOptions>;

export interface SplitFile {
  readonly head: TableHead | undefined;
  readonly headFault: string | undefined;
  readonly chunks: readonly Chunk[];
}

export function createSplitter(options: FileOptions = {}): TableSplitter {
  return createTableSplitter({ format: 'csv', delimiter: undefined, hasHeader: true, isUtf8, ...options });
}

/** Splits a file whose bytes come in pieces that end at `cuts`. */
export function splitFile(
  file: string | Uint8Array,
  options: FileOptions = {},
  cuts: readonly number[] = [],
): SplitFile {
  const bytes = toBytes(file);
  const splitter = createSplitter(options);
  const chunks: Chunk[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    chunks.push(...splitter.push(bytes.slice(start, cut)));
    start = cut;
  }
  chunks.push(...splitter.end());
  checkNumbers(splitter, chunks);
  return { head: splitter.head, headFault: splitter.headFault, chunks };
}

export function toBytes(file: string | Uint8Array): Uint8Array {
  return typeof file === 'string' ? Buffer.from(file) : file;
}

function checkNumbers(splitter: TableSplitter, chunks: readonly Chunk[]): void {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  assert.equal(splitter.rows, rows);
  assert.equal(splitter.operations, rows);
  assert.equal(splitter.chunks, chunks.length);
  let next = 1;
  for (const chunk of chunks) {
    assert.equal(chunk.firstLine, next);
    next += chunk.count;
  }
}

/** The rows of a chunk as a reader finds them. */
export interface ReadRow {
  readonly row: number;
  /** With its line end. Bytes as characters, so that nothing is lost. */
  readonly text: string;
  readonly cells: readonly string[];
  readonly fault: string | undefined;
}

export function readRows({ head, chunks }: SplitFile): ReadRow[] {
  assert.ok(head !== undefined || chunks.length === 0, 'there are rows only after a head');
  return head === undefined ? [] : chunks.flatMap((chunk) => readChunk(chunk, head));
}

function readChunk(chunk: Chunk, head: TableHead): ReadRow[] {
  const columns = head.columns.map((name, index) => ({ name, index }));
  const reader = createRowReader(head, head.columns.length, columns);
  const spans = splitRows(chunk, head);
  const rows: ReadRow[] = [];
  reader.open(chunk);
  while (reader.next()) {
    const { row, start, contentEnd, end, cells, fault } = reader;
    assert.deepEqual({ start, contentEnd, end }, spans[rows.length]);
    const count = Math.min(cells.count, cells.starts.length);
    const texts = Array.from({ length: count }, (_, index) => readCell(cells, index));
    rows.push({ row, text: latin1(chunk.text.subarray(start, end)), cells: texts, fault: fault?.code });
  }
  assert.equal(rows.length, chunk.count, 'the reader finds the rows that the splitter counted');
  assert.equal(rows.at(-1)?.row, chunk.firstLine + chunk.count - 1);
  return rows;
}

function readCell(cells: ReturnType<typeof createRowReader>['cells'], index: number): string {
  const text = latin1(cells.bytes.subarray(cells.starts[index], cells.ends[index]));
  return cells.kinds[index] === cellKind.doubledQuotes ? text.replaceAll('""', '"') : text;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** The faults as `row code`, in order of the rows. */
export function faultsOf(rows: readonly ReadRow[]): string[] {
  return rows.flatMap(({ row, fault }) => (fault === undefined ? [] : [`${row} ${fault}`]));
}

/** Head and rows together, which are the file again unless a row was too long. */
export function joinFile({ head, chunks }: SplitFile): Uint8Array {
  return Buffer.concat([head?.head ?? Buffer.of(), ...chunks.map((chunk) => chunk.text)]);
}
