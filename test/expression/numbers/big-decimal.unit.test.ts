import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Budget } from '../../../src/expression/budget.ts';
import {
  add,
  compare,
  createDecimal,
  divide,
  isInteger,
  isKnownInteger,
  literalDecimal,
  modulo,
  multiply,
  remainder,
  roundToPlaces,
  subtract,
} from '../../../src/expression/numbers/big-decimal.ts';
import { createDecimalArithmetic } from '../../../src/expression/numbers/decimal-arithmetic.ts';
import { decimalText, parseDecimal } from '../../../src/expression/numbers/decimal-text.ts';
import { decimals, numberOf, oracle, outcomeOf, preciseOracle, roundedText, toOracle } from './number-cases.ts';

const decimal = createDecimalArithmetic(34);
const read = (text: string, precision: number) => parseDecimal(text, precision, new Budget());

describe('decimal text', () => {
  const texts: readonly (readonly [written: string, text: string])[] = [
    ['0', '0'],
    ['0.000', '0'],
    ['0e99999', '0'],
    ['1', '1'],
    ['1.500', '1.5'],
    ['.5', '0.5'],
    ['00012', '12'],
    ['100', '100'],
    ['1e3', '1000'],
    ['1E3', '1000'],
    ['0x1f', '31'],
    ['0XfF', '255'],
    ['0b101', '5'],
    ['0o17', '15'],
    ['0xe1', '225'],
    ['1e20', '100000000000000000000'],
    ['999999999999999999999', '999999999999999999999'],
    ['1e21', '1000000000000000000000'],
    ['1e33', `1${'0'.repeat(33)}`],
    ['1e34', '1e+34'],
    ['1234500e30', '1.2345e+36'],
    ['1e-7', '0.0000001'],
    ['1.25e-7', '0.000000125'],
    ['9.99e-8', '9.99e-8'],
    ['1e-8', '1e-8'],
    ['1e6144', '1e+6144'],
    ['1e6145', 'OVERFLOW'],
    ['1e999999', 'OVERFLOW'],
    ['1e-6144', '1e-6144'],
    ['1e-6145', '0'],
    ['1e-999999', '0'],
    ['9'.repeat(35), '1e+35'],
    [`0.${'3'.repeat(60)}`, `0.${'3'.repeat(34)}`],
  ];
  for (const [written, text] of texts) {
    it(`reads ${written.slice(0, 40)} and writes ${text}`, () => {
      assert.equal(
        outcomeOf(decimal, () => numberOf(decimal, written)),
        text,
      );
    });
  }

  it('has no negative zero', () => {
    assert.equal(decimalText(decimal.negate(read('0', 34)), 34), '0');
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.multiply(numberOf(decimal, '-0.5'), numberOf(decimal, '0'), budget)),
      '0',
    );
    assert.equal(decimalText(roundToPlaces(numberOf(decimal, '-0.2'), 0, 'half-away', 34), 34), '0');
  });

  it('rounds halves of literals to the even digit', () => {
    const written = (text: string): string => decimalText(read(text, 3), 3);
    assert.equal(written('1.225'), '1.22');
    assert.equal(written('1.235'), '1.24');
    assert.equal(written('1.2250000000000000000001'), '1.23');
    assert.equal(written('9.995'), '10');
  });

  it('is what decimal.js writes, whatever the number', () => {
    fc.assert(
      fc.property(decimals(34, 40), (value) => {
        assert.equal(decimalText(value, 34), roundedText(toOracle(value, oracle(34)), 34));
      }),
    );
  });
});

describe('decimal arithmetic', () => {
  const precisions = [1, 2, 7, 34, 100];
  const operations = [
    ['+', add, (a, b) => a.plus(b)],
    ['-', subtract, (a, b) => a.minus(b)],
    ['*', multiply, (a, b) => a.times(b)],
    ['/', divide, (a, b) => a.dividedBy(b)],
  ] as const satisfies readonly (readonly [
    string,
    typeof add,
    (
      a: InstanceType<ReturnType<typeof oracle>>,
      b: InstanceType<ReturnType<typeof oracle>>,
    ) => InstanceType<ReturnType<typeof oracle>>,
  ])[];

  for (const precision of precisions) {
    const Oracle = oracle(precision);
    for (const [sign, ours, theirs] of operations) {
      it(`agrees with decimal.js in a ${sign} b at ${precision} digits`, () => {
        for (const [size, digits] of [
          [3, precision],
          [60, precision],
          [300, precision],
          [5, 2 * precision + 30],
          [500, 1_100],
        ] as const) {
          fc.assert(
            fc.property(decimals(digits, size), decimals(digits, size), (a, b) => {
              const want = theirs(toOracle(a, Oracle), toOracle(b, Oracle));
              assert.equal(decimalText(ours(a, b, precision), precision), want.isZero() ? '0' : want.toString());
            }),
            { numRuns: 150 },
          );
        }
      });
    }

    it(`agrees with decimal.js in % and mod at ${precision} digits`, () => {
      const Precise = preciseOracle(precision * 3 + 350);
      const operand = fc
        .tuple(fc.constantFrom(precision, 2 * precision + 30), fc.constantFrom(20, 150))
        .chain(([digits, size]) => decimals(digits, size))
        .map(({ coefficient, exponent }) => literalDecimal(coefficient, exponent, precision));
      fc.assert(
        fc.property(operand, operand, (a, b) => {
          const [x, y] = [toOracle(a, Precise), toOracle(b, Precise)];
          const isLong = x.dividedBy(y).trunc().abs().gte(new Precise(10).pow(precision));
          if (isLong && !(x.isInteger() && y.isInteger())) {
            assert.throws(() => remainder(a, b, precision, new Budget()), { code: 'RANGE' });
            return;
          }
          const rest = x.mod(y);
          assert.equal(decimalText(remainder(a, b, precision, new Budget()), precision), roundedText(rest, precision));
          const brought = rest.isZero() || rest.isNegative() === y.isNegative() ? rest : rest.plus(y);
          assert.equal(decimalText(modulo(a, b, precision, new Budget()), precision), roundedText(brought, precision));
        }),
        { numRuns: 200 },
      );
    });
  }

  it('rounds once, half to even', () => {
    const cases: readonly (readonly [outcome: string, expected: string])[] = [
      [decimalText(add(read('1.5', 2), read('0.05', 2), 2), 2), '1.6'],
      [decimalText(add(read('1.4', 2), read('0.05', 2), 2), 2), '1.4'],
      // Far below the last digit, but it breaks the tie.
      [decimalText(add(createDecimal(25n, -1, 2), createDecimal(1n, -500, 2), 1), 1), '3'],
      [decimalText(add(createDecimal(25n, -1, 2), createDecimal(-1n, -500, 2), 1), 1), '2'],
      [decimalText(add(createDecimal(1n, 500, 3), createDecimal(-1n, 0, 3), 3), 3), '1e+500'],
      [decimalText(divide(read('1', 34), read('3', 34), 34), 34), `0.${'3'.repeat(34)}`],
      [decimalText(divide(read('2', 34), read('3', 34), 34), 34), `0.${'6'.repeat(33)}7`],
    ];
    for (const [outcome, expected] of cases) assert.equal(outcome, expected);
  });

  it('is exact where people expect it', () => {
    const sum = add(read('0.1', 34), read('0.2', 34), 34);
    assert.equal(compare(sum, read('0.3', 34)), 0);
    assert.equal(decimalText(sum, 34), '0.3');
  });

  it('keeps within the range of exponents', () => {
    const large = '9e6144';
    const small = '1e-6000';
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.add(numberOf(decimal, large), numberOf(decimal, large), budget)),
      'OVERFLOW',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.multiply(numberOf(decimal, large), numberOf(decimal, '-10'), budget)),
      'OVERFLOW',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.divide(numberOf(decimal, large), numberOf(decimal, '0.1'), budget)),
      'OVERFLOW',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.multiply(numberOf(decimal, small), numberOf(decimal, small), budget)),
      '0',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.multiply(numberOf(decimal, '1e-6143'), numberOf(decimal, '0.1'), budget)),
      '1e-6144',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.divide(numberOf(decimal, '1'), numberOf(decimal, '0'), budget)),
      'DIV0',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.remainder(numberOf(decimal, '1'), numberOf(decimal, '0'), budget)),
      'DIV0',
    );
  });

  it('answers at once where the exponents are far apart', () => {
    // decimal.js does not come back from some of these.
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.modulo(numberOf(decimal, '1e6144'), numberOf(decimal, '7'), budget)),
      '1',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.modulo(numberOf(decimal, '1e6144'), numberOf(decimal, '0.7'), budget)),
      'RANGE',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.remainder(numberOf(decimal, '7'), numberOf(decimal, '1e6144'), budget)),
      '7',
    );
    assert.equal(
      outcomeOf(decimal, (budget) => decimal.modulo(numberOf(decimal, '-7'), numberOf(decimal, '1e6144'), budget)),
      '1e+6144',
    );
    assert.equal(compare(numberOf(decimal, '1e6144'), numberOf(decimal, '1e-6144')) > 0, true);
    assert.equal(compare(numberOf(decimal, '-1e6144'), numberOf(decimal, '-1e-6144')) < 0, true);
  });

  it('compares exactly', () => {
    const Oracle = preciseOracle(700);
    fc.assert(
      fc.property(decimals(34, 100), decimals(34, 100), fc.integer({ min: 0, max: 200 }), (a, b, zeros) => {
        assert.equal(Math.sign(compare(a, b)), toOracle(a, Oracle).cmp(toOracle(b, Oracle)));
        const same = { coefficient: a.coefficient * 10n ** BigInt(zeros), exponent: a.exponent - zeros };
        assert.equal(compare(a, same), 0);
        const above = { coefficient: same.coefficient + 1n, exponent: same.exponent };
        assert.equal(compare(a, above) < 0 && compare(above, a) > 0, true);
      }),
    );
  });

  it('knows whole numbers', () => {
    for (const text of ['0', '5', '-12', '1e30', '1.50e2'])
      assert.equal(isInteger(numberOf(decimal, text)), true, text);
    for (const text of ['0.5', '-12.0001', '1e-30', '1e-6000', '1.505e2']) {
      assert.equal(isInteger(numberOf(decimal, text)), false, text);
    }
    assert.equal(isInteger({ coefficient: 2500n, exponent: -2 }), true);
  });

  it('tells literals beyond the precision from results of that size', () => {
    for (const text of [
      '1e34',
      '1e40',
      '-1e40',
      '10000000000000000000000000000000000',
      '1e6144',
      '123456e34',
      '12e33',
    ]) {
      assert.equal(isKnownInteger(numberOf(decimal, text), 34), true, text);
    }
    const product = (a: string, b: string) => multiply(read(a, 34), read(b, 34), 34);
    assert.equal(isKnownInteger(product('1e20', '1e13'), 34), true);
    assert.equal(isKnownInteger(product('1e20', '1e14'), 34), false);
    assert.equal(isKnownInteger(product('9'.repeat(35), '1'), 34), false, 'a carry to 10^34');
    assert.equal(isKnownInteger(product('0.5', '1'), 34), false);
  });

  it('rounds to places as decimal.js does', () => {
    const Oracle = preciseOracle(300);
    const rules = [
      ['half-away', Oracle.ROUND_HALF_UP],
      ['half-even', Oracle.ROUND_HALF_EVEN],
      ['trunc', Oracle.ROUND_DOWN],
      ['floor', Oracle.ROUND_FLOOR],
      ['ceil', Oracle.ROUND_CEIL],
    ] as const;
    fc.assert(
      fc.property(decimals(60, 12), fc.integer({ min: 0, max: 12 }), (value, places) => {
        for (const [rule, theirs] of rules) {
          const want = toOracle(value, Oracle).toDecimalPlaces(places, theirs);
          assert.equal(decimalText(roundToPlaces(value, places, rule, 34), 34), roundedText(want, 34));
        }
      }),
    );
  });
});
