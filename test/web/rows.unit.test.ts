import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFoundRows, type FoundPage } from '../../web/src/parts/results-table/found-rows.ts';
import { createPageCache } from '../../web/src/parts/results-table/page-cache.ts';
import { createPagedRows, pageSize, type LoadedPage } from '../../web/src/parts/results-table/paged-rows.ts';
import { createRow, isPending, textLengthMax, type Row } from '../../web/src/parts/results-table/row.ts';
import type { RowSource, Timers } from '../../web/src/parts/results-table/row-source.ts';

/** Timers that the test moves. */
function createManualTimers(): Timers & { run(): Promise<void>; readonly delays: number[] } {
  let actions: (() => void)[] = [];
  const delays: number[] = [];
  return {
    delays,
    after: (delayMs, action) => {
      delays.push(delayMs);
      actions.push(action);
      return { cancel: () => void (actions = actions.filter((other) => other !== action)) };
    },
    run: async () => {
      const due = actions;
      actions = [];
      for (const action of due) action();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const row = (line: number, result: string | undefined = String(line)): Row => ({
  id: String(line),
  request: `${line} + 0`,
  ...(result === undefined ? {} : { result }),
});

describe('the cache of pages', () => {
  const page = (weight: number) => ({ items: ['a'], weight, isFinal: true });

  it('drops the page whose use is longest ago when it is too heavy', () => {
    const cache = createPageCache<string>({ weightMax: 30 });
    for (const number of [1, 2, 3]) cache.set(number, page(10));
    cache.get(1);
    cache.set(4, page(10));
    assert.deepEqual(
      [1, 2, 3, 4].map((number) => cache.get(number) !== undefined),
      [true, false, true, true],
    );
    assert.deepEqual([cache.weight, cache.size], [30, 3]);
  });

  it('keeps the newest page however heavy it is', () => {
    const cache = createPageCache<string>({ weightMax: 30 });
    cache.set(1, page(10));
    cache.set(2, page(500));
    assert.deepEqual([cache.size, cache.weight], [1, 500]);
    cache.set(2, page(10));
    assert.equal(cache.weight, 10);
  });
});

describe('rows', () => {
  it('are cut where they are long, and say so', () => {
    const long = createRow({ id: '1', request: '1'.repeat(textLengthMax + 1), result: '1' });
    assert.equal(long.request.length, textLengthMax);
    assert.equal(long.isCut, true);
    assert.equal(createRow({ id: '1', request: '1', result: '1' }).isCut, undefined);
  });

  it('are not cut within a character', () => {
    const text = `${'1'.repeat(textLengthMax - 1)}😀`;
    assert.equal(createRow({ id: '1', request: text }).request, '1'.repeat(textLengthMax - 1));
  });

  it('are pending without a result and without an error', () => {
    assert.equal(isPending({ id: '1', request: '1' }), true);
    assert.equal(isPending({ id: '1', request: '1', result: '1' }), false);
    assert.equal(isPending({ id: '1', request: '1', error: { code: 'DIV0', message: '' } }), false);
  });
});

describe('rows in pages', () => {
  function setUp({ total = 1_000_000, isFinished = true, isEveryLine = true, pendingFrom = Infinity } = {}) {
    const timers = createManualTimers();
    const asked: number[] = [];
    const aborted: number[] = [];
    let fail = false;
    let isRefused = false;
    let boundary = pendingFrom;
    const pageOf = (page: number): LoadedPage => {
      const first = (page - 1) * pageSize;
      const count = Math.max(0, Math.min(pageSize, total - first));
      const lines = Array.from({ length: count }, (_, place) => first + place + 1);
      const rows = lines.map((line): Row => (line >= boundary ? { id: String(line), request: '1' } : row(line)));
      return { page, total, rows };
    };
    const rows: RowSource = createPagedRows(
      {
        timers,
        onChange: () => undefined,
        isTemporary: () => !isRefused,
        loadPage: async (page, signal) => {
          asked.push(page);
          signal.addEventListener('abort', () => aborted.push(page));
          const answer = pageOf(page);
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
          if (fail) throw new Error('no connection');
          return answer;
        },
        loadPageNear: async (line) => pageOf(Math.ceil(line / 10 / pageSize)),
      },
      { count: isEveryLine ? total : 0, isEveryLine, isFinished: () => isFinished },
    );
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 8; turn++) await timers.run();
    };
    return {
      rows,
      asked,
      aborted,
      timers,
      settle,
      setFailing: (value: boolean) => (fail = value),
      setRefused: (value: boolean) => (isRefused = value),
      setBoundary: (line: number) => (boundary = line),
    };
  }

  it('are there once they have been looked at', async () => {
    const { rows, asked, settle } = setUp();
    assert.equal(rows.rowAt(0), undefined);
    assert.equal(rows.lineAt(734_111), 734_112);
    rows.want(734_090, 734_120);
    await settle();
    assert.deepEqual(asked, [7_341, 7_342]);
    assert.equal(rows.rowAt(734_111)?.id, '734112');
  });

  it('are not asked for while a drag passes them', async () => {
    const { rows, asked, settle } = setUp();
    rows.want(0, 30);
    await settle();
    for (let first = 10_000; first < 900_000; first += 10_000) rows.want(first, first + 30);
    await settle();
    assert.deepEqual(asked, [1, 8_901]);
  });

  it('that are no longer looked at are not waited for', async () => {
    const { rows, aborted, timers, settle } = setUp();
    rows.want(0, 30);
    void timers.run();
    rows.want(50_000, 50_030);
    void timers.run();
    await settle();
    assert.deepEqual(aborted, [1]);
    assert.equal(rows.rowAt(50_000)?.id, '50001');
  });

  it('are asked for again after a failure, which is told meanwhile', async () => {
    const { rows, asked, timers, settle, setFailing } = setUp();
    setFailing(true);
    rows.want(0, 30);
    await timers.run();
    await timers.run();
    assert.match(String(rows.failure?.error), /no connection/);
    setFailing(false);
    await settle();
    assert.equal(rows.failure, undefined);
    assert.ok(asked.length >= 2 && asked.every((page) => page === 1));
    assert.equal(rows.rowAt(0)?.id, '1');
  });

  it('that the server rejects are not asked for again', async () => {
    const { rows, asked, settle, setFailing, setRefused } = setUp();
    setFailing(true);
    setRefused(true);
    rows.want(0, 30);
    await settle();
    assert.deepEqual(asked, [1]);
    assert.equal(rows.failure?.isTemporary, false);
  });

  it('that were pending are read again when the job has changed, and shown meanwhile', async () => {
    const { rows, asked, settle, setBoundary } = setUp({ isFinished: false, pendingFrom: 250 });
    rows.want(150, 280);
    await settle();
    assert.deepEqual(asked, [2, 3]);
    setBoundary(Infinity);
    rows.refresh();
    assert.equal(rows.rowAt(260)?.result, undefined);
    assert.equal(rows.rowAt(260)?.id, '261');
    await settle();
    assert.deepEqual(asked, [2, 3, 3]);
    assert.equal(rows.rowAt(260)?.result, '261');
  });

  it('that were asked for before the job changed are read again, however late they come', async () => {
    const { rows, asked, timers, settle, setBoundary } = setUp({ isFinished: false, pendingFrom: 50 });
    rows.want(0, 30);
    void timers.run();
    rows.refresh();
    setBoundary(Infinity);
    await settle();
    assert.deepEqual(asked, [1, 1]);
    assert.equal(rows.rowAt(60)?.result, '61');
  });

  it('of one outcome are counted by the server, and a jump finds the page near the line', async () => {
    const { rows, settle } = setUp({ total: 100_000, isEveryLine: false });
    // There are none as far as the table knows.
    rows.want(0, 0);
    await settle();
    assert.equal(rows.count, 100_000);
    assert.equal(rows.lineAt(5), undefined);
    // The double has every line in its pages, and the page of line n at n / 10.
    assert.equal(await rows.indexOfLine(5_000, AbortSignal.timeout(1_000)), 499);
    assert.equal(rows.rowAt(499)?.id, '500');
  });
});

describe('rows that are found', () => {
  function setUp(hits: readonly number[], { lines = 10_000, step = 1_000, fromLine = 1, failsFrom = Infinity } = {}) {
    const timers = createManualTimers();
    const asked: number[] = [];
    const rows = createFoundRows(
      {
        timers,
        onChange: () => undefined,
        isTemporary: () => false,
        search: async (from): Promise<FoundPage> => {
          asked.push(from);
          if (from > failsFrom) throw new Error('rejected');
          const next = from + step;
          const found = hits.filter((line) => line >= from && line < next).map((line) => row(line));
          const searchedThrough = Math.min(lines, next - 1);
          return { rows: found, searchedThrough, ...(next > lines ? {} : { nextLine: next }) };
        },
      },
      fromLine,
    );
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 30; turn++) await timers.run();
    };
    return { rows, asked, settle, timers };
  }

  it('are looked for to the end while there are few', async () => {
    const { rows, asked, settle } = setUp([9_000]);
    rows.want(0, 30);
    assert.equal(rows.state, 'running');
    await settle();
    assert.equal(asked.length, 10);
    assert.deepEqual([rows.state, rows.count, rows.searchedThrough], ['ended', 1, 10_000]);
    assert.equal(rows.rowAt(0)?.id, '9000');
  });

  it('are looked for only as far ahead as is of use', async () => {
    const { rows, asked, settle } = setUp(Array.from({ length: 10_000 }, (_, index) => index + 1));
    rows.want(0, 30);
    await settle();
    assert.deepEqual([asked.length, rows.state], [1, 'paused']);
    rows.want(900, 930);
    await settle();
    assert.deepEqual([asked.length, rows.count], [2, 2_000]);
  });

  it('stop where the server rejects the search', async () => {
    const { rows, asked, settle } = setUp([], { failsFrom: 2_000 });
    rows.want(0, 30);
    await settle();
    assert.deepEqual([asked, rows.state], [[1, 1_001, 2_001], 'stopped']);
    assert.equal(rows.failure?.isTemporary, false);
  });

  it('begin at a line, and can be held', async () => {
    const { rows, asked, timers, settle } = setUp([], { fromLine: 5_001 });
    rows.want(0, 30);
    await timers.run();
    rows.pause();
    await settle();
    assert.deepEqual(asked, [5_001]);
    assert.equal(rows.state, 'stopped');
    rows.resume();
    await settle();
    assert.deepEqual(asked, [5_001, 6_001, 7_001, 8_001, 9_001]);
  });
});
