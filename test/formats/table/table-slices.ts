/** Tables and slices of their results, as the engine hands them to a writer. */
import { createTableWriter, type TableResultFormat } from '../../../src/formats/index.ts';
import type { ResultSlice } from '../../../src/engine/index.ts';
import {
  encodeCellError,
  encodeErrorLine,
  tombstone,
  type Dialect,
  type LineFault,
  type OutcomeError,
  type RowOutcome,
  type Table,
} from '../../../src/jobs/index.ts';

type TableParts = Partial<Omit<Table, 'program' | 'head'>> & {
  readonly dialect?: Partial<Dialect>;
  readonly formulas?: readonly string[];
  readonly head?: string | Uint8Array;
};

/** A CSV table with the columns a, b and c and the formula `total`, unless something else is said. */
export function tableOf({ dialect, formulas = ['total'], head = 'a,b,c\n', ...parts }: TableParts = {}): Table {
  const columns = parts.columns ?? ['a', 'b', 'c'];
  return {
    program: {
      dialect: {
        format: 'csv',
        delimiter: ',',
        decimal: '.',
        group: undefined,
        numbers: 'strict',
        missing: 'error',
        missingValues: [],
        ...dialect,
      },
      cells: dialect?.format === 'ndjson' ? 0 : columns.length,
      columns: [],
      formulas: formulas.map((name) => ({ name, text: '1' })),
      totals: [],
      added: [],
    },
    head: typeof head === 'string' ? Buffer.from(head) : head,
    lineEnd: '\n',
    hasHeader: true,
    replaces: false,
    errorColumn: 'error',
    ...parts,
    columns,
  };
}

export function error(code: string, message: string, column = 0): OutcomeError {
  return { code, message, column, endColumn: column === 0 ? 0 : column + 1 };
}

/** The outcome of a row: a result text or an error for each formula, or the error of the whole row. */
export type Ending = readonly (string | OutcomeError)[] | OutcomeError;

export interface Row {
  /** With its line end, unless it is the last of the file. */
  readonly bytes: string | Uint8Array;
  readonly ending: Ending;
  /** The fault at the intake. */
  readonly fault?: 'QUOTE' | 'TOO_LONG';
}

export function sliceOf(rows: readonly Row[], firstLine = 1): ResultSlice {
  const encoded = rows.map(({ ending }) => encodeRow(toOutcome(ending)));
  const failed = encoded.filter((line) => line.startsWith('!')).length;
  const text = Buffer.concat(rows.map(({ bytes }) => Buffer.from(bytes as Uint8Array)));
  const count = rows.length;
  return {
    firstLine,
    count,
    fromLine: firstLine,
    toLine: firstLine + count - 1,
    outcomes: {
      succeeded: count - failed,
      failed,
      cancelled: 0,
      cost: 0,
      engine: '3',
      text: Buffer.from(encoded.join('')),
    },
    chunk: { firstLine, count, text, faults: faultsOf(rows, firstLine), customIds: undefined },
  };
}

export function cancelled(slice: ResultSlice): ResultSlice {
  return { ...slice, outcomes: tombstone(slice.count) };
}

function faultsOf(rows: readonly Row[], firstLine: number): LineFault[] {
  return rows.flatMap(({ fault }, index) =>
    fault === undefined ? [] : [{ line: firstLine + index, code: fault, message: '', column: 0, endColumn: 0 }],
  );
}

export function toOutcome(ending: Ending): RowOutcome {
  if ('code' in ending) return { kind: 'error', error: ending };
  const cells = ending.map((cell) =>
    typeof cell === 'string' ? { kind: 'result' as const, text: cell } : { kind: 'error' as const, error: cell },
  );
  return { kind: 'cells', cells };
}

/** As row-outcome.ts describes it. */
function encodeRow(outcome: RowOutcome): string {
  if (outcome.kind === 'error') return encodeErrorLine(outcome.error);
  const cells = outcome.cells.map((cell) => (cell.kind === 'result' ? cell.text : encodeCellError(cell.error)));
  const mark = outcome.cells.some(({ kind }) => kind === 'error') ? '!\t' : '';
  return `${mark}${cells.join('\t')}\n`;
}

export interface Wanted {
  readonly filter?: 'succeeded' | 'failed';
  readonly limit?: number;
  readonly isSpreadsheetSafe?: boolean;
  readonly hasBareNumbers?: boolean;
}

export function writeTable(
  table: Table,
  format: TableResultFormat,
  slices: readonly ResultSlice[],
  { filter, limit, isSpreadsheetSafe = false, hasBareNumbers = false }: Wanted = {},
): Buffer {
  const writer = createTableWriter(table, format, { filter, limit }, { isSpreadsheetSafe, hasBareNumbers });
  return Buffer.concat([writer.head, ...slices.map((slice) => writer.write(slice))]);
}
