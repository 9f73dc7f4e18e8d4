/** The pool with tables: rows on threads and in a process apart, in slices, with rows that hang, die or kill. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isolatedAttempt, type RequestMessage } from '../../src/engine/index.ts';
import { evaluateRequest } from '../../src/evaluator-pool/evaluate-request.ts';
import type { ChunkOutcomes } from '../../src/jobs/index.ts';
import { requestOf, requestsOf, shownRows, type TableWish } from '../tables/table-fixture.ts';
import { condemnedIn, outcomesOf, requestOf as linesOf, shownOutcomes, withPool } from './pool-fixture.ts';

const evaluatorModule = new URL('./faulty-rows-evaluator.ts', import.meta.url);
const wish: TableWish = { formulas: ['total = price * qty'], totals: ['qty'] };

/** A table of rows whose first cell says what they do to the thread that evaluates them. */
function actions(rows: readonly string[], overrides: Partial<RequestMessage> = {}): RequestMessage {
  const lines = rows.map((action, index) => `${action},${index + 1},"2\n"\n`);
  return requestOf(`action,price,qty\n${lines.join('')}`, wish, overrides);
}

/** Its outcomes if none of them did anything but those that failed. */
function expectedOf(count: number, failed: Readonly<Record<number, string>>): (readonly string[] | string)[] {
  return Array.from({ length: count }, (_, index) => failed[index] ?? [String(2 * (index + 1))]);
}

/** The totals of formula and column where the rows of these indexes failed as a whole. */
function totalsOf(count: number, failed: readonly number[]): ChunkOutcomes['totals'] {
  const rows = Array.from({ length: count }, (_, index) => index + 1).filter((row) => !failed.includes(row - 1));
  const [first, last] = [rows[0], rows.at(-1)];
  const sum = rows.reduce((total, row) => total + 2 * row, 0);
  return [
    { count: rows.length, sum: String(sum), min: String(2 * (first ?? 0)), max: String(2 * (last ?? 0)) },
    { count: rows.length, sum: String(2 * rows.length), min: '2', max: '2' },
  ];
}

describe('tables on threads', () => {
  it('have the very outcomes of the plain loop, for many chunks of several tables, modes and lines at once', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `${index},"a\nb",${index % 7},${index / 8}`);
    const file = `id,note,qty,price\n${lines.join('\n')}`;
    const wishes: TableWish[] = [
      { formulas: ['total = price * qty', 'each = price / qty'], totals: ['price'] },
      { formulas: ['each = price / qty', 'total = price * qty'], totals: ['price'] },
      { formulas: ['total = price * qty'], mode: 'rational' },
      { formulas: ['total = price * qty'], mode: 'float64', missing: 'zero' },
    ];
    const requests = wishes.flatMap((each, job) =>
      requestsOf(file, each).map((request) => ({ ...request, jobId: `job ${job}` })),
    );
    await withPool({ threads: 2, evaluatorModule: undefined }, async ({ pool }) => {
      const some = pool.evaluate(linesOf(['1 + 1', '2 +']));
      const outcomes = await Promise.all(requests.map((request) => outcomesOf(pool.evaluate(request))));
      for (const [index, request] of requests.entries()) assert.deepEqual(outcomes[index], evaluateRequest(request));
      assert.deepEqual(shownOutcomes(await some), ['2', '!SYNTAX']);
      assert.equal((await some).totals, undefined);
    });
  });

  it('do not share a program that reads the same text in another way', async () => {
    const cells = 'a;b\n"1,5";x\n';
    const wishes: TableWish[] = [
      { formulas: ['c = a * 2'], decimal: ',' },
      { formulas: ['c = a * 2'] },
      { formulas: ['c = a * 2'], group: ',' },
      { formulas: ['c = a * 2', 'd = c'], decimal: ',' },
      { formulas: ['d = c', 'c = a * 2'], decimal: ',' },
      { formulas: ['c = a * 2'], decimal: ',', missingValues: ['1,5'] },
      { formulas: ['c = a * 2'], decimal: ',', mode: 'rational' },
      { formulas: ['c = a / 7'], decimal: ',', precision: 5 },
      { formulas: ['c = a / 7'], decimal: ',', precision: 6 },
      { formulas: ['c = b == "x" ? 1 : 2'], decimal: ',' },
    ];
    const expected = wishes.map((each) => shownRows(evaluateRequest(requestOf(cells, each))));
    assert.ok(new Set(expected.map((rows) => JSON.stringify(rows))).size > 6);
    await withPool({ evaluatorModule: undefined }, async ({ pool }) => {
      // More programs than a thread keeps, in turns.
      for (let round = 0; round < 3; round += 1) {
        const outcomes = await Promise.all(wishes.map((each) => pool.evaluate(requestOf(cells, each))));
        assert.deepEqual(outcomes.map(shownRows), expected);
      }
    });
  });

  it('go in one message with others though their last row has no line end', async () => {
    const first = requestOf('a\n1\n2', { formulas: ['b = a'] });
    const second = requestOf('a\n3\n4', { formulas: ['b = a'] });
    await withPool({ evaluatorModule: undefined }, async ({ pool }) => {
      const outcomes = await Promise.all([first, second, first].map((request) => pool.evaluate(request)));
      assert.deepEqual(outcomes.map(shownRows), [
        [['1'], ['2']],
        [['3'], ['4']],
        [['1'], ['2']],
      ]);
    });
  });

  it('have the same outcomes in slices as at a stretch', async () => {
    const request = actions(Array.from({ length: 30 }, (_, index) => (index % 9 === 4 ? '"a"b' : 'spin')));
    for (const sliceMs of [1, 60_000]) {
      await withPool({ sliceMs, evaluatorModule }, async ({ pool }) => {
        assert.deepEqual(await outcomesOf(pool.evaluate(request)), evaluateRequest(request));
      });
    }
  });

  it('spend their budget over all slices', async () => {
    const request = actions(Array.from({ length: 30 }, () => 'spin'));
    const half = { ...request, costMax: Math.floor(evaluateRequest(request).cost / 2) };
    await withPool({ sliceMs: 1, evaluatorModule }, async ({ pool }) => {
      const outcomes = await outcomesOf(pool.evaluate(half));
      assert.deepEqual(outcomes, evaluateRequest(half));
      assert.ok(outcomes.failed > 10 && outcomes.succeeded > 10);
    });
  });

  it('give a row that kills its thread CRASH, and its neighbors their results', async () => {
    const rows = ['', '', 'throw', '', 'exit', '', '', 'throw'];
    await withPool({ evaluatorModule }, async ({ pool, events }) => {
      const outcomes = await pool.evaluate(actions(rows));
      assert.deepEqual(shownRows(outcomes), expectedOf(8, { 2: '!CRASH', 4: '!CRASH', 7: '!CRASH' }));
      assert.deepEqual(outcomes.totals, totalsOf(8, [2, 4, 7]));
      assert.deepEqual([outcomes.succeeded, outcomes.failed], [5, 3]);
      assert.match(Buffer.from(outcomes.text).toString(), /!CRASH 0 0 The evaluation of this row stopped/);
      assert.deepEqual(
        condemnedIn(events).map(({ line, code }) => [line, code]),
        [
          [3, 'CRASH'],
          [5, 'CRASH'],
          [8, 'CRASH'],
        ],
      );
    });
  });

  it('give a row that hangs TIMEOUT, and its neighbors their results', async () => {
    await withPool({ evaluatorModule }, async ({ pool }) => {
      const outcomes = await pool.evaluate(actions(['hang', '', '"quoted\n"', 'hang', '']));
      assert.deepEqual(shownRows(outcomes), expectedOf(5, { 0: '!TIMEOUT', 3: '!TIMEOUT' }));
      assert.deepEqual(outcomes.totals, totalsOf(5, [0, 3]));
    });
  });

  it('have totals of every column also when every row is condemned', async () => {
    await withPool({ evaluatorModule }, async ({ pool }) => {
      const { totals } = await pool.evaluate(actions(['throw', 'throw']));
      assert.deepEqual(
        totals?.map(({ count, sum }) => [count, sum]),
        [
          [0, '0'],
          [0, '0'],
        ],
      );
    });
  });
});

describe('tables in a process apart', () => {
  it('have the outcomes and the cost that they have on threads', async () => {
    const file = 'a,b\n1,"2\n"\n"x"y,1\n3\n"\r\n",4\n5,"6';
    const request = requestOf(file, { formulas: ['c = a / b'], totals: ['b'] }, { attempt: isolatedAttempt });
    assert.equal(request.faults.length, 1);
    await withPool({ evaluatorModule: undefined }, async ({ pool }) => {
      assert.deepEqual(await outcomesOf(pool.evaluate(request)), evaluateRequest(request));
      const half = { ...request, costMax: evaluateRequest(request).cost - 1 };
      assert.deepEqual(await outcomesOf(pool.evaluate(half)), evaluateRequest(half));
    });
  });

  it('lose but the row that kills the process', async () => {
    const request = actions(['', 'kill', '"\n"', 'abort'], { attempt: isolatedAttempt });
    await withPool({ evaluatorModule }, async ({ pool }) => {
      const outcomes = await pool.evaluate(request);
      assert.deepEqual(shownRows(outcomes), expectedOf(4, { 1: '!CRASH', 3: '!CRASH' }));
      assert.deepEqual(outcomes.totals, totalsOf(4, [1, 3]));
    });
  });
});
