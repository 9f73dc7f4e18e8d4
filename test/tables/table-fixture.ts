/** Tables for tests: a file, formulas and options in, the plan and the requests for its chunks out. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { RequestMessage, TableFault, TableOptions, TablePlan } from '../../src/engine/index.ts';
import {
  createTableSplitter,
  decodeLines,
  decodeRowOutcome,
  type Chunk,
  type ChunkOutcomes,
  type EvaluationMode,
  type LineOutcome,
  type TableFormat,
  type TableHead,
} from '../../src/jobs/index.ts';
import { planTable } from '../../src/tables/index.ts';

/** The options of a table in a test; the formulas alone are enough. */
export interface TableWish extends Partial<TableOptions>, Partial<EvaluationMode> {
  readonly format?: TableFormat;
}

export function tableOptions(wish: TableWish): TableOptions {
  return {
    formulas: [],
    totals: [],
    delimiter: undefined,
    hasHeader: true,
    decimal: '.',
    group: undefined,
    numbers: 'strict',
    missing: 'error',
    missingValues: [],
    replaces: false,
    errorColumn: 'error',
    ...wish,
  };
}

function modeOf({ mode = 'decimal', precision = 34 }: TableWish): EvaluationMode {
  return { mode, precision };
}

/** The head of a file and its chunks. */
export function splitTable(file: string | Uint8Array, wish: TableWish = {}): { head: TableHead; chunks: Chunk[] } {
  const { delimiter, hasHeader } = tableOptions(wish);
  const splitter = createTableSplitter({ format: wish.format ?? 'csv', delimiter, hasHeader, isUtf8 });
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const chunks = [...splitter.push(bytes), ...splitter.end()];
  assert.equal(splitter.headFault, undefined);
  assert.ok(splitter.head !== undefined);
  return { head: splitter.head, chunks };
}

export function planOf(file: string | Uint8Array, wish: TableWish): TablePlan {
  const verdict = planTable(splitTable(file, wish).head, tableOptions(wish), modeOf(wish));
  assert.ok(verdict.kind === 'planned', verdict.kind === 'refused' ? verdict.fault.message : '');
  return verdict;
}

export function faultOf(file: string | Uint8Array, wish: TableWish): TableFault {
  const verdict = planTable(splitTable(file, wish).head, tableOptions(wish), modeOf(wish));
  assert.ok(verdict.kind === 'refused', 'it was accepted');
  return verdict.fault;
}

/** The requests for the chunks of a file, as the dispatcher sends them. */
export function requestsOf(file: string | Uint8Array, wish: TableWish): RequestMessage[] {
  const { table } = planOf(file, wish);
  return splitTable(file, wish).chunks.map((chunk) => requestFor(chunk, { ...modeOf(wish), table: table.program }));
}

function requestFor(chunk: Chunk, job: EvaluationMode & Pick<RequestMessage, 'table'>): RequestMessage {
  const { firstLine, count, text, faults } = chunk;
  return { ...job, jobId: 'job', firstLine, count, text, faults, attempt: 1, costMax: Number.MAX_SAFE_INTEGER };
}

/** The request for a file that is one chunk. */
export function requestOf(
  file: string | Uint8Array,
  wish: TableWish,
  overrides: Partial<RequestMessage> = {},
): RequestMessage {
  const [request, ...others] = requestsOf(file, wish);
  assert.ok(request !== undefined && others.length === 0, 'one chunk');
  return { ...request, ...overrides };
}

/** One list for each row: results, or `!` and the error code. A row that failed as a whole is that error alone. */
export function shownRows({ text }: Pick<ChunkOutcomes, 'text'>): (readonly string[] | string)[] {
  return decodeLines(text).map((line) => {
    const row = decodeRowOutcome(line);
    return row.kind === 'cells' ? row.cells.map(shown) : `!${row.error.code}`;
  });
}

function shown(outcome: LineOutcome): string {
  return outcome.kind === 'result' ? outcome.text : `!${outcome.error.code}`;
}
