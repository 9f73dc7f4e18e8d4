import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { PreviewVerdict, SubmitVerdict, TableOptions, Upload } from '../../src/engine/index.ts';
import { cancelledError, chunkLinesMax, type ColumnTotals, type RowOutcome } from '../../src/jobs/index.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';
import { openEngine, submit, upload, waitFor, type OpenEngine } from './open-engine.ts';
import { tableOptions } from './simple-tables.ts';

const opened: OpenEngine[] = [];

async function open(...given: Parameters<typeof openEngine>): Promise<OpenEngine> {
  const engine = await openEngine(...given);
  opened.push(engine);
  return engine;
}

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
});

const header = 'name,price,qty\r\n';

/** The columns `name`, `price` from 1 and `qty` from 2. */
function csv(rows: number): string {
  return header + Array.from({ length: rows }, (_, index) => `"n ${index + 1}",${index + 1},${index + 2}\r\n`).join('');
}

function table(formulas: readonly string[], options: Partial<TableOptions> = {}, changes: Partial<Upload> = {}) {
  return { format: 'csv', table: tableOptions(formulas, options), ...changes } as const;
}

/** As `totals` counts them: whole numbers that 7 does not divide. */
function totalsOf(from: number, to: number): ColumnTotals {
  const values = Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((value) => value % 7 !== 0);
  const sum = String(values.reduce((total, value) => total + value, 0));
  return { count: values.length, sum, min: String(values[0]), max: String(values.at(-1)) };
}

function cells(...texts: readonly string[]): RowOutcome {
  return { kind: 'cells', cells: texts.map((text) => ({ kind: 'result', text })) };
}

/** Bytes that count how many of them were taken, and whether the source was given back. */
function watch(text: string, bytesPerPart = 1_000) {
  const bytes = Buffer.from(text);
  const state = { taken: 0, isClosed: false };
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (; state.taken < bytes.length;) {
        const part = bytes.subarray(state.taken, state.taken + bytesPerPart);
        state.taken += part.length;
        yield part;
      }
    } finally {
      state.isClosed = true;
    }
  }
  return { state, source: source() };
}

describe('a table', () => {
  it('runs from upload to exact counters, totals and rows', async () => {
    const { engine, store } = await open();
    const rows = 2 * chunkLinesMax + 10;
    const jobId = await submit(engine, csv(rows), table(['p = price', 'q = qty'], { totals: ['price'] }));
    const view = await waitFor(engine, jobId);
    // A row fails when one of two neighbors is divided by 7.
    const failed = Array.from({ length: rows }, (_, index) => index + 1).filter(
      (row) => row % 7 === 0 || row % 7 === 6,
    );
    assert.deepEqual([view.operations, view.succeeded, view.failed], [rows, rows - failed.length, failed.length]);
    assert.deepEqual(view.totals, [totalsOf(1, rows), totalsOf(2, rows + 1), totalsOf(1, rows)]);
    assert.equal(view.table?.program.dialect.delimiter, ',');
    assert.equal(Buffer.from(view.table?.head ?? []).toString(), header);
    assert.deepEqual((await store.readJob(jobId))?.fold.columns, view.totals);
    const row = await engine.readOperation(jobId, 600);
    assert.deepEqual(row, {
      line: 600,
      customId: undefined,
      request: '"n 600",600,601',
      outcome: undefined,
      row: cells('600', '601'),
    });
    const seventh = await engine.readOperation(jobId, 6);
    assert.deepEqual(seventh?.row, {
      kind: 'cells',
      cells: [
        { kind: 'result', text: '6' },
        { kind: 'error', error: { code: 'DIV0', message: 'refused', column: 1, endColumn: 2 } },
      ],
    });
    assert.equal(seventh?.outcome, undefined);
  });

  it('is written in one step when it is small', async () => {
    const calls: string[] = [];
    const store = new Proxy(new MemoryJobStore(), {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]): unknown => {
          calls.push(String(name));
          return (member as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
    const { engine } = await open({}, store);
    await submit(engine, csv(30), table(['p = price']));
    const writes = calls.filter((call) => ['createJob', 'appendChunks', 'sealJob'].includes(call));
    assert.deepEqual(writes, ['createJob']);
  });

  it('that is large is stored as it comes, with an idempotency key too', async () => {
    const { engine } = await open();
    const text = csv(20_000);
    for (const idempotencyKey of [undefined, 'a key']) {
      const jobId = await submit(engine, text, table(['p = price'], {}, { idempotencyKey }));
      const view = await waitFor(engine, jobId);
      assert.deepEqual(view.totals, [totalsOf(1, 20_000)]);
      const stream = await engine.streamResults(
        jobId,
        { from: 1, limit: undefined, filter: undefined, follow: false, requests: true },
        new AbortController().signal,
      );
      const parts: Uint8Array[] = [view.table?.head ?? new Uint8Array()];
      for await (const { chunk } of stream?.slices ?? []) parts.push(chunk?.text ?? new Uint8Array());
      assert.ok(Buffer.concat(parts).equals(Buffer.from(text)), 'the file is there byte for byte');
    }
  });

  it('keeps rows with line breaks in quotes, broken quotes and bytes that are not UTF-8 apart', async () => {
    const { engine } = await open();
    const rows = ['"two\nlines",1', '"never closed,2', 'ab\u00ff,3', '', 'x,4,5', '"a""b",6'];
    const bytes = Buffer.concat([Buffer.from('name,price\n'), Buffer.from(rows.join('\n'), 'latin1')]);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    const verdict = await engine.submit(upload(source(), table(['p = price'])));
    assert.equal(verdict.kind, 'accepted');
    const jobId = verdict.kind === 'accepted' ? verdict.job.id : '';
    const view = await waitFor(engine, jobId);
    assert.deepEqual([view.operations, view.succeeded], [6, 3]);
    const list = await engine.listOperations(jobId, { start: { offset: 0 }, limit: 10, filter: undefined });
    const shown = list?.operations.map(({ request, row }) => [
      request,
      row?.kind === 'error' ? row.error.code : row?.kind,
    ]);
    assert.deepEqual(shown, [
      ['"two\nlines",1', 'cells'],
      ['"never closed,2', 'QUOTE'],
      ['ab\ufffd,3', 'cells'],
      ['', 'EMPTY'],
      ['x,4,5', 'COLUMNS'],
      ['"a""b",6', 'cells'],
    ]);
  });

  it('of NDJSON has the members of its rows for columns', async () => {
    const { engine } = await open();
    const text = '{"price": 3}\n{"price": "4"}\nnot JSON\n';
    const jobId = await submit(engine, text, table(['p = price'], {}, { format: 'ndjson' }));
    const view = await waitFor(engine, jobId);
    assert.deepEqual([view.succeeded, view.failed, view.totals], [2, 1, [{ count: 2, sum: '7', min: '3', max: '4' }]]);
    assert.deepEqual((await engine.readOperation(jobId, 2))?.row, cells('4'));
  });

  it('is listed without what may be large, and told apart from lines', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, csv(3), table(['p = price']));
    await submit(engine, '1\n');
    await waitFor(engine, jobId);
    const { jobs } = await engine.listJobs(0, 10);
    assert.deepEqual(
      jobs.map((job) => [job.isTable, 'table' in job, 'totals' in job]),
      [
        [false, false, false],
        [true, false, false],
      ],
    );
  });

  it('is found by outcome: a row succeeds when all its formulas do', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, csv(20), table(['p = price', 'q = qty']));
    await waitFor(engine, jobId);
    const rowsOf = async (filter: 'succeeded' | 'failed') => {
      const list = await engine.listOperations(jobId, { start: { offset: 1 }, limit: 3, filter });
      return list?.operations.map(({ line }) => line);
    };
    assert.deepEqual(await rowsOf('failed'), [7, 13, 14]);
    assert.deepEqual(await rowsOf('succeeded'), [2, 3, 4]);
    const query = { from: 7, limit: undefined, filter: 'failed', follow: false, requests: false } as const;
    assert.equal((await engine.streamResults(jobId, query, new AbortController().signal))?.lines, 4);
  });

  it('that is cancelled shows what its other rows gave, with their totals', async () => {
    const { engine, gate } = await open();
    gate.close();
    gate.allow(1);
    const jobId = await submit(engine, csv(2 * chunkLinesMax), table(['p = price']));
    await waitFor(engine, jobId, chunkLinesMax);
    assert.equal((await engine.cancelJob(jobId)).kind, 'cancelled');
    gate.open();
    const view = await waitFor(engine, jobId);
    assert.deepEqual([view.status, view.cancelled], ['Cancelled', chunkLinesMax]);
    assert.deepEqual(view.totals, [totalsOf(1, chunkLinesMax)]);
    const cancelled = await engine.readOperation(jobId, chunkLinesMax + 1);
    assert.deepEqual(cancelled?.row, { kind: 'error', error: cancelledError });
    assert.equal(cancelled?.request, `"n ${chunkLinesMax + 1}",${chunkLinesMax + 1},${chunkLinesMax + 2}`);
    const failed = await engine.listOperations(jobId, { start: { offset: 0 }, limit: 1_000, filter: 'failed' });
    assert.equal(failed?.total, Math.floor(chunkLinesMax / 7), 'cancelled rows are no failed ones');
  });

  it('goes on in another instance, which sends its program again', async () => {
    const store = new MemoryJobStore();
    const first = await open({ inFlightChunksMax: 2, leaseMs: 100 }, store);
    first.gate.close();
    first.gate.allow(1);
    const jobId = await submit(
      first.engine,
      csv(4 * chunkLinesMax),
      table(['p = price', 'q = qty'], { totals: ['qty'] }),
    );
    await waitFor(first.engine, jobId, chunkLinesMax);
    await first.engine.stop();
    const second = await open({}, store);
    const view = await waitFor(second.engine, jobId);
    const last = 4 * chunkLinesMax;
    assert.deepEqual(view.totals, [totalsOf(1, last), totalsOf(2, last + 1), totalsOf(2, last + 1)]);
    assert.ok(second.requests.length > 0);
    for (const request of second.requests) assert.deepEqual(request.table, view.table?.program);
  });

  it('that an older instance folded without totals has them again', async () => {
    const store = new MemoryJobStore();
    const first = await open({ inFlightChunksMax: 1, windowChunks: 1 }, store);
    first.gate.close();
    first.gate.allow(1);
    const jobId = await submit(first.engine, csv(2 * chunkLinesMax), table(['p = price']));
    await waitFor(first.engine, jobId, chunkLinesMax);
    while ((await store.readJob(jobId))?.fold.through !== chunkLinesMax) await new Promise(setImmediate);
    await first.engine.stop();
    const folded = await store.readJob(jobId);
    assert.ok(folded !== undefined);
    await store.foldJob(jobId, chunkLinesMax, { ...folded.fold, columns: [] });
    const second = await open({}, store);
    const view = await waitFor(second.engine, jobId);
    assert.deepEqual(view.totals, [totalsOf(1, 2 * chunkLinesMax)]);
  });
});

describe('the upload of a table', () => {
  const refused: Record<
    string,
    { readonly text: string; readonly formulas?: readonly string[]; readonly kind: string }
  > = {
    'nothing at all': { text: '', kind: 'empty' },
    'a header only': { text: header, kind: 'empty' },
    'a header without its line end': { text: 'price', formulas: ['p = price'], kind: 'empty' },
    'an unknown column': { text: csv(3), formulas: ['p = cost'], kind: 'bad-table' },
    'an unknown column of a header only': { text: header, formulas: ['p = cost'], kind: 'bad-table' },
    'a header with a broken quote': { text: '"price\n1\n', kind: 'bad-table' },
  };
  for (const [what, { text, formulas = ['p = price'], kind }] of Object.entries(refused)) {
    it(`with ${what} is refused and leaves nothing`, async () => {
      for (const idempotencyKey of [undefined, 'key']) {
        const store = new MemoryJobStore();
        const { engine } = await open({}, store);
        const verdict = await engine.submit(upload(text, table(formulas, {}, { idempotencyKey })));
        assert.equal(verdict.kind, kind);
        // A key is taken before the rows are read; what is left of it waits for the janitor.
        const left = store.contents().filter(({ job }) => job.state !== 'Deleting');
        assert.deepEqual(left, []);
        const preview = await engine.previewTable(upload(text, table(formulas)));
        assert.equal(preview.kind, kind);
      }
    });
  }

  it('in UTF-16 is refused', async () => {
    const { engine } = await open();
    async function* wide(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('\ufeffprice\n1\n', 'utf16le');
    }
    const verdict = await engine.submit(upload(wide(), table(['p = price'])));
    assert.deepEqual(verdict, { kind: 'not-utf8', encoding: 'UTF-16' });
  });

  it('with a wrong formula is refused before its body is read further', async () => {
    for (const idempotencyKey of [undefined, 'key']) {
      const { engine } = await open();
      const { state, source } = watch(csv(100_000));
      const verdict = await engine.submit(upload(source, table(['p = cost'], {}, { idempotencyKey })));
      assert.deepEqual(verdict, {
        kind: 'bad-table',
        fault: { parameter: 'formula', message: 'There is no column "cost".', formula: 0 },
      });
      assert.deepEqual(state, { taken: 1_000, isClosed: true });
    }
  });

  it('with the same idempotency key is the same job, and another one with other options', async () => {
    const { engine } = await open();
    const kindsOf = async (...verdicts: Promise<SubmitVerdict>[]) =>
      (await Promise.all(verdicts)).map((verdict) => verdict.kind);
    for (const rows of [10, 20_000]) {
      const key = { idempotencyKey: `key ${rows}` };
      const once = (formulas: readonly string[], options: Partial<TableOptions> = {}, text = csv(rows)) =>
        engine.submit(upload(text, table(formulas, options, key)));
      assert.deepEqual(await kindsOf(once(['p = price'])), ['accepted']);
      const again = await once(['p = price']);
      assert.equal(again.kind, 'replayed');
      assert.ok(again.kind === 'replayed' && again.job.table !== undefined);
      const others = [
        once(['p = qty']),
        once(['p = price', 'q = qty']),
        once(['p = price'], { totals: ['qty'] }),
        once(['p = price'], { missing: 'zero' }),
        once(['p = price'], { errorColumn: undefined }),
        once(['p = price'], {}, `${csv(rows)}x,1,2\r\n`),
        engine.submit(upload('1\n', key)),
      ];
      assert.deepEqual(new Set(await kindsOf(...others)), new Set(['key-reused']));
    }
  });

  it('too many rows or bytes are refused', async () => {
    const few = await open({ operationsMax: 10 });
    const many = await few.engine.submit(upload(csv(11), table(['p = price'])));
    assert.deepEqual(many, { kind: 'too-many-operations', max: 10 });
    const small = await open({ uploadBytesMax: 100 });
    const large = await small.engine.submit(upload(csv(11), table(['p = price'])));
    assert.deepEqual(large, { kind: 'too-many-bytes', max: 100 });
  });
});

describe('the preview of a table', () => {
  function previewOf(verdict: PreviewVerdict) {
    assert.equal(verdict.kind, 'preview');
    return verdict.kind === 'preview' ? verdict.preview : assert.fail();
  }

  it('shows the plan and the first 20 rows with their outcomes, and keeps nothing', async () => {
    const store = new MemoryJobStore();
    const { engine } = await open({}, store);
    const text = csv(100_000);
    const { state, source } = watch(text);
    const {
      table: planned,
      order,
      slice,
    } = previewOf(await engine.previewTable(upload(source, table(['p = price', 'q = qty'], { totals: ['price'] }))));
    assert.deepEqual(order, [0, 1]);
    assert.deepEqual(planned.columns, ['name', 'price', 'qty']);
    assert.deepEqual([slice.firstLine, slice.fromLine, slice.toLine, slice.count], [1, 1, 20, 20]);
    const rows = text
      .slice(header.length)
      .split(/(?<=\n)/)
      .slice(0, 20);
    assert.equal(Buffer.from(slice.chunk?.text ?? []).toString(), rows.join(''));
    assert.equal(slice.outcomes.succeeded + slice.outcomes.failed, 20);
    assert.deepEqual(slice.outcomes.totals, [totalsOf(1, 20), totalsOf(2, 21), totalsOf(1, 20)]);
    assert.deepEqual(state, { taken: 1_000, isClosed: true });
    assert.deepEqual(store.contents(), []);
  });

  it('has all rows of a short file, the last one without its end too', async () => {
    const { engine } = await open();
    const { slice } = previewOf(await engine.previewTable(upload('price\n1\n2', table(['p = price']))));
    assert.equal(slice.count, 2);
    assert.equal(Buffer.from(slice.chunk?.text ?? []).toString(), '1\n2');
  });

  it('has at least one row, however long, and no more than came in 64 KiB', async () => {
    const { engine } = await open();
    const long = `price,text\n1,${'x'.repeat(200_000)}\n2,y\n`.repeat(50);
    const first = watch(long, 10_000);
    const one = previewOf(await engine.previewTable(upload(first.source, table(['p = price']))));
    assert.ok(one.slice.count >= 1 && first.state.taken <= 220_000, `${first.state.taken} bytes were taken`);
    const wide = `price,text\n${`1,${'x'.repeat(20_000)}\n`.repeat(50)}`;
    const second = watch(wide, 10_000);
    const few = previewOf(await engine.previewTable(upload(second.source, table(['p = price']))));
    assert.equal(few.slice.count, 3);
    assert.equal(second.state.taken, 70_000);
    assert.ok(second.state.isClosed);
  });
});
