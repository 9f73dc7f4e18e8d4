/** The loop over the rows of a chunk: wherever the watch cuts it, the chunk has the same outcomes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LineRunWatch } from '../../src/evaluator-pool/evaluate-chunk.ts';
import { evaluateRequest } from '../../src/evaluator-pool/evaluate-request.ts';
import { evaluateRows } from '../../src/evaluator-pool/evaluate-rows.ts';
import { ByteBuffer, engineVersion } from '../../src/expression/index.ts';
import {
  countErrors,
  createTotalsCollector,
  decodeLines,
  decodeRowOutcome,
  joinColumnTotals,
  type ChunkOutcomes,
  type ColumnTotals,
} from '../../src/jobs/index.ts';
import type { RequestMessage } from '../../src/engine/index.ts';
import { createRowsEvaluator } from '../../src/tables/index.ts';
import { requestOf, requestsOf, type TableWish } from '../tables/table-fixture.ts';

/** Rows of all kinds, many with line breaks or quotes in quotes. The last one ends with the file. */
const file = [
  'text,a,b',
  '"x\ny",1,2',
  '"""\r\n\n""",3,0\r',
  'short,4',
  '"a ""quoted"" word,",21,7',
  'text,x,8',
  '',
  '"wrong"text,1,1',
  'row,1e3,3',
  '"\n\n\n",0.25,1/2',
  '"next\nrow",8,4',
  '"never closed,5,6',
  ',-7,2',
  'last row,9,4',
].join('\n');
const wish: TableWish = { formulas: ['q = a / b', 's = q + a'], totals: ['a'] };

/** Ends the run after so many rows, and notes what it is told. */
function watchOf(rows: number): LineRunWatch & { readonly told: number[] } {
  const told: number[] = [];
  return { told, beforeLine: (index) => void told.push(index), isOver: () => told.length >= rows };
}

/** Evaluates a request in runs of at most so many rows, each with an evaluator of its own. */
function evaluateInRuns(request: RequestMessage, rowsMax: number): ChunkOutcomes {
  assert.ok(request.table !== undefined);
  const output = new ByteBuffer();
  let totals: readonly ColumnTotals[] = [];
  let [index, start, succeeded, failed, cost] = [0, 0, 0, 0, 0];
  while (index < request.count) {
    const run = {
      ...request,
      start,
      firstLine: request.firstLine + index,
      count: Math.min(rowsMax, request.count - index),
      costMax: request.costMax - cost,
      isChunkStart: index === 0,
    };
    const result = evaluateRows(run, createRowsEvaluator(request.table, request), output);
    index += result.count;
    start = result.end;
    succeeded += result.succeeded;
    failed += result.failed;
    cost += result.cost;
    totals = joinColumnTotals(totals, result.totals);
  }
  assert.equal(start, request.text.length);
  const text = output.view().slice();
  const errors = failed === 0 ? {} : { errors: countErrors(text, failed) };
  return { succeeded, failed, ...errors, cancelled: 0, cost, engine: engineVersion, totals, text };
}

describe('evaluateRows', () => {
  const request = requestOf(file, wish, { firstLine: 1025 });
  const shifted = { ...request, faults: request.faults.map((fault) => ({ ...fault, line: fault.line + 1024 })) };

  it('has the rows of the test', () => {
    assert.equal(request.count, 13);
    assert.deepEqual(
      request.faults.map(({ line, code }) => [line, code]),
      [[11, 'QUOTE']],
    );
  });

  for (const mode of ['decimal', 'float64', 'rational', 'bigint']) {
    it(`gives the same outcomes in slices of any length as at a stretch, in ${mode} mode`, () => {
      const inMode = { ...shifted, mode };
      const whole = evaluateRequest(inMode);
      assert.ok(whole.succeeded > 0 && whole.failed > 5);
      for (let rows = 1; rows <= request.count; rows += 1) assert.deepEqual(evaluateInRuns(inMode, rows), whole);
    });
  }

  it('gives the same outcomes in slices of any length for hostile files', () => {
    const csv = fc
      .array(fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', '1', '2.5', 'x', '-', '"a\nb",1\n', '3,4\n', '\0'), {
        maxLength: 60,
      })
      .map((parts) => `a,b\n1,2\n${parts.join('')}`);
    const json = fc
      .array(fc.constantFrom('{"a":1,"b":2}', '{"a":"x"}', '\n', '{', '}', '"a":', 'null', ' ', '[]', '{"c":1}\n'), {
        maxLength: 30,
      })
      .map((parts) => `{"a":3,"b":4}\n${parts.join('')}`);
    const tables = fc.oneof(fc.tuple(csv, fc.constant('csv' as const)), fc.tuple(json, fc.constant('ndjson' as const)));
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 7 }), ([text, format], rows) => {
        const hostile = requestOf(text, { format, formulas: ['c = a / b', 'd = a + row'], totals: ['a'] });
        assert.deepEqual(evaluateInRuns(hostile, rows), evaluateRequest(hostile));
      }),
    );
  });

  it('gives totals of chunks that are together those of the file', () => {
    const lines = Array.from(
      { length: 3_000 },
      (_, index) => `"x\n",${index - 7},${index % 50 === 0 ? 'none' : index % 13}`,
    );
    const requests = requestsOf(`text,a,b\n${lines.join('\n')}`, {
      formulas: ['q = a / b', 'p = a * b'],
      totals: ['a'],
    });
    assert.ok(requests.length > 3);
    const outcomes = requests.map(evaluateRequest);
    const recounted = createTotalsCollector(2);
    for (const row of outcomes.flatMap(({ text }) => decodeLines(text)).map(decodeRowOutcome)) {
      for (const [column, cell] of row.kind === 'cells' ? row.cells.entries() : []) {
        if (cell.kind === 'result') recounted.add(column, Buffer.from(cell.text), 0, cell.text.length);
      }
    }
    const joined = outcomes.map(({ totals }) => totals ?? []).reduce(joinColumnTotals);
    assert.deepEqual(joined.slice(0, 2), recounted.read());
    assert.deepEqual(joined[2], { count: 3_000, sum: String((3_000 * (2_999 - 14)) / 2), min: '-7', max: '2992' });
  });

  it('spends the budget of a chunk over all its slices', () => {
    const { cost } = evaluateRequest(shifted);
    for (const costMax of [0, 1, cost / 3, cost / 2, cost - 1]) {
      const limited = { ...shifted, costMax };
      const whole = evaluateRequest(limited);
      for (const rows of [1, 5]) assert.deepEqual(evaluateInRuns(limited, rows), whole);
    }
  });

  it('tells the watch of each row before it is evaluated, and stops when it says so', () => {
    const long = requestOf(`a\n${'1\n'.repeat(100)}`, { formulas: ['b = a'], mode: 'rational' });
    assert.ok(long.table !== undefined);
    const watch = watchOf(20);
    const output = new ByteBuffer();
    const run = { ...long, start: 0, isChunkStart: true };
    const result = evaluateRows(run, createRowsEvaluator(long.table, long), output, watch);
    assert.deepEqual(
      watch.told,
      Array.from({ length: result.count }, (_, index) => index),
    );
    assert.ok(result.count >= 20 && result.count < 40, `${result.count} rows`);
    assert.equal(result.end, 2 * result.count);
    assert.equal(Buffer.from(output.view()).toString(), '1\n'.repeat(result.count));
  });

  it('tells the watch of each batch before it is evaluated, and stops when it says so', () => {
    const long = requestOf(`a\n${'1\n'.repeat(500)}`, { formulas: ['b = a'] });
    assert.ok(long.table !== undefined);
    const watch = watchOf(2);
    const output = new ByteBuffer();
    const run = { ...long, start: 0, isChunkStart: true };
    const result = evaluateRows(run, createRowsEvaluator(long.table, long), output, watch);
    const [first, second, ...others] = watch.told;
    assert.equal(first, 0);
    assert.ok(
      second !== undefined && second >= 8 && second < result.count && result.count < 500,
      `${result.count} rows`,
    );
    assert.deepEqual(others, []);
    assert.equal(result.end, 2 * result.count);
    assert.equal(Buffer.from(output.view()).toString(), '1\n'.repeat(result.count));
  });

  it('asks after a single row that was costly', () => {
    const costly = requestOf('a\n2000\n3\n', { formulas: ['b = 2 ^ a'], mode: 'bigint' });
    const dear = { ...costly, text: Buffer.from('60000\n3\n') };
    assert.ok(dear.table !== undefined);
    const run = { ...dear, start: 0, isChunkStart: true };
    const once = { ...createRowsEvaluator(dear.table, dear), cost: 1_000_000, end: 6, hasFailed: false };
    const evaluator = { ...once, open: () => {}, evaluateNext: () => {}, evaluatePlain: () => 0, readTotals: () => [] };
    assert.equal(evaluateRows(run, evaluator, new ByteBuffer(), watchOf(1)).count, 1);
  });
});
