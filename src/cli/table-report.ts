/** The report for people at the end of a table: the number of rows, and the control totals of its columns. */
import type { TotalsBody } from '../formats/index.ts';
import { printable } from '../printable.ts';
import { formatCount, formatTable } from './text.ts';

export interface TableCounts {
  readonly rows: number;
  readonly failed: number;
}

const none = '-';

export function formatTableReport({ rows, failed }: TableCounts, totals: Readonly<Record<string, TotalsBody>>): string {
  const counts = `${formatCount(rows)} rows: ${formatCount(rows - failed)} succeeded, ${formatCount(failed)} failed`;
  return `${counts}\n${formatTotals(totals)}`;
}

export function formatTotals(totals: Readonly<Record<string, TotalsBody>>): string {
  return formatTable(
    [
      { title: 'COLUMN', align: 'left' },
      { title: 'COUNT', align: 'right' },
      { title: 'SUM', align: 'right' },
      { title: 'MIN', align: 'right' },
      { title: 'MAX', align: 'right' },
      { title: 'MEAN', align: 'right' },
    ],
    Object.entries(totals).map(([name, { count, sum, min, max, mean }]) => [
      printable(name),
      formatCount(count),
      ...[sum, min, max, mean].map((value) => printable(value ?? none)),
    ]),
  );
}

/** Checks a member of a response; undefined: the value is no totals. */
export function readTotals(value: unknown): Readonly<Record<string, TotalsBody>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const isTotals = Object.values(value).every(isTotalsDocument);
  return isTotals ? (value as Record<string, TotalsBody>) : undefined;
}

function isTotalsDocument(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { count, sum, min, max, mean } = value as Record<string, unknown>;
  return typeof count === 'number' && [sum, min, max, mean].every((text) => text === null || typeof text === 'string');
}
