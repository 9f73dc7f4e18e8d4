/** Features of formulas beyond those of lines: names, strings, match, fixed, and use of one another. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { refusalOf, rowOf } from './table-case.ts';
import type { TableCase } from './table-case.ts';

const cells = ['853.20', '3', '19', 'DE', '-2', '5', '7', '1', 'a"b'];
const columns = ['price', 'qty', 'vat', 'country', 'unit price (EUR)', 'e', 'Größe', 'row'];

/** The result of one formula over those cells. */
function resultOf(text: string, table: Partial<TableCase> = {}): string {
  return rowOf({ header: columns, formulas: [`x = ${text}`], ...table }, cells)[0] ?? '';
}

const results: readonly (readonly [formula: string, result: string, table?: Partial<TableCase>])[] = [
  ['price', '853.2'],
  ['`price`', '853.2'],
  ['` price `', '853.2'],
  ['@1', '853.2'],
  ['@01 + @2', '856.2'],
  ['`unit price (EUR)` + 1', '-1'],
  ['`unit price (EUR)`²', '4'],
  ['price²', '727950.24'],
  ['-price', '-853.2'],
  ['qty!', '6'],
  ['2 ^ qty', '8'],
  ['qty^2', '9'],
  ['Größe', '7'],
  ['Gro\u0308\u00dfe', '7'],
  ['2 * Größe - 1', '13'],
  ['ｐｒｉｃｅ', '853.2', { header: ['ｐｒｉｃｅ', 'qty', 'vat', 'country'] }],
  ['price', '853.2'],
  ['`e` + 1', '6'],
  ['`row`', '1'],
  ['row', '1', { header: ['price', 'qty', 'vat', 'country'] }],
  ['price mod qty', '1.2'],
  ['price % qty', '1.2'],
  ['price % `qty`', '1.2'],
  ['max(price, qty, vat)', '853.2'],
  ['`max` + max(1, 2)', '855.2', { header: ['max', 'qty', 'vat', 'country'] }],
  ['qty > 2 ? price : vat', '853.2'],
  ['if(qty > 2, vat, country)', '19'],
  ['qty > 2 or country > 1', 'true'],
  ['qty # the rest is a comment', '3'],
  ['`a # b` * 2', '1706.4', { header: ['a # b', 'qty', 'vat', 'country'] }],

  ['country == "DE"', 'true'],
  ['country != "DE"', 'false'],
  ['country ≠ "FR"', 'true'],
  ['"DE" == country', 'true'],
  ['"DE" != `country`', 'false'],
  ['"FR" ≠ @4', 'true'],
  ['country == "de"', 'false'],
  ['country == " DE"', 'false'],
  ['country == ""', 'false'],
  ['(country) == "DE"', 'true'],
  ['not country == "DE"', 'false'],
  ['country == "DE" and qty > 2', 'true'],
  ['country == "FR" || country == "DE"', 'true'],
  ['country == "DE" ? 19 : 7', '19'],
  ['if(country == "DE", 19, 7)', '19'],
  ['qty > 5 ? 1 : country == "DE" ? 2 : 3', '2'],
  ['(country == "DE") == (qty == 3)', 'true'],
  ['price == "853.20"', 'true'],
  ['country == "#1"', 'false'],
  ['name == "a""b" # a "comment"', 'true', { header: [...columns, 'name'] }],
  ['country == "＂" or price > 1', 'true'],
  ['price == "853.2"', 'false'],

  ['match(country, "FR", 20, "DE", 19, 0)', '19'],
  ['match(country, "FR", 20, 0)', '0'],
  ['match(country, "DE", price, 1 / 0)', '853.2'],
  ['match(country, "FR", 1 / 0, -1)', '-1'],
  ['match(country, "DE", qty > 2, qty > 5)', 'true'],
  ['match ( country , "DE" , 1 , 2 ) + 1', '2'],
  ['match(qty, 1, 10, 2 + 1, 30, 0)', '30'],
  ['match(qty, 3.0, 1, 0)', '1'],
  ['match(qty + 1, 1, 10, 3, 30, country == "DE" ? 5 : 6)', '5'],
  ['match(qty, 3, country == "DE", 1 > 2)', 'true'],
  ['match(qty, 3, true, false) ? 1 : 2', '1'],
  ['match(match(country, "DE", 1, 2), 1, match(qty, 3, 7, 8), 9)', '7'],
  ['10 - match(country, "DE", 1, 2) * 2', '8'],
  ['match(country, "DE", 1, 2) == 1', 'true'],
  ['match(qty, 1, 2, 3)', '3'],

  ['fixed(price, 1)', '853.2'],
  ['fixed(price, 2)', '853.20'],
  ['fixed(price, 0)', '853'],
  ['fixed(-0.004, 2)', '0.00'],
  ['fixed(-2.5, 0)', '-3'],
  ['fixed(1e25, 1)', '10000000000000000000000000.0'],
  ['fixed(1.5e-9, 12)', '0.000000001500'],
  ['fixed(12 / 7, 100)', `1.${'714285'.repeat(5)}714${'0'.repeat(67)}`],
  ['fixed(qty > 2 ? 1 : 2, 1)', '1.0'],
  ['fixed ( qty , 2 ) ', '3.00'],
  ['fixed(price, 2)', '853.20', { mode: 'float64' }],
  ['fixed(1e21 + qty, 2)', '1000000000000000000000.00', { mode: 'float64' }],
  ['fixed(1e-7, 8)', '0.00000010', { mode: 'float64' }],
  ['fixed(1.005, 2)', '1.01', { mode: 'float64' }],
  ['fixed(price / 7, 2)', '121.89', { mode: 'rational' }],
  ['fixed(-1 / 3, 3)', '-0.333', { mode: 'rational' }],
  ['fixed(qty, 2)', '3.00', { mode: 'rational' }],
  ['fixed(qty / 4, 1)', '0.8', { mode: 'rational' }],
  ['fixed(qty, 2)', '3.00', { mode: 'bigint' }],
];

const rule =
  'A string can only be compared with a column, such as country == "DE", or be a key of match(country, "DE", 19, 0).';
const afterText =
  'Nothing but "and", "or" or a question mark can follow the comparison with a string; use parentheses.';
const whole = 'fixed(x, n) can only be the whole formula, because it prints decimals: write round(x, n) here.';
const decimals = 'The number of decimals of fixed(x, n) must be written as an integer from 0 to 100.';
const arity =
  'match(x, key, value, …, default) takes a column or number, then keys and values in turn, then the value for all others.';
const list = '`price`, `qty`, `vat`, `country`, `unit price (EUR)`, `e`, `Größe`, `row`';
const naming = 'Write the name of a column bare (price), in backticks (`unit price`), or its position (@3).';

const refusals: readonly (readonly [formula: string, refusal: string, table?: Partial<TableCase>])[] = [
  ['prise * 2', 'UNKNOWN 0 1-6 `prise` is neither a column nor a formula; did you mean `price`?'],
  ['Price', 'UNKNOWN 0 1-6 `Price` is neither a column nor a formula; did you mean `price`?'],
  [
    'unit_price_EUR',
    'UNKNOWN 0 1-15 `unit_price_EUR` is neither a column nor a formula; did you mean `unit price (EUR)`?',
  ],
  ['x2 + 1', `UNKNOWN 0 1-3 \`x2\` is neither a column nor a formula; the columns are ${list}.`],
  ['PI', 'UNKNOWN 0 1-3 `PI` is neither a column nor a formula; did you mean "pi"?'],
  ['größe', 'UNKNOWN 0 1-6 `größe` is neither a column nor a formula; did you mean `Größe`?'],
  ['2 * `prices`', 'UNKNOWN 0 5-13 There is no column `prices`; did you mean `price`?'],
  ['`nothing`', `UNKNOWN 0 1-10 There is no column \`nothing\`; the columns are ${list}.`],
  ['priceof(1)', 'UNKNOWN 0 1-8 "priceof" is not a known name; the reference lists all functions.'],
  [
    'member',
    'UNKNOWN 0 1-7 `member` is neither a column nor a formula; the first row has `a`: write a name in backticks if only later rows have it.',
    { header: ['a'], isOpen: true },
  ],
  ['e', 'SYNTAX 0 1-2 `e` is a column and a constant of the language: write it in backticks for the column.'],
  ['row + 1', 'SYNTAX 0 1-4 `row` is a column and the number of the row: write it in backticks for the column.'],
  [
    'max',
    'SYNTAX 0 1-4 `max` is a column and a function of the language: write it in backticks for the column.',
    { header: ['max'] },
  ],
  [
    '1 + mod',
    'SYNTAX 0 5-8 `mod` is a column and a function of the language: write it in backticks for the column.',
    { header: ['mod'] },
  ],
  [
    'and',
    'SYNTAX 0 1-4 `and` is a column and a word of the language: write it in backticks for the column.',
    { header: ['and'] },
  ],
  [
    'π',
    'SYNTAX 0 1-2 `π` is a column and a constant of the language: write it in backticks for the column.',
    { header: ['π'] },
  ],
  [
    'a',
    'UNKNOWN 0 1-2 There are 2 columns `a`: write @1 or @3 for the one that is meant.',
    { header: ['a', 'b', 'a'] },
  ],
  [
    '`a`',
    'UNKNOWN 0 1-4 There are 2 columns `a`: write @1 or @3 for the one that is meant.',
    { header: ['a', 'b', 'a'] },
  ],
  ['@9', 'UNKNOWN 0 1-3 There is no column at this position: the columns are @1 to @8.'],
  ['@0', 'UNKNOWN 0 1-3 There is no column at this position: the columns are @1 to @8.'],
  ['@99999999999999999999', 'UNKNOWN 0 1-22 There is no column at this position: the columns are @1 to @8.'],
  ['1 + @', 'SYNTAX 0 5-6 Write the position of a column after the @, such as @3.'],
  ['@1', 'UNKNOWN 0 1-3 Objects have no positions: write the name of a member.', { isOpen: true }],
  ['`price', 'SYNTAX 0 1-2 This name has no closing backtick.'],
  ['` `', 'SYNTAX 0 1-4 Write the name of a column between the backticks.'],
  ['[price]', `SYNTAX 0 1-2 ${naming}`],
  ['${price}', `SYNTAX 0 1-2 ${naming}`],
  ['price qty', 'SYNTAX 0 7-10 An operator is missing before "qty", such as * for a product.'],
  ['price `qty`', 'SYNTAX 0 7-8 An operator is missing here, such as * for a product or == to compare.'],
  ['price (2)', 'SYNTAX 0 7-8 An operator is missing before "(", such as * for a product.'],
  ['= price', 'SYNTAX 0 1-2 Leave out the = at the beginning: a formula is a name, = and one expression.'],
  ['price = 2', 'SYNTAX 0 7-8 Write == to compare; each formula has one name, before its first =.'],
  ['price *', 'SYNTAX 0 8-8 The expression ends where a number is expected.'],
  ['😀 + price', 'SYNTAX 0 1-3 A number or a name is expected here, not "😀".'],
  ['qty + (😀', 'SYNTAX 0 8-10 A number or a name is expected here, not "😀".'],
  ['price + true', 'TYPE 0 7-8 "+" needs numbers, but its right side is a true/false value.'],

  ['"DE"', `TYPE 0 1-5 ${rule}`],
  ['price + "DE"', `TYPE 0 9-13 ${rule}`],
  ['price + country == "DE"', `TYPE 0 20-24 ${rule}`],
  ['-country == "DE"', `TYPE 0 13-17 ${rule}`],
  ['(qty > 2 ? country : vat) == "DE"', `TYPE 0 30-34 ${rule}`],
  ['if(qty > 2, 1, country) == "DE"', `TYPE 0 28-32 ${rule}`],
  ['country < "DE"', `TYPE 0 11-15 ${rule}`],
  ['1 == "DE"', `TYPE 0 6-10 ${rule}`],
  ['"DE" == "DE"', `TYPE 0 1-5 ${rule}`],
  ['"DE" == 1', `TYPE 0 1-5 ${rule}`],
  ['"DE" < country', `TYPE 0 1-5 ${rule}`],
  ['max(1, "DE")', `TYPE 0 8-12 ${rule}`],
  ['row == "1"', `TYPE 0 8-11 ${rule}`, { header: ['price'] }],
  ['country == "DE" + 1', `SYNTAX 0 17-18 ${afterText}`],
  ['country == "DE" == true', `SYNTAX 0 17-19 ${afterText}`],
  ['"DE" == country + 1', `SYNTAX 0 17-18 ${afterText}`],
  ['country == "DE', 'SYNTAX 0 12-13 This string has no closing quotation mark.'],
  ["country == 'DE'", 'SYNTAX 0 12-13 Write a string in double quotation marks, such as "DE".'],
  ['country == ＂DE＂', 'SYNTAX 0 12-13 Write a string in double quotation marks, such as "DE".'],
  ['country == “DE”', 'SYNTAX 0 12-13 Write a string in double quotation marks, such as "DE".'],

  ['match()', `ARITY 0 1-6 ${arity}`],
  ['match(country)', `ARITY 0 1-6 ${arity}`],
  ['match(country, "DE", 1)', `ARITY 0 1-6 ${arity}`],
  ['match(country, "DE", 1, "FR", 2)', `ARITY 0 1-6 ${arity}`],
  ['match(qty, 1)', `ARITY 0 1-6 ${arity}`],
  ['match(qty, 1, 2)', `ARITY 0 1-6 ${arity}`],
  ['match(country, "DE")', `TYPE 0 16-20 ${rule}`],
  ['match(country, "DE" == country, 1, 2)', `TYPE 0 16-20 ${rule}`],
  ['match(qty + 1, "3", 1, 2)', `TYPE 0 16-19 ${rule}`],
  ['match(qty, 1, 2, "3", 1, 2)', `TYPE 0 18-21 ${rule}`],
  ['match(country, "DE", 1, 2, 3, 4)', 'TYPE 0 1-6 All keys of this match must be strings, like its first one.'],
  ['match(qty > 2, 1, 2, 3)', 'TYPE 0 1-6 match compares numbers or strings, but here it is given a true/false value.'],
  ['match(qty, true, 2, 3)', 'TYPE 0 1-6 match compares numbers or strings, but here it is given a true/false value.'],
  ['match(qty, 1, 2, true)', 'TYPE 0 1-6 The values of a match must all be numbers, or all be true/false values.'],
  ['match(qty, 1, 2, 3', 'SYNTAX 0 6-7 Missing closing parenthesis.'],
  ['match(qty, 1, 2, )', 'SYNTAX 0 18-19 A number is missing before ")".'],

  ['1 + fixed(price, 2)', `TYPE 0 5-10 ${whole}`],
  ['fixed(price, 2) + 1', `TYPE 0 1-6 ${whole}`],
  ['(fixed(price, 2))', `TYPE 0 2-7 ${whole}`],
  ['-fixed(price, 2)', `TYPE 0 2-7 ${whole}`],
  ['fixed(fixed(price, 2), 2)', `TYPE 0 7-12 ${whole}`],
  ['fixed(price, qty)', `TYPE 0 1-6 ${decimals}`],
  ['fixed(price, 101)', `TYPE 0 1-6 ${decimals}`],
  ['fixed(price, 1.5)', `TYPE 0 1-6 ${decimals}`],
  ['fixed(price, -1)', `TYPE 0 1-6 ${decimals}`],
  ['fixed(price, 1 + 1)', `TYPE 0 1-6 ${decimals}`],
  ['fixed(price, qty > 2 ? 1 : 2)', `TYPE 0 1-6 ${decimals}`],
  ['fixed()', 'ARITY 0 1-6 fixed(x, n) takes 2 arguments: a number, and how many decimals to print.'],
  ['fixed(price)', 'ARITY 0 1-6 fixed(x, n) takes 2 arguments: a number, and how many decimals to print.'],
  ['fixed(price, 1, 2)', 'ARITY 0 1-6 fixed(x, n) takes 2 arguments: a number, and how many decimals to print.'],
  ['fixed(qty > 2, 1)', 'TYPE 0 1-6 fixed(x, n) takes numbers, but here is a true/false value.'],
];

describe('formulas have results', () => {
  for (const [formula, result, table] of results) {
    it(`${formula} ${JSON.stringify(table ?? {})}`, () => assert.equal(resultOf(formula, table), result));
  }
});

describe('formulas are refused', () => {
  for (const [formula, refusal, table] of refusals) {
    it(`${formula} ${JSON.stringify(table ?? {})}`, () => {
      assert.equal(refusalOf({ header: columns, formulas: [`x = ${formula}`], ...table }), refusal);
    });
  }

  it('when they say nothing', () => {
    assert.equal(refusalOf({ formulas: ['x = # nothing'] }), 'EMPTY 0 1-1 This formula contains no expression.');
  });
});
