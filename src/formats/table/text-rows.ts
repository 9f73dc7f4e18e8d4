import { lineFeed, type Table } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { createResultBytes, writeDecimalMark } from './decimal-mark.ts';
import { cellOutcomes } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { SliceRows } from './slice-rows.ts';

/** One line for each row: the results with TAB between them, and `ERROR CODE: message` in the place of each that failed. */
export function createTextRows({ program: { dialect, formulas } }: Table): RowFormat {
  const resultBytes = createResultBytes(dialect.decimal, '\t');

  function writeFailed(rows: SliceRows, sink: ByteSink): void {
    const cells = cellOutcomes(rows.readOutcome(), formulas).map((cell) => {
      if (cell.kind === 'result') return writeDecimalMark(cell.text, dialect.decimal);
      const { code, message, column } = cell.error;
      return column === 0 ? `ERROR ${code}: ${message}` : `ERROR ${code}: ${message} (column ${column})`;
    });
    sink.putText(`${cells.join('\t')}\n`);
  }

  return {
    head: new Uint8Array(0),
    hasRequests: false,
    isOutcomeEncoding: dialect.decimal === '.',
    write(rows, sink) {
      if (rows.isFailed) return writeFailed(rows, sink);
      resultBytes.put(rows, sink);
      sink.putByte(lineFeed);
    },
  };
}
