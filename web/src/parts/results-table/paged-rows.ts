/** Rows that the API gives in pages by number: all operations of a job, or those of one outcome. */
import { createPageCache, type CachedPage } from './page-cache.ts';
import { isPending, lineOf, weightOf, type Row } from './row.ts';
import type { RowsFailure, RowSource, Timers } from './row-source.ts';

export const pageSize = 100;
/** Rows that are kept: some 15,000 short ones. */
const cacheWeightMax = 8 * 1024 * 1024;
/** Concurrent requests. A browser allows six connections to a server that speaks HTTP/1.1, and other parts need some. */
const loadsMax = 2;
/** A drag of the thumb passes thousands of pages: only rows that stay visible for this time are requested. */
const restMs = 50;
const retryMs = 1_500;

export interface LoadedPage {
  readonly page: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface PagedRowsDependencies {
  /** A page from 1 on. */
  readonly loadPage: (page: number, signal: AbortSignal) => Promise<LoadedPage>;
  /** The page that holds the line or the first row after it. */
  readonly loadPageNear: (line: number, signal: AbortSignal) => Promise<LoadedPage>;
  readonly onChange: () => void;
  /** Whether the same request may succeed later. */
  readonly isTemporary: (error: unknown) => boolean;
  readonly timers: Timers;
}

export interface PagedRowsOptions {
  /** Rows there are, if that is known before the first page has come. */
  readonly count: number;
  /** Whether row n is line n + 1. */
  readonly isEveryLine: boolean;
  /** Whether the job has ended: no row changes then. */
  readonly isFinished: () => boolean;
}

export function createPagedRows(dependencies: PagedRowsDependencies, options: PagedRowsOptions): RowSource {
  const { loadPage, loadPageNear, onChange, isTemporary, timers } = dependencies;
  const cache = createPageCache<Row>({ weightMax: cacheWeightMax });
  const loads = new Map<number, AbortController>();
  /** Pages that were read before the job changed last. They are shown until the new ones are there. */
  const stale = new Set<number>();
  /** Pages that the server will not give. */
  const refused = new Set<number>();
  let { count } = options;
  let wanted: readonly number[] = [];
  let failure: RowsFailure | undefined;
  /** How often the job has changed. */
  let changes = 0;
  let timer: { cancel(): void } | undefined;
  let isStopped = false;

  /** The state of the job when a request is sent: the response may come after the job has changed. */
  const look = () => ({ isFinished: options.isFinished(), changes });

  const keep = ({ page, total, rows }: LoadedPage, asked: ReturnType<typeof look>): void => {
    const weight = rows.reduce((sum, row) => sum + weightOf(row), 0);
    const isFinal = asked.isFinished || (options.isEveryLine && rows.length === pageSize && !rows.some(isPending));
    cache.set(page, { items: rows, weight, isFinal });
    if (isFinal || asked.changes === changes) stale.delete(page);
    else stale.add(page);
    count = options.isEveryLine ? Math.max(count, total) : total;
  };

  const load = async (page: number): Promise<void> => {
    const controller = new AbortController();
    loads.set(page, controller);
    const asked = look();
    let delayMs = 0;
    try {
      keep(await loadPage(page, controller.signal), asked);
      failure = undefined;
    } catch (error) {
      if (controller.signal.aborted) return;
      failure = { error, isTemporary: isTemporary(error) };
      if (!failure.isTemporary) refused.add(page);
      delayMs = retryMs;
    } finally {
      if (loads.get(page) === controller) loads.delete(page);
    }
    if (isStopped) return;
    onChange();
    plan(delayMs);
  };

  const isMissing = (page: number): boolean => !refused.has(page) && (cache.get(page) === undefined || stale.has(page));

  const start = (): void => {
    timer = undefined;
    for (const [page, controller] of loads) if (!wanted.includes(page)) drop(page, controller);
    for (const page of wanted) {
      if (loads.size >= loadsMax) return;
      if (!loads.has(page) && isMissing(page)) void load(page);
    }
  };

  const drop = (page: number, controller: AbortController): void => {
    loads.delete(page);
    controller.abort();
  };

  function plan(delayMs: number): void {
    timer?.cancel();
    timer = isStopped ? undefined : timers.after(delayMs, start);
  }

  const at = (index: number): CachedPage<Row> | undefined => cache.get(Math.floor(index / pageSize) + 1);

  return {
    get count() {
      return count;
    },
    get failure() {
      return failure;
    },
    rowAt: (index) => at(index)?.items[index % pageSize],
    lineAt: (index) => (options.isEveryLine ? index + 1 : undefined),
    want: (first, end) => {
      // The first page, too, while it is not known that there are rows: it shows how many.
      const pages = pagesOf(first, Math.max(end, first + 1));
      if (pages.join() === wanted.join()) return;
      wanted = pages;
      if (pages.some(isMissing)) plan(cache.size === 0 ? 0 : restMs);
    },
    indexOfLine: async (line, signal) => {
      if (options.isEveryLine) return line - 1;
      const asked = look();
      const found = await loadPageNear(line, signal);
      keep(found, asked);
      onChange();
      const place = found.rows.findIndex((row) => lineOf(row) >= line);
      return (found.page - 1) * pageSize + (place === -1 ? Math.max(0, found.rows.length - 1) : place);
    },
    refresh: () => {
      changes++;
      refused.clear();
      for (const page of wanted) if (cache.get(page)?.isFinal === false) stale.add(page);
      // Pages that are not visible are read again when they are.
      cache.retain((page, value) => value.isFinal || wanted.includes(page));
      plan(0);
    },
    stop: () => {
      isStopped = true;
      timer?.cancel();
      for (const [page, controller] of loads) drop(page, controller);
    },
  };
}

function pagesOf(first: number, end: number): number[] {
  const pages = [];
  for (let page = Math.floor(first / pageSize) + 1; (page - 1) * pageSize < end; page++) pages.push(page);
  return pages;
}
