/** Which rows are drawn. Rows are counted from 0 here. */
import type { Extent } from './scroll-mapping.ts';

/** Drawn above and below what is seen, so that a step of the keyboard finds its row there. */
const overscanRows = 4;
/**
 * Never more rows than this, whatever the layout says: a style sheet that leaves the box without a height would have all
 * of them drawn, which hangs the tab.
 */
export const drawnRowsMax = 200;

export interface RowRange {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

export function drawnRows(offset: number, { rows, rowHeight, viewHeight }: Extent): RowRange {
  const first = Math.max(0, Math.floor(offset / rowHeight) - overscanRows);
  const count = Math.min(drawnRowsMax, Math.ceil(viewHeight / rowHeight) + 1 + 2 * overscanRows);
  return { first: Math.min(first, Math.max(0, rows - 1)), end: Math.min(rows, first + count) };
}

/** The rows that are seen whole. At least one, if there is any. */
export function wholeRows(offset: number, { rows, rowHeight, viewHeight }: Extent): RowRange {
  const first = Math.min(Math.ceil(offset / rowHeight), Math.max(0, rows - 1));
  const end = Math.min(rows, first + drawnRowsMax, Math.floor((offset + viewHeight) / rowHeight));
  return { first, end: Math.max(end, Math.min(rows, first + 1)) };
}

/** The offset nearest to the present one at which the row is seen whole. */
export function offsetShowing(row: number, offset: number, { rowHeight, viewHeight }: Extent): number {
  const top = row * rowHeight;
  if (top < offset) return top;
  return Math.max(offset, top + rowHeight - viewHeight);
}

/** The row that a key leads to, or undefined if the key is none that moves. */
export function rowAfterKey(key: string, row: number, pageRows: number, rows: number): number | undefined {
  const target = targetOf(key, row, Math.max(1, pageRows), rows);
  return target === undefined ? undefined : Math.min(rows - 1, Math.max(0, target));
}

function targetOf(key: string, row: number, pageRows: number, rows: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return row + 1;
    case 'ArrowUp':
      return row - 1;
    case 'PageDown':
      return row + pageRows;
    case 'PageUp':
      return row - pageRows;
    case 'Home':
      return 0;
    case 'End':
      return rows - 1;
    default:
      return undefined;
  }
}
