import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import type { CellSyntax } from '../../../src/expression/index.ts';
import { cellKind } from '../../../src/expression/table/row-cells.ts';
import { cellKind as jobsCellKind } from '../../../src/jobs/index.ts';
import { answersOf, cellsOf, evaluatorOf } from './table-case.ts';
import type { TableCase } from './table-case.ts';

const german = { decimal: ',', group: '.' } as const;
const swiss = { decimal: '.', group: '’' } as const;
const asWritten = { numbers: 'written' } as const;
const missing = 'MISSING 1-6 `price` is missing in this row. Enter a number, or set missing to zero or empty.';

function notNumber(shown: string, hint = ''): string {
  return `NOT_NUMBER 1-6 \`price\` is not a number in this row: ${shown}${hint}.`;
}

const signs = '; decimal and group say which signs numbers have';
const set = '; set numbers to written to read it';

const cases: readonly (readonly [cell: string, result: string, syntax?: Partial<CellSyntax>])[] = [
  ['853.20', '853.2'],
  [' 12 ', '12'],
  ['\u00a012\t', '12'],
  ['-12', '-12'],
  ['+12', '12'],
  ['−12', '-12'],
  ['007', '7'],
  ['1e3', '1000'],
  ['1.5E-3', '0.0015'],
  ['.5', '0.5'],
  ['-.5', '-0.5'],
  ['5.', '5'],
  ['0', '0'],
  ['-0', '0'],
  ['123456789', '123456789'],
  ['1234567890', '1234567890'],
  ['123456789012345', '123456789012345'],
  ['1234567890123456', '1234567890123456'],
  ['12345678901234567890.12345678901234567890', '12345678901234567890.12345678901235'],
  [`${'0'.repeat(1_000)}7`, '7'],
  ['9'.repeat(1_101), 'LIMIT 1-6 `price` has more than 1100 digits in this row.'],
  ['1e1234567', 'LIMIT 1-6 `price` has an exponent of more than 6 digits in this row.'],
  ['1e999999', 'OVERFLOW 1-6 The result is too large: decimal mode has numbers below 10^6145.'],

  ['', missing],
  ['  ', missing],
  ['abc', notNumber('"abc"')],
  ['12abc', notNumber('"12abc"')],
  ['0x10', notNumber('"0x10"')],
  ['1_000', notNumber('"1_000"')],
  ['- 5', notNumber('"- 5"')],
  ['--5', notNumber('"--5"')],
  ['5-', notNumber('"5-"')],
  ['1 2', notNumber('"1 2"', signs)],
  ['1,5', notNumber('"1,5"', signs)],
  ['1.234.567', notNumber('"1.234.567"', signs)],
  ['.', notNumber('"."')],
  ['e5', notNumber('"e5"')],
  ['1e', notNumber('"1e"')],
  ['1e+', notNumber('"1e+"')],
  ['NaN', notNumber('"NaN"')],
  ['Infinity', notNumber('"Infinity"')],
  ['true', notNumber('"true"')],
  ['１２', notNumber('"１２"')],
  ['1\u00002', notNumber('"1U+00002"')],
  ['x'.repeat(10_000), notNumber(`"${'x'.repeat(39)}…"`)],
  [' '.repeat(10_000), missing],
  [`${' '.repeat(10_000)}7${' '.repeat(10_000)}`, '7'],
  ['12 %', notNumber('"12 %"', set)],
  ['€ 12', notNumber('"€ 12"', set)],
  ['(12.00)', notNumber('"(12.00)"', set)],

  ['1,5', '1.5', german],
  ['1.234,5', '1234.5', german],
  ['-1.234.567', '-1234567', german],
  ['1234567', '1234567', german],
  ['12.34', notNumber('"12.34"', signs), german],
  ['1.2345', notNumber('"1.2345"', signs), german],
  ['1234.567', notNumber('"1234.567"', signs), german],
  ['.123', notNumber('".123"', signs), german],
  ['1..234', notNumber('"1..234"', signs), german],
  ['1,234.567', notNumber('"1,234.567"', signs), german],
  ['1.234,567.890', notNumber('"1.234,567.890"', signs), german],
  ['1.234e3', '1234000', german],
  ['12’345’678.90', '12345678.9', swiss],
  ['12 345,5', '12345.5', { decimal: ',', group: ' ' }],
  ['12\u202f345,5', '12345.5', { decimal: ',', group: '\u202f' }],
  ['1,234,567.8', '1234567.8', { group: ',' }],
  ['1.5', notNumber('"1.5"', signs), { decimal: ',' }],

  ['(12.00)', '-12', asWritten],
  ['( 12.00 )', '-12', asWritten],
  ['12 %', '0.12', asWritten],
  ['12%', '0.12', asWritten],
  ['-12.5 %', '-0.125', asWritten],
  ['(12 %)', '-0.12', asWritten],
  ['$12.00', '12', asWritten],
  ['$ 12.00', '12', asWritten],
  ['-$12.00', '-12', asWritten],
  ['$-12.00', '-12', asWritten],
  ['12.00 €', '12', asWritten],
  ['12.00€', '12', asWritten],
  ['($12.00)', '-12', asWritten],
  ['₹1e3', '1000', asWritten],
  ['1.234,50 €', '1234.5', { ...asWritten, ...german }],
  ['12', '12', asWritten],
  ['−12', '-12', asWritten],
  ['(-12)', notNumber('"(-12)"'), asWritten],
  ['-(12)', notNumber('"-(12)"'), asWritten],
  ['-$-12', notNumber('"-$-12"'), asWritten],
  ['$12 €', notNumber('"$12 €"'), asWritten],
  ['$12 %', notNumber('"$12 %"'), asWritten],
  ['12 % %', notNumber('"12 % %"'), asWritten],
  ['$$12', notNumber('"$$12"'), asWritten],
  ['$  12', notNumber('"$  12"'), asWritten],
  ['()', notNumber('"()"'), asWritten],
  ['(', notNumber('"("'), asWritten],
  ['%', notNumber('"%"'), asWritten],
  ['$', notNumber('"$"'), asWritten],
  ['EUR 12', notNumber('"EUR 12"'), asWritten],

  ['NA', missing, { missingValues: ['NA', '-'] }],
  [' - ', missing, { missingValues: ['NA', '-'] }],
  ['na', notNumber('"na"'), { missingValues: ['NA', '-'] }],
  ['-999', missing, { missingValues: ['-999'] }],
  ['-999.0', '-999', { missingValues: ['-999'] }],
  ['', '0', { missing: 'zero' }],
  ['NA', '0', { missing: 'zero', missingValues: ['NA'] }],
  ['abc', notNumber('"abc"'), { missing: 'zero' }],
  ['', '', { missing: 'empty' }],
  ['NA', '', { missing: 'empty', missingValues: ['NA'] }],
];

describe('the number of a cell', () => {
  for (const [cell, result, cells = {}] of cases) {
    const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell;
    it(`${JSON.stringify(shown)} ${JSON.stringify(cells)}`, () => {
      const evaluator = evaluatorOf({ formulas: ['a = price'], cells, header: ['price'] });
      assert.deepEqual(answersOf(evaluator, cellsOf([cell])), [result]);
    });
  }

  it('is the same in all modes', () => {
    const formulas = ['a = price', 'b = price * 2'];
    for (const [mode, results] of [
      ['float64', ['-12.5', '-25']],
      ['rational', ['-25/2', '-25']],
      ['bigint', ['-12', '-24']],
    ] as const) {
      const evaluator = evaluatorOf({ formulas, mode, header: ['price'] });
      assert.deepEqual(answersOf(evaluator, cellsOf([mode === 'bigint' ? '-12.00' : '-12.50'])), results);
    }
  });

  it('is a fault of bigint mode where it is no integer, as a number of a line is', () => {
    const evaluator = evaluatorOf({ formulas: ['a = price'], mode: 'bigint', header: ['price'] });
    assert.match(answersOf(evaluator, cellsOf(['12.5']))[0] ?? '', /^TYPE 1-6 /);
  });
});

/** The number in groups of three digits. */
function grouped(digits: string, group: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, group);
}

describe('a number as people write it', () => {
  it('is the number that its digits are, whatever the signs', () => {
    const styles = fc.constantFrom<Partial<CellSyntax> & { decimal: '.' | ','; group: string }>(
      { decimal: '.', group: ',' },
      { decimal: ',', group: '.' },
      { decimal: '.', group: '’' },
      { decimal: ',', group: '\u00a0' },
    );
    const shapes = fc.constantFrom('N', '-N', '(N)', 'N €', '€N', 'N %', '-$N', '$-N', '(¥ N)');
    const digits = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(styles, shapes, digits, fc.nat(9_999), fc.boolean(), (style, shape, whole, places, isGrouped) => {
        const fraction = String(places).padStart(4, '0');
        const shown = isGrouped ? grouped(String(whole), style.group) : String(whole);
        const cell = shape.replace('N', () => `${shown}${style.decimal}${fraction}`);
        const plain = evaluatorOf({ formulas: ['a = price * 1000000'], mode: 'rational', header: ['price'] });
        const percent = shape.includes('%') ? 'e-2' : '';
        const sign = /[-(]/.test(shape) ? '-' : '';
        const expected = answersOf(plain, cellsOf([`${sign}${whole}.${fraction}${percent}`]));
        const written = evaluatorOf({
          formulas: ['a = price * 1000000'],
          mode: 'rational',
          header: ['price'],
          cells: { ...style, numbers: 'written' },
        });
        assert.deepEqual(answersOf(written, cellsOf([cell])), expected, cell);
      }),
    );
  });
});

describe('cells of JSON', () => {
  const table: TableCase = { formulas: ['a = price', 'b = price == "12"'], header: ['price'], cells: german };
  const rows: readonly (readonly [cell: string, kind: keyof typeof cellKind, number: string, isText: string])[] = [
    ['12', 'jsonNumber', '12', 'true'],
    ['-1.5e3', 'jsonNumber', '-1500', 'false'],
    ['12', 'plain', '12', 'true'],
    ['1,5', 'plain', '1.5', 'false'],
    [String.raw`\u0031\u0032`, 'jsonEscapes', '12', 'true'],
    [String.raw`12\t`, 'jsonEscapes', '12', 'false'],
    ['null', 'absent', missing, 'false'],
    ['true', 'jsonOther', notNumber('"true"'), 'false'],
    ['[1]', 'jsonOther', notNumber('"[1]"'), 'false'],
    ['1""2', 'doubledQuotes', notNumber('"1"2"'), 'false'],
  ];
  for (const [cell, kind, number, isText] of rows) {
    it(`${kind} ${cell}`, () => {
      assert.deepEqual(answersOf(evaluatorOf(table), cellsOf([cell], [cellKind[kind]])), [number, isText]);
    });
  }

  it('have the kinds that the scanner gives', () => assert.deepEqual(cellKind, jobsCellKind));
});
