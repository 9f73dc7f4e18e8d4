/** The evaluation of the rows of a table: results, errors of cells and of rows, totals, costs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluateRequest } from '../../src/evaluator-pool/evaluate-request.ts';
import {
  createTotalsCollector,
  decodeLines,
  decodeRowOutcome,
  noColumnTotals,
  rowOutcomeBytesMax,
  type ChunkOutcomes,
  type ColumnTotals,
  type RowOutcome,
} from '../../src/jobs/index.ts';
import { requestOf, shownRows, type TableWish } from './table-fixture.ts';

function evaluate(file: string | Uint8Array, wish: TableWish): ChunkOutcomes {
  return evaluateRequest(requestOf(file, wish));
}

function rowsOf({ text }: ChunkOutcomes): RowOutcome[] {
  return decodeLines(text).map(decodeRowOutcome);
}

/** Adds the results of a formula up once more, from the outcomes. */
function recount(outcomes: ChunkOutcomes, formula: number): ColumnTotals | undefined {
  const collector = createTotalsCollector(1);
  for (const row of rowsOf(outcomes)) {
    const cell = row.kind === 'cells' ? row.cells[formula] : undefined;
    if (cell?.kind !== 'result') continue;
    const bytes = Buffer.from(cell.text);
    collector.add(0, bytes, 0, bytes.length);
  }
  return collector.read()[0];
}

const main = 'id,price,qty,vat\n1,2.50,3,19\n2,0.1,10,7\n3,-1,2,0\n';
const formulas = ['total = price * qty * (1 + vat / 100)'];

describe('the rows of a table', () => {
  const modes: readonly [string, TableWish, (readonly string[] | string)[], ColumnTotals[]][] = [
    ['decimal', { formulas }, [['8.925'], ['1.07'], ['-2']], [{ count: 3, sum: '7.995', min: '-2', max: '8.925' }]],
    [
      'float64',
      { formulas },
      [['8.924999999999999'], ['1.07'], ['-2']],
      [{ count: 3, sum: '7.994999999999999', min: '-2', max: '8.924999999999999' }],
    ],
    [
      'rational',
      { formulas },
      [['357/40'], ['107/100'], ['-2']],
      [{ count: 3, sum: '1599/200', min: '-2', max: '357/40' }],
    ],
    [
      'bigint',
      { formulas: ['total = id * 10 ^ 20 + qty'] },
      [['100000000000000000003'], ['200000000000000000010'], ['300000000000000000002']],
      [{ count: 3, sum: '600000000000000000015', min: '100000000000000000003', max: '300000000000000000002' }],
    ],
  ];
  for (const [mode, wish, rows, totals] of modes) {
    it(`have the results of ${mode} mode, and exact totals`, () => {
      const outcomes = evaluate(main, { ...wish, mode });
      assert.deepEqual(shownRows(outcomes), rows);
      assert.deepEqual(outcomes.totals, totals);
      assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cancelled], [3, 0, 0]);
    });
  }

  it('have several results in the order given, whatever the order of evaluation', () => {
    const outcomes = evaluate(main, {
      formulas: ['gross = net * (1 + vat / 100)', 'net = price * qty', 'big = net > 5'],
    });
    assert.equal(Buffer.from(outcomes.text).toString(), '8.925\t7.5\ttrue\n1.07\t1\tfalse\n-2\t-2\tfalse\n');
    assert.deepEqual(
      outcomes.totals?.map(({ count, sum }) => [count, sum]),
      [
        [3, '7.995'],
        [3, '6.5'],
        [0, '0'],
      ],
      'true and false are no numbers',
    );
  });

  it('fail each by itself, formula by formula, and leave their neighbors alone', () => {
    const file = [
      'name,price,qty',
      'ok,10,4',
      'zero,10,0',
      'no number,ten,4',
      'missing,,4',
      'too few,10',
      'too many,10,4,1',
      '',
      '"a"b,10,4',
      'ok,10,5',
      'both,x,y',
      '"ok",10,"8"',
    ].join('\n');
    const outcomes = evaluate(file, { formulas: ['each = price / qty', 'sum = price + qty', 'twice = each * 2'] });
    assert.deepEqual(shownRows(outcomes), [
      ['2.5', '14', '5'],
      ['!DIV0', '10', '!DIV0'],
      ['!NOT_NUMBER', '!NOT_NUMBER', '!NOT_NUMBER'],
      ['!MISSING', '!MISSING', '!MISSING'],
      '!COLUMNS',
      '!COLUMNS',
      '!EMPTY',
      '!QUOTE',
      ['2', '15', '4'],
      ['!NOT_NUMBER', '!NOT_NUMBER', '!NOT_NUMBER'],
      ['1.25', '18', '2.5'],
    ]);
    assert.deepEqual([outcomes.succeeded, outcomes.failed], [3, 8]);
    assert.deepEqual(
      outcomes.totals,
      [0, 1, 2].map((formula) => recount(outcomes, formula)),
    );
    assert.deepEqual(
      outcomes.totals?.map(({ count }) => count),
      [3, 4, 3],
    );
  });

  it('say what failed, where in the formula, and why', () => {
    const [row, other] = rowsOf(evaluate('price,qty\n1,0\nten,\n', { formulas: ['each = 2 * price / qty'] }));
    assert.deepEqual(row, {
      kind: 'cells',
      cells: [{ kind: 'error', error: { code: 'DIV0', message: 'Division by zero.', column: 11, endColumn: 12 } }],
    });
    assert.ok(other?.kind === 'cells' && other.cells[0]?.kind === 'error');
    assert.match(other.cells[0].error.message, /price.*ten/);
  });

  it('keep messages on one line and in one cell, and valid UTF-8', () => {
    const file = Buffer.concat([Buffer.from('a,b\n"x\ty\nz",1\n'), Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a])]);
    const outcomes = evaluate(file, { formulas: ['c = a + b', 'd = b'] });
    assert.deepEqual(shownRows(outcomes), [
      ['!NOT_NUMBER', '1'],
      ['!NOT_NUMBER', '1'],
    ]);
    assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(outcomes.text));
  });

  it('are empty where a missing cell makes them so, and succeed', () => {
    const outcomes = evaluate('a,b\n1,\n,\n2,3\n', { formulas: ['c = a + b', 'd = a'], missing: 'empty' });
    assert.equal(Buffer.from(outcomes.text).toString(), '\t1\n\t\n5\t2\n');
    assert.deepEqual([outcomes.succeeded, outcomes.failed], [3, 0]);
    assert.deepEqual(outcomes.totals, [
      { count: 1, sum: '5', min: '5', max: '5' },
      { count: 2, sum: '3', min: '1', max: '2' },
    ]);
  });

  it('are one empty line where the only result is empty', () => {
    const outcomes = evaluate('a\n1\n""\n2\n', { formulas: ['b = a'], missing: 'empty' });
    assert.equal(Buffer.from(outcomes.text).toString(), '1\n\n2\n');
    assert.deepEqual(shownRows(outcomes), [['1'], [''], ['2']]);
  });

  it('count for totals of input columns as their cells are written, missing ones not even as zero', () => {
    const file = 'a,b\n1.50,x\n,2\n"-3",\n1e2,4\n';
    const outcomes = evaluate(file, { formulas: ['c = a'], totals: ['a', 'b'], missing: 'zero' });
    assert.deepEqual(shownRows(outcomes), [['1.5'], ['0'], ['-3'], ['100']]);
    const [c, a, b] = outcomes.totals ?? [];
    assert.deepEqual(c, { count: 4, sum: '98.5', min: '-3', max: '100' });
    assert.deepEqual([a?.count, a?.sum, a?.min], [3, '98.5', '-3']);
    assert.deepEqual([b?.count, b?.sum], [2, '6']);
  });

  it('do not count for totals of input columns when they failed as a whole', () => {
    const { totals } = evaluate('a,b\n1,2\n3\n4,5\n', { formulas: ['c = b'], totals: ['a'] });
    assert.deepEqual(
      totals?.map(({ sum }) => sum),
      ['7', '5'],
    );
  });

  it('know their number, also in a later chunk', () => {
    const request = requestOf('a\n1\n2\n', { formulas: ['n = row'] }, { firstLine: 513 });
    assert.deepEqual(shownRows(evaluateRequest(request)), [['513'], ['514']]);
  });

  it('end at their first line break when intake found a quote that is never closed', () => {
    const outcomes = evaluate('a,b\n1,2\n"3,4\n5,6\n', { formulas: ['c = b'] });
    assert.deepEqual(shownRows(outcomes), [['2'], '!QUOTE', ['6']]);
  });

  it('may hold line breaks, delimiters and quotes in quotes, and end with CRLF or with the file', () => {
    const file = 'a,note,b\r\n1,"x\r\ny",2\r\n3,"say ""1,2""\n\n",4\n5,,6';
    assert.deepEqual(shownRows(evaluate(file, { formulas: ['c = a + b'] })), [['3'], ['7'], ['11']]);
  });

  it('may be written with other signs', () => {
    const wish: TableWish = {
      formulas: ['c = a * 2'],
      decimal: ',',
      group: '.',
      numbers: 'written',
      missingValues: ['-'],
    };
    const outcomes = evaluate('a;b\n1.234,50;\n(2,25);\n"€ 3";\n50 %;\n-;\n1,234.5;\n', wish);
    assert.deepEqual(shownRows(outcomes), [['2469'], ['-4.5'], ['6'], ['1'], ['!MISSING'], ['!NOT_NUMBER']]);
  });

  it('of NDJSON have their members as cells', () => {
    const file = [
      '{"id":1,"price":0.1,"qty":"3"}',
      '{"qty":2,"price":12345678901234567890.5}',
      '{"price":null,"qty":1}',
      '{"qty":1}',
      '{"price":true,"qty":1}',
      '[1]',
      'nonsense',
      '',
      '{"price":1,"price":2,"qty":3}',
      '{"price":1,"qty":2,"total":3}',
      '{"price":1,"qty":2}',
    ].join('\n');
    const outcomes = evaluate(file, { format: 'ndjson', formulas: ['total = price * qty'] });
    assert.deepEqual(shownRows(outcomes), [
      ['0.3'],
      ['24691357802469135781'],
      ['!MISSING'],
      ['!MISSING'],
      ['!NOT_NUMBER'],
      '!SYNTAX',
      '!SYNTAX',
      '!EMPTY',
      '!SYNTAX',
      '!COLUMNS',
      ['2'],
    ]);
    assert.deepEqual(outcomes.totals, [recount(outcomes, 0)]);
  });

  it('are replaced in place where that is wanted', () => {
    const outcomes = evaluate(main, { formulas: ['price = price * 2', 'total = price * qty'], replaces: true });
    assert.deepEqual(shownRows(outcomes), [
      ['5', '15'],
      ['0.2', '2'],
      ['-2', '-4'],
    ]);
  });
});

describe('results that are very long', () => {
  const wish: TableWish = { mode: 'bigint', formulas: ['a = 2 ^ (65535 * n)', 'b = a + 1', 'c = n'] };

  it('are left out when a row has no room for them, and the others are kept', () => {
    const outcomes = evaluate('n\n0\n1\n0\n', wish);
    assert.deepEqual(
      shownRows(outcomes).map((row) => Array.from(row, (cell) => (cell.length > 30 ? 'long' : cell))),
      [
        ['1', '2', '0'],
        ['long', '!TOO_BIG', '1'],
        ['1', '2', '0'],
      ],
    );
    assert.deepEqual([outcomes.succeeded, outcomes.failed], [2, 1]);
    assert.deepEqual(
      outcomes.totals,
      [0, 1, 2].map((formula) => recount(outcomes, formula)),
    );
  });

  it('never make a row longer than the bound, whatever the other formulas say', () => {
    const errors = Array.from({ length: 28 }, (_, index) => `e${index} = text + n`);
    const file = `n,text\n1,"${'ö'.repeat(400)}"\n0,1\n`;
    const outcomes = evaluate(file, { ...wish, formulas: [...(wish.formulas ?? []), ...errors] });
    for (const line of Buffer.from(outcomes.text).toString('latin1').split('\n')) {
      assert.ok(line.length < rowOutcomeBytesMax, `${line.length} bytes`);
    }
  });

  it('stay when there is but one', () => {
    const file = 'n\n1\n';
    const rows = shownRows(evaluate(file, { mode: 'bigint', formulas: ['a = 2 ^ 65535 - n'] }));
    assert.equal(rows[0]?.[0], String(2n ** 65_535n - 1n));
  });
});

describe('the cost of rows', () => {
  it('is that of compiling once and of each row', () => {
    const one = evaluate('a\n1\n', { formulas: ['b = a * a + 1'] }).cost;
    const two = evaluate('a\n1\n1\n', { formulas: ['b = a * a + 1'] }).cost;
    const three = evaluate('a\n1\n1\n1\n', { formulas: ['b = a * a + 1'] }).cost;
    assert.equal(three - two, two - one);
    assert.ok(one > two - one, 'compiling costs something');
  });

  it('gives BUDGET to the rows after those that used the budget up, but a fault stays a fault', () => {
    const file = 'a,b\n1,2\n3,4\n5\n6,7\n';
    const wish: TableWish = { formulas: ['c = a + b'], totals: ['a'] };
    const { cost } = evaluate('a,b\n1,2\n3,4\n', wish);
    const outcomes = evaluateRequest(requestOf(file, wish, { costMax: cost }));
    assert.deepEqual(shownRows(outcomes), [['3'], ['7'], '!COLUMNS', '!BUDGET']);
    assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cost], [2, 2, cost]);
    assert.deepEqual(
      outcomes.totals?.map(({ count }) => count),
      [2, 2],
    );
    const nothing = evaluateRequest(requestOf(file, wish, { costMax: 0 }));
    assert.deepEqual(shownRows(nothing), ['!BUDGET', '!BUDGET', '!COLUMNS', '!BUDGET']);
  });
});

describe('totals', () => {
  it('equal a recount of the outcomes, for any cells', () => {
    const cell = fc.oneof(
      fc.integer({ min: -1_000_000, max: 1_000_000 }).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }).map(String),
      fc.constantFrom('', 'x', '0', '1e400', '"2"', '-0.10', '007'),
    );
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 40 });
    const settings = fc.record({
      mode: fc.constantFrom('decimal', 'float64', 'rational', 'bigint'),
      missing: fc.constantFrom('error', 'empty', 'zero'),
    });
    fc.assert(
      fc.property(rows, settings, (cells, { mode, missing }) => {
        const file = `a,b\n${cells.map((row) => row.join(',')).join('\n')}\n`;
        const wish = { formulas: ['q = a / b', 's = a + b', 'm = max(a, b) > 0'], mode, missing } as const;
        const outcomes = evaluate(file, wish);
        assert.equal(outcomes.succeeded + outcomes.failed, cells.length);
        assert.deepEqual(
          outcomes.totals,
          [0, 1, 2].map((formula) => recount(outcomes, formula)),
        );
      }),
    );
  });
});

describe('a program', () => {
  const request = requestOf('a,b\n1,2\n3\n', { formulas: ['c = a + b'] });

  it('that another version compiled and this one cannot gives its error to every row', () => {
    const { table } = request;
    assert.ok(table !== undefined);
    const foreign = { ...table, formulas: [{ name: 'c', text: 'a + newer(b)' }] };
    const outcomes = evaluateRequest({ ...request, table: foreign });
    assert.deepEqual(shownRows(outcomes), ['!UNKNOWN', '!COLUMNS']);
    assert.match(Buffer.from(outcomes.text).toString(), /newer/);
    assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cost], [0, 2, 0]);
    assert.deepEqual(outcomes.totals, [noColumnTotals]);
  });

  it('in a mode that does not exist, or with fewer rows than said, is a mistake of the caller', () => {
    assert.throws(() => evaluateRequest({ ...request, mode: 'octal' }), /number mode/);
    assert.throws(() => evaluateRequest({ ...request, count: 3 }), /as many rows as it says/);
  });
});
