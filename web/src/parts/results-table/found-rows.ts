/**
 * Rows that a search has found so far. The API searches a bounded part of the job for each request, so the list grows by
 * the end: while its last rows are looked at, or while nothing has been found yet.
 */
import { lineOf, weightOf, type Row } from './row.ts';
import type { RowsFailure, RowSource, Timers } from './row-source.ts';

/** Rows that are found ahead of the visible ones. */
const aheadRows = 200;
/** Maximum weight of the rows of one search. A search from a later line continues. */
const weightMax = 16 * 1024 * 1024;
const retryMs = 1_500;

export interface FoundPage {
  readonly rows: readonly Row[];
  /** Where to continue; absent at the end of the job. */
  readonly nextLine?: number;
  readonly searchedThrough: number;
}

export interface FoundRowsDependencies {
  readonly search: (fromLine: number, signal: AbortSignal) => Promise<FoundPage>;
  readonly onChange: () => void;
  /** Whether the same request may succeed later. */
  readonly isTemporary: (error: unknown) => boolean;
  readonly timers: Timers;
}

/** `full`: as many rows as are kept have been found. */
export type SearchState = 'running' | 'paused' | 'stopped' | 'full' | 'ended';

export interface FoundRows extends RowSource {
  readonly state: SearchState;
  readonly searchedThrough: number;
  /** Ends searching until `resume`. */
  pause(): void;
  resume(): void;
}

export function createFoundRows(
  { search, onChange, isTemporary, timers }: FoundRowsDependencies,
  fromLine = 1,
): FoundRows {
  let rows: Row[] = [];
  let weight = 0;
  let nextLine: number | undefined = fromLine;
  let searchedThrough = fromLine - 1;
  let wantedEnd = 0;
  let failure: RowsFailure | undefined;
  let isHeld = false;
  let isStopped = false;
  let controller: AbortController | undefined;
  let timer: { cancel(): void } | undefined;

  const add = (found: FoundPage): void => {
    rows = rows.concat(found.rows);
    weight = found.rows.reduce((sum, row) => sum + weightOf(row), weight);
    ({ nextLine, searchedThrough } = found);
    failure = undefined;
  };

  const isDue = (): boolean =>
    !isStopped && !isHeld && nextLine !== undefined && weight < weightMax && rows.length < wantedEnd + aheadRows;

  const run = async (line: number): Promise<void> => {
    controller = new AbortController();
    const { signal } = controller;
    let delayMs = 0;
    try {
      const found = await search(line, signal);
      if (signal.aborted) return;
      add(found);
    } catch (error) {
      if (signal.aborted) return;
      failure = { error, isTemporary: isTemporary(error) };
      if (!failure.isTemporary) isHeld = true;
      delayMs = retryMs;
    }
    controller = undefined;
    onChange();
    plan(delayMs);
  };

  /** One request at a time, and a turn of the browser between two. */
  function plan(delayMs: number): void {
    timer?.cancel();
    timer = timers.after(delayMs, () => {
      timer = undefined;
      if (controller === undefined && nextLine !== undefined && isDue()) void run(nextLine);
    });
  }

  const halt = (): void => {
    timer?.cancel();
    timer = undefined;
    controller?.abort();
    controller = undefined;
  };

  const stateOf = (): SearchState => {
    if (nextLine === undefined) return 'ended';
    if (weight >= weightMax) return 'full';
    if (isHeld) return 'stopped';
    return isDue() ? 'running' : 'paused';
  };

  return {
    get count() {
      return rows.length;
    },
    get failure() {
      return failure;
    },
    get state() {
      return stateOf();
    },
    get searchedThrough() {
      return searchedThrough;
    },
    rowAt: (index) => rows[index],
    lineAt: () => undefined,
    want: (_first, end) => {
      wantedEnd = end;
      if (controller === undefined && timer === undefined && isDue()) plan(0);
    },
    indexOfLine: async (line) => {
      const index = rows.findIndex((row) => lineOf(row) >= line);
      return index === -1 ? Math.max(0, rows.length - 1) : index;
    },
    refresh: () => undefined,
    pause: () => {
      isHeld = true;
      halt();
      onChange();
    },
    resume: () => {
      isHeld = false;
      failure = undefined;
      plan(0);
      onChange();
    },
    stop: () => {
      isStopped = true;
      halt();
    },
  };
}
