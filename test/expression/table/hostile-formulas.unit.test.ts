/** Formulas and cells that nobody means well with: each is compiled or refused, and each row has results or errors within the formula. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { numberModes, parseFormula } from '../../../src/expression/index.ts';
import { compileTable } from '../../../src/expression/index.ts';
import { settingsOf } from './table-case.ts';

const header = ['a', 'b c', 'größe', '😀', 'e', 'match', 'a'];
const pieces = [
  ...'a `b c` größe `😀` `e` e @2 @9 row match match( fixed( fixed if( max( sin( "DE" "" "a""b" " ` @ 1 2.5 1e400 0x1f 10'.split(
    ' ',
  ),
  ..."+ - * / % mod ^ ! ( ) , ? : == != ≠ < <= and or not && || = # ² ⁻ ½ √( π ＂ ｀ ｅ “ [ { $ ; \\ ' . .. _ é ́ \u0000 \ud800 \u2028".split(
    ' ',
  ),
  ' ',
  'b c',
  'x0',
  'x1',
];

const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''));
const spaced = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(' '));
const texts = fc.oneof(soup, spaced, fc.string({ unit: 'binary', maxLength: 30 }));
const kinds = fc.array(fc.nat(5), { minLength: 7, maxLength: 7 });
const numberBytes = fc.array(fc.constantFrom(...Buffer.from('0123456789.,-+eE() %"\\u€')), { maxLength: 12 });
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  numberBytes.map((list) => Uint8Array.from(list)),
);
const rows = fc.array(bytes, { minLength: 7, maxLength: 7 });

function checkPlace(column: number, endColumn: number, text: string): void {
  assert.ok(column >= 1 && column <= endColumn && endColumn <= text.length + 1, `${column}-${endColumn} ${text}`);
}

describe('hostile formulas', () => {
  const settings = { missing: 'empty', numbers: 'written', decimal: ',', group: '.' } as const;

  it('are compiled or refused, and have results or errors with a place', () => {
    let compiledCount = 0;
    const check = (
      first: string,
      second: string,
      cells: readonly Uint8Array[],
      cellKinds: readonly number[],
      mode: number,
    ): void => {
      const table = settingsOf({ header, formulas: [], mode: numberModes[mode] ?? 'decimal', cells: settings });
      const formulas = [first, second].map((text, index) => ({ name: `x${index}`, text }));
      const compiled = compileTable({ ...table, formulas, totals: ['e', 'b c'] });
      if (compiled.kind === 'refused') {
        if (compiled.column > 0) {
          checkPlace(compiled.column, compiled.endColumn, formulas[compiled.formula ?? 0]?.text ?? '');
        }
        return;
      }
      compiledCount += 1;
      const evaluator = compiled.createEvaluator();
      const all = Buffer.concat(cells);
      let end = 0;
      const ends = Int32Array.from(cells, (cell) => (end += cell.length));
      const starts = ends.map((at, index) => at - (cells[index]?.length ?? 0));
      evaluator.evaluateRow({ bytes: all, starts, ends, kinds: Uint8Array.from(cellKinds) }, 1);
      evaluator.errors.forEach((error, index) => {
        if (error !== undefined) checkPlace(error.column, error.endColumn, formulas[index]?.text ?? '');
      });
      assert.equal(evaluator.failed, evaluator.errors.filter((error) => error !== undefined).length);
      assert.match(evaluator.results.asciiText(), /^[-+\d.e/truefals]*$/);
    };
    fc.assert(fc.property(texts, texts, rows, kinds, fc.nat(3), check), { numRuns: 3_000 });
    const names = fc.constantFrom('`e`', '`b c`', 'größe', '@4', 'match', 'row');
    const operators = fc.constantFrom(' + ', ' * ', ' / ', ' - ', ' ^ ', ' mod ');
    const chain = fc.tuple(names, operators, names, operators, names).map((parts) => parts.join(''));
    fc.assert(fc.property(chain, chain, rows, kinds, fc.nat(3), check), { numRuns: 1_000 });
    // All of the chains, and seldom one of the texts before them.
    assert.ok(compiledCount >= 1_000, String(compiledCount));
  });

  it('are split into name and expression, or refused with a place', () => {
    const check = (given: string): void => {
      const parsed = parseFormula(given);
      if (parsed.kind === 'refused') {
        assert.ok(
          parsed.column >= 1 && parsed.column <= parsed.endColumn && parsed.endColumn <= given.length + 1,
          given,
        );
      } else {
        assert.equal(given.slice(parsed.textStart, parsed.textStart + parsed.text.length), parsed.text);
        assert.ok(parsed.name.length > 0 && parsed.name.length <= 256);
      }
    };
    const withName = fc.tuple(
      fc.constantFrom('x', '`b c`', ' größe ', '`', '', 'a b'),
      fc.constantFrom('=', ' = ', '==', ':=', ''),
      texts,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          withName.map((parts) => parts.join('')),
        ),
        check,
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a formula is split', () => {
  const cases: readonly (readonly [given: string, parsed: string])[] = [
    ['total = price * qty', 'total 8 price * qty'],
    ['total=price', 'total 6 price'],
    ['  total  =  price  ', 'total 12 price'],
    ['`net price` = a == b', 'net price 14 a == b'],
    ['größe_2 = 1', 'größe_2 10 1'],
    ['Gro\u0308ße=1', 'Größe 7 1'],
    ['x = = 1', 'x 4 = 1'],
    ['', '1-1 Write a name, = and an expression, such as total = price * qty.'],
    [
      'price * qty',
      '7-8 Write = after the name of the formula, such as total = price * qty; other names than words go into backticks.',
    ],
    [
      'a == b',
      '3-4 Write = after the name of the formula, such as total = price * qty; other names than words go into backticks.',
    ],
    [
      'net price = 1',
      '5-6 Write = after the name of the formula, such as total = price * qty; other names than words go into backticks.',
    ],
    ['x := 1', '3-4 Write = in place of :=.'],
    ['2x = 1', '1-1 Write a name, = and an expression, such as total = price * qty.'],
    ['= price', '1-1 Write a name, = and an expression, such as total = price * qty.'],
    ['x =', '4-4 The expression is missing after the =.'],
    ['`x = 1', '1-2 This name has no closing backtick.'],
    ['`` = 1', '1-3 Write a name between the backticks.'],
    ['`a\tb` = 1', '1-6 A name has at most 256 characters, and neither tabs nor line breaks.'],
    [`${'x'.repeat(257)} = 1`, '1-258 A name has at most 256 characters, and neither tabs nor line breaks.'],
  ];
  for (const [given, expected] of cases) {
    it(JSON.stringify(given.slice(0, 40)), () => {
      const parsed = parseFormula(given);
      const answer =
        parsed.kind === 'formula'
          ? `${parsed.name} ${parsed.textStart} ${parsed.text}`
          : `${parsed.column}-${parsed.endColumn} ${parsed.message}`;
      assert.equal(answer, expected);
    });
  }
});
