/** Control totals against fractions of BigInts: exact, and the same in any order and grouping. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  createTotalsCollector,
  joinColumnTotals,
  noColumnTotals,
  sumDigitsMax,
  type ColumnTotals,
} from '../../../src/jobs/index.ts';

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** An independent reading of a number's text. */
function fractionOf(text: string): Fraction {
  const [numerator = '', denominator] = text.split('/');
  if (denominator !== undefined) return { numerator: BigInt(numerator), denominator: BigInt(denominator) };
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', decimals = ''] = mantissa.split('.');
  const power = Number(exponent) - decimals.length;
  const digits = BigInt(whole.replace('-', '') + decimals) * (whole.startsWith('-') ? -1n : 1n);
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
}

function add(left: Fraction, right: Fraction): Fraction {
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

function compare(left: Fraction, right: Fraction): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return Number(difference > 0n) - Number(difference < 0n);
}

function assertSameNumber(actual: string | undefined, expected: Fraction): void {
  assert.ok(actual !== undefined);
  assert.equal(
    compare(fractionOf(actual), expected),
    0,
    `${actual} is not ${expected.numerator}/${expected.denominator}`,
  );
}

const encoder = new TextEncoder();

/** The totals of columns, given row by row. */
function collect(rows: readonly (readonly string[])[], columns = rows[0]?.length ?? 1): ColumnTotals[] {
  const collector = createTotalsCollector(columns);
  for (const row of rows) {
    for (const [column, text] of row.entries()) {
      // Something stands before and after it, as in a buffer of results.
      const bytes = encoder.encode(`-9${text}-9`);
      collector.add(column, bytes, 2, bytes.length - 2);
    }
  }
  return collector.read();
}

function collectColumn(texts: readonly string[]): ColumnTotals {
  const [totals] = collect(
    texts.map((text) => [text]),
    1,
  );
  assert.ok(totals !== undefined);
  return totals;
}

function assertTotals(texts: readonly string[], totals: ColumnTotals): void {
  assert.equal(totals.count, texts.length);
  const numbers = texts.map(fractionOf);
  assertSameNumber(totals.sum, numbers.reduce(add, { numerator: 0n, denominator: 1n }));
  const sorted = numbers.toSorted(compare);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) assert.deepEqual(totals, noColumnTotals);
  else {
    assertSameNumber(totals.min, first);
    assertSameNumber(totals.max, last);
    assert.ok(texts.includes(totals.min ?? '') && texts.includes(totals.max ?? ''), 'printed as they came');
  }
}

const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^(0|[1-9][0-9]{0,${maxLength - 1}})$`));
const decimals = (maxLength: number) => fc.stringMatching(new RegExp(`^([.][0-9]{1,${maxLength}})?$`));
const sign = fc.constantFrom('', '', '-');
const isZero = (text: string) => /^-[0.]*$/.test(text);
const shortText = fc.tuple(sign, digits(4), decimals(3)).map((parts) => parts.join(''));
const longText = fc.tuple(sign, digits(40), decimals(30)).map((parts) => parts.join(''));
const exponentText = fc
  .tuple(sign, fc.stringMatching(/^[1-9]([.][0-9]{1,20})?$/), fc.integer({ min: -350, max: 350 }))
  .map(([minus, mantissa, exponent]) => `${minus}${mantissa}e${exponent < 0 ? '' : '+'}${exponent}`);
const decimalText = fc
  .oneof({ weight: 4, arbitrary: shortText }, longText, exponentText)
  .filter((text) => !isZero(text));
const fractionText = fc
  .tuple(sign, fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 60 }))
  .map(([minus, numerator, denominator]) => (numerator === 0 ? '0' : `${minus}${numerator}/${denominator}`));
const wholeText = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map(String);
const columnTexts = fc.oneof(
  fc.array(decimalText, { maxLength: 60 }),
  fc.array(fc.oneof(fractionText, wholeText), { maxLength: 60 }),
);

describe('control totals', () => {
  it('of a million 0.1 are 100000', () => {
    const collector = createTotalsCollector(1);
    const bytes = encoder.encode('0.1');
    for (let count = 0; count < 1_000_000; count += 1) collector.add(0, bytes, 0, bytes.length);
    assert.deepEqual(collector.read(), [{ count: 1_000_000, sum: '100000', min: '0.1', max: '0.1' }]);
  });

  const cases: readonly [string, readonly string[], ColumnTotals][] = [
    ['nothing', [], noColumnTotals],
    [
      'what is no number',
      ['', 'true', 'false', '-', '.', '1.2.3', '1e', 'NaN', '1/0', '1/', '/2', '1 2'],
      noColumnTotals,
    ],
    ['one number', ['-12.50'], { count: 1, sum: '-12.5', min: '-12.50', max: '-12.50' }],
    ['equal numbers in several forms', ['1.50', '1.5', '1.500'], { count: 3, sum: '4.5', min: '1.5', max: '1.5' }],
    ['long equal numbers', ['1e+2', '100', '1.0e+2'], { count: 3, sum: '300', min: '100', max: '100' }],
    ['zeros', ['0', '0.00', '-0'], { count: 3, sum: '0', min: '0', max: '0' }],
    ['what cancels out', ['1e+300', '1', '-1e+300'], { count: 3, sum: '1', min: '-1e+300', max: '1e+300' }],
    ['a long run of zeros', ['1e+50', '2e+49'], { count: 2, sum: '12e+49', min: '2e+49', max: '1e+50' }],
    ['a long run of zeros after the point', ['1e-50', '2e-50'], { count: 2, sum: '3e-50', min: '1e-50', max: '2e-50' }],
    ['fractions', ['1/2', '1/3', '-5/6'], { count: 3, sum: '0/6', min: '-5/6', max: '1/2' }],
    [
      'near fractions',
      ['1/3', '33333333333333333/100000000000000000'],
      {
        count: 2,
        sum: '199999999999999999/300000000000000000',
        min: '33333333333333333/100000000000000000',
        max: '1/3',
      },
    ],
    [
      'a long number that ends with its point',
      ['1234567890123456.'],
      {
        count: 1,
        sum: '1234567890123456',
        min: '1234567890123456.',
        max: '1234567890123456.',
      },
    ],
    [
      'long numbers that doubles cannot tell apart',
      ['0.33333333333333333', '0.333333333333333331', '0.33333333333333332'],
      {
        count: 3,
        sum: '0.999999999999999981',
        min: '0.33333333333333332',
        max: '0.333333333333333331',
      },
    ],
    [
      'a number with a hundred digits',
      [`1.${'0'.repeat(97)}1`, `-1.${'0'.repeat(97)}2`, '1e+200'],
      {
        count: 3,
        sum: `${'9'.repeat(200)}.${'9'.repeat(98)}`,
        min: `-1.${'0'.repeat(97)}2`,
        max: '1e+200',
      },
    ],
    [
      'sixteen digits',
      ['9999999999999999', '9999999999999998'],
      {
        count: 2,
        sum: '19999999999999997',
        min: '9999999999999998',
        max: '9999999999999999',
      },
    ],
  ];
  for (const [name, texts, expected] of cases) {
    it(`of ${name}`, () => assert.deepEqual(collectColumn(texts), expected));
  }

  it('are exact where many large coefficients leave the range of safe integers', () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => `99999999999${index % 10}.${index % 7}99`);
    assertTotals(texts, collectColumn(texts));
    assertTotals(
      texts.map((text) => `-${text}`),
      collectColumn(texts.map((text) => `-${text}`)),
    );
  });

  it('are those of fractions of BigInts', () => {
    fc.assert(fc.property(columnTexts, (texts) => assertTotals(texts, collectColumn(texts))));
  });

  it('of parts, joined in any order and grouping, are those of the whole', () => {
    const parts = fc.oneof(
      fc.array(fc.array(decimalText, { maxLength: 8 }), { minLength: 3, maxLength: 3 }),
      fc.array(fc.array(fc.oneof(fractionText, wholeText), { maxLength: 8 }), { minLength: 3, maxLength: 3 }),
    );
    fc.assert(
      fc.property(parts, (texts) => {
        const [a = [], b = [], c = []] = texts.map((part) => [collectColumn(part)]);
        const whole = [collectColumn(texts.flat())];
        assert.deepEqual(joinColumnTotals(joinColumnTotals(a, b), c), whole);
        assert.deepEqual(joinColumnTotals(a, joinColumnTotals(b, c)), whole);
        assert.deepEqual(joinColumnTotals(c, joinColumnTotals(b, a)), whole);
      }),
    );
  });

  it('keep columns apart, and start again after clear', () => {
    const collector = createTotalsCollector(2);
    const bytes = encoder.encode('1.5;1e+40');
    collector.add(0, bytes, 0, 3);
    collector.add(1, bytes, 4, 9);
    const first = collector.read();
    assert.deepEqual(first, [
      { count: 1, sum: '1.5', min: '1.5', max: '1.5' },
      { count: 1, sum: `1${'0'.repeat(40)}`, min: '1e+40', max: '1e+40' },
    ]);
    assert.deepEqual(collector.read(), first, 'reading changes nothing');
    collector.clear();
    assert.deepEqual(collector.read(), [noColumnTotals, noColumnTotals]);
    collector.add(1, bytes, 0, 3);
    assert.deepEqual(collector.read(), [noColumnTotals, { count: 1, sum: '1.5', min: '1.5', max: '1.5' }]);
  });

  it('can go on after they were read', () => {
    const collector = createTotalsCollector(1);
    const bytes = encoder.encode('0.25');
    collector.add(0, bytes, 0, 4);
    collector.read();
    collector.add(0, bytes, 0, 4);
    assert.deepEqual(collector.read(), [{ count: 2, sum: '0.5', min: '0.25', max: '0.25' }]);
  });

  it('of a part without rows change nothing', () => {
    const some = collect([
      ['1', '2/3'],
      ['2', '1/3'],
    ]);
    assert.deepEqual(joinColumnTotals([], some), some);
    assert.deepEqual(joinColumnTotals(some, []), some);
    assert.deepEqual(joinColumnTotals([noColumnTotals, noColumnTotals], some), some);
    assert.deepEqual(joinColumnTotals(some.slice(0, 1), some), [{ count: 4, sum: '6', min: '1', max: '2' }, some[1]]);
  });

  describe('have no sum beyond their bounds, in any order,', () => {
    const tooLong: readonly [string, readonly string[]][] = [
      ['of a number with too many digits before the point', [`1e+${sumDigitsMax}`, '1', `-1e+${sumDigitsMax}`]],
      ['of a number with too many digits after the point', [`1e-${sumDigitsMax + 1}`, '1']],
      [
        'of fractions without a common denominator',
        ['1/3', `1/${10n ** 1_500n}`, `1/${7n ** 1_500n}`, `-1/${10n ** 1_500n}`],
      ],
    ];
    for (const [name, texts] of tooLong) {
      it(name, () => {
        const expected = collectColumn(texts);
        assert.equal(expected.sum, undefined);
        assert.equal(expected.count, texts.length);
        const joined: (readonly ColumnTotals[])[] = texts.map((text) => [collectColumn([text])]);
        assert.deepEqual(joined.reduce(joinColumnTotals), [expected]);
        assert.deepEqual(joined.reduceRight(joinColumnTotals), [expected]);
      });
    }

    it('but the smallest and the largest number all the same', () => {
      const { min, max } = collectColumn(['1e+999999', '-2e+999999', '1/3', '-1e-999999']);
      assert.deepEqual({ min, max }, { min: '-2e+999999', max: '1e+999999' });
    });
  });

  it('take the longest integers of a whole job', () => {
    const text = String(2n ** 65_536n - 1n);
    const totals = collectColumn([text, text, `-${text}`]);
    assertTotals([text, text, `-${text}`], totals);
    const many = Array.from({ length: 20 }).reduce<readonly ColumnTotals[]>(
      (sum) => joinColumnTotals(sum, sum),
      [totals],
    );
    assertSameNumber(many[0]?.sum, { numerator: (2n ** 65_536n - 1n) * 2n ** 20n, denominator: 1n });
  });
});
