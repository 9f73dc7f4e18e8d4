import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  describeDialect,
  describePreview,
  describeRow,
  describeTotals,
  writeFormula,
} from '../../../src/formats/index.ts';
import { noColumnTotals, type ColumnTotals, type TableProgram } from '../../../src/jobs/index.ts';
import { error, sliceOf, tableOf, toOutcome } from './table-slices.ts';

const divided = error('DIV0', 'Division by zero.', 3);

suite('control totals as they are shown', () => {
  const { program } = tableOf({ formulas: ['x'] });
  const show = (mode: string, sum: string | undefined, count = 3, precision = 34) => {
    const column = { count, sum, min: '-1.50', max: '1e+30' };
    return describeTotals(program, [column], { mode, precision })['x'];
  };

  for (const [mode, sum, shownSum, shownMean] of [
    ['decimal', '-12.5', '-12.5', '-4.166666666666666666666666666666667'],
    ['decimal', '1e+40', '1e+40', '3.333333333333333333333333333333333e+39'],
    [
      'decimal',
      '12345678901234567890123456789012345678',
      '1.234567890123456789012345678901235e+37',
      '4.115226300411522630041152263004115e+36',
    ],
    ['float64', '0.30000000000000001', '0.3', '0.1'],
    ['float64', '1', '1', '0.3333333333333333'],
    ['rational', '6/6', '1', '1/3'],
    ['rational', '-7/2', '-7/2', '-7/6'],
    ['rational', '0/6', '0', '0'],
    ['rational', '0.3', '3/10', '1/10'],
    ['bigint', '7', '7', '7/3'],
    [
      'bigint',
      '123456789012345678901234567890123456789',
      '123456789012345678901234567890123456789',
      '41152263004115226300411522630041152263',
    ],
  ] as const) {
    test(`in ${mode}: ${sum}`, () => {
      assert.deepEqual(show(mode, sum), { count: 3, sum: shownSum, min: '-1.50', max: '1e+30', mean: shownMean });
    });
  }

  test('are rounded once, to the precision of the job', () => {
    assert.equal(show('decimal', '10', 3, 3)?.mean, '3.33');
    // Rounded twice, by way of 2.45, the mean would be 2.5 or the sum would lose its digits first.
    assert.equal(show('decimal', '24449999', 10_000_000, 2)?.mean, '2.4');
    assert.equal(show('decimal', '24449999', 10_000_000, 2)?.sum, '24000000');
  });

  test('say nothing of what is not there or too long', () => {
    assert.deepEqual(describeTotals(program, [noColumnTotals], { mode: 'decimal', precision: 34 })['x'], {
      count: 0,
      sum: '0',
      min: null,
      max: null,
      mean: null,
    });
    assert.equal(show('rational', undefined)?.sum, null);
    const long = `${'7'.repeat(3_000)}/9`;
    assert.deepEqual(show('rational', long), { count: 3, sum: long, min: '-1.50', max: '1e+30', mean: null });
    assert.deepEqual(describeTotals(program, [], { mode: 'decimal', precision: 34 }), {});
  });

  test('are named as the formulas, then as the input columns', () => {
    const column = (sum: string): ColumnTotals => ({ count: 1, sum, min: sum, max: sum });
    const named: TableProgram = { ...program, totals: ['price', 'x', '__proto__'] };
    const totals = describeTotals(named, ['1', '2', '3', '4'].map(column), { mode: 'decimal', precision: 34 });
    assert.deepEqual(
      new Map(Object.entries(totals).map(([name, { sum }]) => [name, sum])),
      new Map([
        ['price', '2'],
        ['x', '1'],
        ['__proto__', '4'],
      ]),
    );
  });
});

suite('tables as documents', () => {
  test('a dialect', () => {
    assert.deepEqual(
      describeDialect(tableOf({ dialect: { delimiter: '\t', group: '.', decimal: ',', missingValues: ['NA'] } })),
      {
        format: 'csv',
        delimiter: '\t',
        header: 'present',
        decimal: ',',
        group: '.',
        numbers: 'strict',
        missing: 'error',
        missing_values: ['NA'],
      },
    );
    const { delimiter, header } = describeDialect(tableOf({ dialect: { format: 'ndjson' }, hasHeader: false }));
    assert.deepEqual([delimiter, header], [undefined, undefined]);
    assert.equal(describeDialect(tableOf({ hasHeader: false })).header, 'absent');
  });

  test('a formula, with backticks where its name needs them', () => {
    for (const [name, written] of [
      ['total', 'total = 1 + 2'],
      ['größe_2', 'größe_2 = 1 + 2'],
      ['unit price', '`unit price` = 1 + 2'],
      ['2', '`2` = 1 + 2'],
      ['', '`` = 1 + 2'],
    ] as const) {
      assert.equal(writeFormula({ name, text: '1 + 2' }), written);
    }
  });

  test('a row that succeeded, failed in some, or as a whole', () => {
    const { formulas } = tableOf({ formulas: ['x', '__proto__'] }).program;
    const shown = (ending: Parameters<typeof toOutcome>[0]) => JSON.stringify(describeRow(toOutcome(ending), formulas));
    assert.equal(shown(['1', '']), '{"results":{"x":"1","__proto__":null}}');
    assert.equal(
      shown(['1', divided]),
      '{"results":{"x":"1","__proto__":null},"errors":{"__proto__":{"code":"DIV0","message":"Division by zero.","column":3,"end_column":4}}}',
    );
    assert.equal(
      shown(error('EMPTY', 'This row is empty.')),
      '{"results":{"x":null,"__proto__":null},"error":{"code":"EMPTY","message":"This row is empty."}}',
    );
  });

  test('a preview', () => {
    const table = tableOf({ formulas: ['x', 'y'] });
    const slice = sliceOf([
      { bytes: '1,2,"a\nb"\r\n', ending: ['1', divided] },
      { bytes: '1,2,3', ending: ['2', '4'] },
    ]);
    const totals = [
      { count: 2, sum: '3', min: '1', max: '2' },
      { count: 1, sum: '4', min: '4', max: '4' },
    ];
    const preview = { table, order: [1, 0], slice: { ...slice, outcomes: { ...slice.outcomes, totals } } };
    assert.deepEqual(describePreview(preview, { mode: 'decimal', precision: 34 }), {
      columns: ['a', 'b', 'c'],
      dialect: {
        format: 'csv',
        delimiter: ',',
        header: 'present',
        decimal: '.',
        numbers: 'strict',
        missing: 'error',
        missing_values: [],
      },
      formulas: [
        { name: 'x', formula: 'x = 1', position: 2 },
        { name: 'y', formula: 'y = 1', position: 1 },
      ],
      rows: [
        {
          id: '1',
          request: '1,2,"a\nb"',
          results: { x: '1', y: null },
          errors: { y: { code: 'DIV0', message: 'Division by zero.', column: 3, end_column: 4 } },
        },
        { id: '2', request: '1,2,3', results: { x: '2', y: '4' } },
      ],
      totals: {
        x: { count: 2, sum: '3', min: '1', max: '2', mean: '1.5' },
        y: { count: 1, sum: '4', min: '4', max: '4', mean: '4' },
      },
    });
  });
});
