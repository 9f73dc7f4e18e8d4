import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { ByteBuffer } from '../../src/expression/byte-buffer.ts';
import { scaledFunctions } from '../../src/expression/decimal/scaled-functions.ts';
import { writeScaled } from '../../src/expression/decimal/write-scaled.ts';
import { GeneralMachine } from '../../src/expression/general-machine.ts';
import { functionTable } from '../../src/expression/index.ts';
import { createMachine, ProgramEvaluator } from '../../src/expression/line-evaluator.ts';
import { createDecimalArithmetic } from '../../src/expression/numbers/decimal-arithmetic.ts';
import { Parser } from '../../src/expression/parser.ts';
import { lineOf, longNumberText, numberText } from './random-line.ts';

interface Paths {
  readonly mixed: ProgramEvaluator;
  readonly general: ProgramEvaluator;
}

const paths = new Map<number, Paths>(
  [1, 2, 5, 15, 16, 17, 34, 100].map((precision) => [
    precision,
    {
      mixed: new ProgramEvaluator(new Parser('decimal'), createMachine('decimal', precision)),
      general: new ProgramEvaluator(new Parser('decimal'), new GeneralMachine(createDecimalArithmetic(precision))),
    },
  ]),
);

function assertSame(line: string, precision: number): void {
  const { mixed, general } = paths.get(precision) ?? assert.fail();
  assert.deepEqual(mixed.evaluateText(line), general.evaluateText(line), `${line} at ${precision} digits`);
}

const tried = functionTable.filter(({ name }) => scaledFunctions.has(name));

describe('decimal on machine numbers and in the general machine', () => {
  it('give the same text, error and cost', () => {
    const lines = lineOf({
      numbers: numberText,
      operators: ['+', '-', '*', '/', '+', '-', '*', '/', '%', 'mod', '^'],
      functions: [...tried, ...functionTable.filter(({ name }) => name === 'mean' || name === 'gcd')].map(
        ({ name, arity }) => [name, arity.min, Math.min(arity.max, 4)] as const,
      ),
      hasFactorial: true,
    });
    fc.assert(fc.property(lines, fc.constantFrom(...paths.keys()), assertSame), { numRuns: 10_000 });
  });

  it('agree on literals longer than the precision', () => {
    const lines = lineOf({
      numbers: fc.oneof(numberText, longNumberText),
      operators: ['+', '-', '*', '/', '%', 'mod', '^'],
      functions: functionTable
        .filter(({ name }) => scaledFunctions.has(name) || name === 'gcd' || name === 'median')
        .map(({ name, arity }) => [name, arity.min, Math.min(arity.max, 4)] as const),
      hasFactorial: true,
    });
    fc.assert(fc.property(lines, fc.constantFrom(...paths.keys()), assertSame), { numRuns: 5_000 });
  });

  it('agree on sums of prices, where every value fits', () => {
    const lines = lineOf({ numbers: numberText, operators: ['+', '-', '*'], functions: [], hasFactorial: false });
    fc.assert(
      fc.property(lines, (line) => assertSame(line, 34)),
      { numRuns: 5_000 },
    );
  });

  const edges: readonly string[] = [
    '9007199254740991 + 0',
    '9007199254740991 + 1',
    '9007199254740992 - 1',
    '-9007199254740991 - 1',
    '94906265 * 94906267',
    '99999999 * 99999999',
    '0 * -5',
    '-0',
    '0 / -3',
    '-0.00 * 1e10',
    '1e15 + 1e-15',
    '1e16 - 1',
    '1 / 8',
    '1 / 1024',
    '1 / 3',
    '123.45 / 0.05',
    '7.5 / 2.5',
    '0.1 ^ 20',
    '2 ^ 53',
    '3 ^ 33',
    '3 ^ 34',
    '0 ^ 0',
    '0.5 ^ 0',
    '1e500 * 1e500',
    '1e999 * 10',
    '1e-999 / 10',
    '10 ^ -3',
    '18!',
    '19!',
    'sqrt(0)',
    'sqrt(1e-6)',
    'sqrt(10)',
    'sqrt(9007199254740991)',
    'sqrt(0.1)',
    'round(0.5)',
    'round(-0.5)',
    'round(1.45, 1)',
    'round(-1.45, 1)',
    'round(15, -1)',
    'round(1.5, 0.5)',
    'floor(-0.1)',
    'ceil(-0.1)',
    'trunc(-0.9)',
    'round(9007199254740991.5)',
    'round_even(0.5)',
    'round_even(-1.5)',
    'round_even(2.45, 1)',
    'round_even(2.35, 1)',
    'round_even(-2.25, 1)',
    'round_even(25, -1)',
    'round_even(2.5, 0.5)',
    'round_even(9007199254740991.5)',
    'round_even(9007199254740990.5)',
    'floor(0.0000000000000001)',
    'clamp(1, 3, 2)',
    'clamp(2.5, 1, 2)',
    'min(1.0, 1, 1.00)',
    'max(-0, 0)',
    'sum(9007199254740990, 1, 1, 1)',
    'div(-7.5, 0.5)',
    'div(1e15, 1e-15)',
    '5 mod -0.3',
    '-5 % 0.3',
    '1 / 0',
    '0 / 0',
    '5 mod 0',
    '1e20 == 1e20 + 1',
    '1e-20 < 1e-21',
    '(1 < 2) == (1 / 3 < 1)',
    'true && 1 / 3 > 0 ? 1 / 3 : 2',
    '1e-7',
    '1.5e-7',
    '9e-8',
    '1e20 * 9.99',
    '1e21 + 0',
    '1e33 + 0',
    '1e34 + 0',
    '1e99 * 1',
    '1e100 * 1',
    '9007199254740991e18',
    '9007199254740991e19',
    '99999 % 0.00003',
    '1e40 % 7',
    '1e20 * 1e20 % 7',
    '1e15 * 1e15 mod 7',
    '12 % 7',
    '120 % 7',
    'gcd(120, 7)',
    '123456789 - 123456788',
    'max(123456789, 1) - 123456788',
    '123456e16',
    '-123456e-13',
  ];
  for (const line of edges) {
    it(line, () => {
      for (const precision of paths.keys()) assertSame(line, precision);
    });
  }

  it('are written the same', () => {
    const mantissas = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -2000, max: 2000 }),
      fc.tuple(fc.nat(999), fc.nat(12)).map(([digits, zeros]) => digits * 10 ** zeros),
    );
    fc.assert(
      fc.property(
        mantissas,
        fc.integer({ min: -40, max: 110 }),
        fc.constantFrom(16, 34, 100),
        (mantissa, exponent, precision) => {
          const arithmetic = createDecimalArithmetic(precision);
          const scaled = new ByteBuffer();
          writeScaled(mantissa, exponent, precision, scaled);
          const general = new ByteBuffer();
          arithmetic.write(arithmetic.scaledResult?.(mantissa, exponent) ?? assert.fail(), general);
          assert.equal(scaled.asciiText(), general.asciiText());
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
