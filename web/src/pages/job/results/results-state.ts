/**
 * Which rows of the job are shown. It is kept in the URL, so that a link shows what its sender saw.
 */
import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { ConnectionLostError, describeError, isAbort, ProblemError } from '../../../api/errors.ts';
import type { Job } from '../../../api/types.ts';
import { createFoundRows, type FoundRows } from '../../../parts/results-table/found-rows.ts';
import { createPagedRows } from '../../../parts/results-table/paged-rows.ts';
import type { Jump } from '../../../parts/results-table/results-table.tsx';
import type { Row } from '../../../parts/results-table/row.ts';
import { browserTimers, type RowSource } from '../../../parts/results-table/row-source.ts';
import { currentQuery, replaceQuery } from '../../../current-route.ts';
import { isFinished } from '../follow-job.ts';
import { loadPage, outcomes, search, type OutcomeFilter } from './operations-api.ts';

export interface ResultsFilter {
  readonly outcome: OutcomeFilter;
  readonly text: string;
  readonly errorCode: string;
  /** Where a search begins. */
  readonly fromLine: number;
}

export interface ResultsState {
  readonly filter: ReadonlySignal<ResultsFilter>;
  readonly source: ReadonlySignal<RowSource>;
  /** Of a search; undefined without one. */
  readonly found: ReadonlySignal<FoundRows | undefined>;
  /** Another number whenever the source has changed. */
  readonly version: ReadonlySignal<number>;
  readonly jump: ReadonlySignal<Jump | undefined>;
  readonly opened: ReadonlySignal<Row | undefined>;
  /** Why the last jump was none. */
  readonly jumpProblem: ReadonlySignal<string>;
  change(filter: Partial<ResultsFilter>): void;
  goToLine(line: number): Promise<void>;
  readonly open: (row: Row | undefined) => void;
  readonly stop: () => void;
}

const noFilter: ResultsFilter = { outcome: 'all', text: '', errorCode: '', fromLine: 1 };
/** Rows of a job in progress are read again no more often than this. */
const refreshMs = 1_000;

export function createResultsState(job: ReadonlySignal<Job>): ResultsState {
  const { id } = job.peek();
  const filter = signal(readFilter(currentQuery.peek()));
  const version = signal(0);
  const jump = signal<Jump | undefined>(undefined);
  const jumpProblem = signal('');
  const opened = signal<Row | undefined>(undefined);
  const notify = (): void => void version.value++;
  let jumping = new AbortController();

  const createSource = ({ outcome, text, errorCode, fromLine }: ResultsFilter): RowSource => {
    if (text !== '' || errorCode !== '')
      return createFoundRows(
        {
          search: (line, signal) => search(id, { outcome, text, errorCode }, line, signal),
          onChange: notify,
          isTemporary,
          timers: browserTimers,
        },
        fromLine,
      );
    return createPagedRows(
      {
        loadPage: (page, signal) => loadPage(id, outcome, { page }, signal),
        loadPageNear: (line, signal) => loadPage(id, outcome, { near_line: line }, signal),
        onChange: notify,
        isTemporary,
        timers: browserTimers,
      },
      {
        count: outcome === 'all' ? job.peek().operations : 0,
        isEveryLine: outcome === 'all',
        isFinished: () => isFinished(job.peek()),
      },
    );
  };

  const source = signal(createSource(filter.peek()));
  const stopRefreshing = refreshWith(job, () => source.peek().refresh());

  const change = (changes: Partial<ResultsFilter>): void => {
    const next = { ...filter.peek(), fromLine: 1, ...changes };
    if (isEqual(next, filter.peek())) return;
    source.peek().stop();
    batch(() => {
      filter.value = next;
      source.value = createSource(next);
      jump.value = { row: 0 };
      jumpProblem.value = '';
      notify();
    });
    replaceQuery(writeFilter(next));
  };

  const goToLine = async (line: number): Promise<void> => {
    jumping.abort();
    jumping = new AbortController();
    const { signal } = jumping;
    jumpProblem.value = '';
    if (isSearch(filter.peek())) return change({ fromLine: line });
    try {
      const row = await source.peek().indexOfLine(line, signal);
      if (!signal.aborted) jump.value = { row };
    } catch (error) {
      if (!isAbort(error)) jumpProblem.value = describeError(error);
    }
  };

  const line = Number(currentQuery.peek().get('line'));
  if (line > 1) void goToLine(line);
  return {
    filter,
    source,
    found: computed(() => (isSearch(filter.value) ? (source.value as FoundRows) : undefined)),
    version,
    jump,
    jumpProblem,
    opened,
    change,
    goToLine,
    open: (row) => {
      opened.value = row;
    },
    stop: () => {
      jumping.abort();
      stopRefreshing();
      source.peek().stop();
    },
  };
}

/** Reports that the job has changed: at most once a second, and at its end. */
function refreshWith(job: ReadonlySignal<Job>, refresh: () => void): () => void {
  let timer: number | undefined;
  let known = job.peek();
  const run = (): void => {
    timer = undefined;
    refresh();
  };
  const stop = effect(() => {
    const next = job.value;
    const hasChanged = next.completed !== known.completed || next.status !== known.status;
    known = next;
    if (hasChanged) timer ??= window.setTimeout(run, refreshMs);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** A request that the server rejects is not repeated. */
function isTemporary(error: unknown): boolean {
  if (error instanceof ProblemError) return error.status >= 500 || error.status === 429 || error.status === 408;
  return error instanceof ConnectionLostError;
}

function isSearch({ text, errorCode }: ResultsFilter): boolean {
  return text !== '' || errorCode !== '';
}

function isEqual(left: ResultsFilter, right: ResultsFilter): boolean {
  return (Object.keys(noFilter) as (keyof ResultsFilter)[]).every((key) => left[key] === right[key]);
}

function readFilter(query: URLSearchParams): ResultsFilter {
  const outcome = outcomes.find((outcome) => outcome === query.get('show')) ?? 'all';
  return { ...noFilter, outcome, text: query.get('search') ?? '', errorCode: query.get('code') ?? '' };
}

function writeFilter({ outcome, text, errorCode }: ResultsFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (outcome !== 'all') query.set('show', outcome);
  if (text !== '') query.set('search', text);
  if (errorCode !== '') query.set('code', errorCode);
  return query;
}
