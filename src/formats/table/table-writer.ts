/** Turns the slices of a table's result stream into bytes of a format: bytes in, bytes out. */
import type { ResultSlice } from '../../engine/index.ts';
import type { Table } from '../../jobs/index.ts';
import type { TableResultFormat } from '../result-format.ts';
import { afterLines, type ResultSelection, type ResultWriter } from '../result-writer.ts';
import { ByteSink } from './byte-sink.ts';
import { createCsvRows } from './csv-rows.ts';
import { createNdjsonRows } from './ndjson-rows.ts';
import { createObjectRows } from './object-rows.ts';
import type { RowFormat, TableWriterOptions } from './row-format.ts';
import { SliceRows } from './slice-rows.ts';
import { createTextRows } from './text-rows.ts';

export type RowSelection = Pick<ResultSelection, 'filter' | 'limit'>;

/** Room for what is added to a row besides its outcome, so that blocks seldom grow. */
const addedBytesPerRow = 16;
const nothing = new Uint8Array(0);

/** `format` must be one of those that the table has (`formatsOf`). */
export function createTableWriter(
  table: Table,
  format: TableResultFormat,
  selection: RowSelection,
  options: TableWriterOptions,
): ResultWriter {
  return new TableWriter(table, createRowFormat(table, format, options), selection);
}

function createRowFormat(table: Table, format: TableResultFormat, options: TableWriterOptions): RowFormat {
  if (format === 'text') return createTextRows(table);
  if (format !== 'ndjson') return createCsvRows(table, options.isSpreadsheetSafe);
  const isOwn = table.program.dialect.format === 'ndjson' && options.isByOperation !== true;
  return (isOwn ? createObjectRows : createNdjsonRows)(table, options.hasBareNumbers);
}

class TableWriter implements ResultWriter {
  readonly #table: Table;
  readonly #format: RowFormat;
  readonly #filter: RowSelection['filter'];
  #remaining: number;

  constructor(table: Table, format: RowFormat, { filter, limit }: RowSelection) {
    this.#table = table;
    this.#format = format;
    this.#filter = filter;
    this.#remaining = limit ?? Number.POSITIVE_INFINITY;
  }

  get head(): Uint8Array {
    return this.#format.head;
  }

  get needsRequests(): boolean {
    return this.#format.hasRequests;
  }

  get isDone(): boolean {
    return this.#remaining === 0;
  }

  write(slice: ResultSlice): Uint8Array {
    const { outcomes } = slice;
    if (outcomes.cancelled > 0 && this.#filter !== undefined) return nothing;
    if (outcomes.cancelled === 0 && outcomes.failed === 0) {
      if (this.#filter === 'failed') return nothing;
      if (this.#format.isOutcomeEncoding) return this.#passResults(slice);
    }
    return this.#writeRows(slice);
  }

  #passResults({ outcomes: { text }, firstLine, fromLine, toLine }: ResultSlice): Uint8Array {
    const count = Math.min(toLine - fromLine + 1, this.#remaining);
    this.#remaining -= count;
    const start = afterLines(text, 0, fromLine - firstLine);
    return text.subarray(start, afterLines(text, start, count));
  }

  #writeRows(slice: ResultSlice): Uint8Array {
    const rowBytes = slice.chunk?.text.length ?? 0;
    const sink = new ByteSink(rowBytes + slice.outcomes.text.length + slice.count * addedBytesPerRow);
    const rows = new SliceRows(slice, this.#table.program.dialect);
    if (this.#isWhole(slice) && !rows.hasQuotes && this.#format.writeAll?.(rows, sink) === true) {
      this.#remaining -= slice.count;
      return sink.view();
    }
    while (this.#remaining > 0 && rows.next()) {
      if (this.#filter !== undefined && rows.isFailed !== (this.#filter === 'failed')) continue;
      this.#format.write(rows, sink);
      this.#remaining -= 1;
    }
    return sink.view();
  }

  /** Whether all rows of the chunk are written, each with all its results. */
  #isWhole({ firstLine, fromLine, toLine, count, outcomes }: ResultSlice): boolean {
    if (outcomes.failed > 0 || outcomes.cancelled > 0) return false;
    return fromLine === firstLine && toLine === firstLine + count - 1 && count <= this.#remaining;
  }
}
