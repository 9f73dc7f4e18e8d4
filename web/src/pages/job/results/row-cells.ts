/** The cells of a row of CSV by the names of their columns, for reading: blanks around them are left out. */
import { CsvHeadReader } from '../../../../../src/jobs/table/csv-head.ts';
import type { Delimiter } from '../../../../../src/jobs/table/table.ts';
import type { TableJob } from '../job-options.ts';

export interface NamedCell {
  readonly name: string;
  readonly text: string;
}

/** More are of no use side by side; the row itself is shown whole. */
const cellsMax = 100;

/** None if the row is not one of its table, such as one with too few cells. */
export function nameCells({ columns, dialect }: TableJob, row: string): NamedCell[] {
  if (dialect.format !== 'csv' || columns.length > cellsMax) return [];
  // A header is read as any row is.
  const reader = new CsvHeadReader({ delimiter: dialect.delimiter as Delimiter | undefined, hasHeader: true });
  reader.read(new TextEncoder().encode(`${row}\n`), true);
  const cells = reader.head?.columns ?? [];
  if (reader.fault !== undefined || cells.length !== columns.length) return [];
  return columns.map((name, index) => ({ name, text: cells[index] ?? '' }));
}
