import type { Row } from './row.ts';

export interface RowsFailure {
  readonly error: unknown;
  readonly isTemporary: boolean;
}

/** Where the table gets its rows from. Rows are counted from 0, in the order in which they are shown. */
export interface RowSource {
  /** Rows there are, as far as is known by now. */
  readonly count: number;
  /** The failure of the last request, and whether the request is repeated automatically. */
  readonly failure: RowsFailure | undefined;
  rowAt(index: number): Row | undefined;
  /** The line of a row that is not there yet, if the source knows it. */
  lineAt(index: number): number | undefined;
  /** Sets the rows that are visible now. */
  want(first: number, end: number): void;
  /** The row that shows the line, or the first one after it. It rejects if the request fails. */
  indexOfLine(line: number, signal: AbortSignal): Promise<number>;
  /** The job has changed: rows that may have changed with it are read again. */
  refresh(): void;
  stop(): void;
}

/** Timers, passed in so that tests need not wait. */
export interface Timers {
  after(delayMs: number, action: () => void): { cancel(): void };
}

export const browserTimers: Timers = {
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
