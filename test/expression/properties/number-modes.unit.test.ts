import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Decimal } from 'decimal.js';
import { createLineEvaluator, functionTable } from '../../../src/expression/index.ts';
import type { LineEvaluator } from '../../../src/expression/index.ts';
import { ratioOf } from './exact-doubles.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import type { Random } from './random.ts';

const decimalFunctions = functionTable.filter(
  ({ modes, returns }) => modes.includes('decimal') && returns === 'number',
);

/** A number that has no more than `digits` digits, so that both precisions read the same. */
function shortNumber(random: Random, digits: number): string {
  const count = 1 + random.integer(digits);
  const mantissa = Array.from({ length: count }, () => random.integer(10)).join('');
  const sign = random.integer(4) === 0 ? '-' : '';
  switch (random.integer(6)) {
    case 0:
      return `${sign}${mantissa}e${random.integer(60) - 40}`;
    case 1:
      return `${sign}0.${mantissa}`;
    case 2:
      return `${sign}${random.integer(10)}`;
    case 3:
      return `${sign}${mantissa}`;
    default:
      return `${sign}${mantissa}e${-random.integer(count + 2)}`;
  }
}

function callOf(random: Random, digits: number): string {
  const { name, arity } = random.pick(decimalFunctions);
  const count = arity.min + random.integer(Math.min(arity.max, arity.min + 2) - arity.min + 1);
  return `${name}(${Array.from({ length: count }, () => shortNumber(random, digits)).join(', ')})`;
}

function operationOf(random: Random, digits: number): string {
  const operator = random.pick(['+', '-', '*', '/', '%', 'mod', '^']);
  return `(${shortNumber(random, digits)}) ${operator} (${shortNumber(random, digits)})`;
}

function answerOf(evaluator: LineEvaluator, line: string): { text?: string; code?: string } {
  const outcome = evaluator.evaluateText(line);
  return outcome.kind === 'result' ? { text: outcome.text } : { code: outcome.error.code };
}

/** Errors that a higher precision may lift: whole quotients and numbers of too many digits. */
const liftable = new Set(['RANGE', 'OVERFLOW', 'BUDGET']);

describe('decimal mode', () => {
  for (const [precision, wide] of [
    [1, 30],
    [3, 50],
    [7, 40],
    [16, 60],
    [34, 60],
    [34, 100],
    [60, 100],
  ] as const) {
    it(`gives with ${precision} digits what ${wide} digits give, rounded once`, () => {
      const narrow = createLineEvaluator({ mode: 'decimal', precision });
      const oracle = createLineEvaluator({ mode: 'decimal', precision: wide });
      const random = createRandom(proofSeed + precision * wide);
      let compared = 0;
      const lines = 4_000 * proofFactor;
      Decimal.set({ precision: wide, rounding: Decimal.ROUND_HALF_EVEN, toExpPos: 9e15, toExpNeg: -9e15 });
      for (let count = 0; count < lines; count += 1) {
        const digits = Math.min(precision, 25);
        const line = count % 4 === 0 ? operationOf(random, digits) : callOf(random, digits);
        const ours = answerOf(narrow, line);
        const exact = answerOf(oracle, line);
        if (ours.code !== undefined && (ours.code === exact.code || liftable.has(ours.code))) continue;
        if (exact.text === undefined || ours.text === undefined) {
          assert.deepEqual(ours, exact, line);
          continue;
        }
        compared += 1;
        const value = new Decimal(exact.text);
        const rounded = value.toSignificantDigits(precision, Decimal.ROUND_HALF_EVEN);
        // An apparent half may be a trifle more or less beyond the digits of the oracle.
        const isHalf = value.minus(ours.text).eq(rounded.minus(value));
        if (!rounded.eq(ours.text) && !isHalf) assert.equal(ours.text, rounded.toString(), `${line}: ${exact.text}`);
      }
      assert.ok(compared > lines / 3, `only ${compared} values were compared`);
    });
  }
});

/** A result rounded once is off by at most half a unit in the last place. */
const ulps = 0.5;
const roundedOnce =
  'exp expm1 ln log2 log10 log1p sqrt cbrt nthroot pow hypot log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh deg rad sum mean median variance stddev comb perm factorial'.split(
    ' ',
  );

/** The double itself: its text is only the shortest one that distinguishes it from its neighbors. */
function exactly(x: number): Decimal {
  const [numerator, denominator] = ratioOf(x);
  return new Decimal(numerator.toString()).div(denominator.toString());
}

const words = new DataView(new ArrayBuffer(8));

/** The distance of a double to its neighbor away from zero. */
function unitOf(x: number): Decimal {
  words.setFloat64(0, Math.abs(x));
  words.setBigInt64(0, words.getBigInt64(0) + 1n);
  return exactly(words.getFloat64(0)).minus(exactly(Math.abs(x)));
}

describe('float64 mode', () => {
  for (const name of roundedOnce) {
    it(`has ${name} within half a unit in the last place of decimal`, () => {
      const row = functionTable.find((each) => each.name === name);
      assert.ok(row !== undefined);
      const float64 = createLineEvaluator({ mode: 'float64', precision: 34 });
      const decimal = createLineEvaluator({ mode: 'decimal', precision: 60 });
      const random = createRandom(proofSeed);
      const isWhole = row.bound.includes('integer') && name !== 'nthroot' && name !== 'pow';
      let compared = 0;
      let worst = new Decimal(0);
      let worstLine = '';
      Decimal.set({ precision: 60 });
      for (let count = 0; count < 800 * proofFactor; count += 1) {
        const values = Array.from({ length: Math.max(row.arity.min, Math.min(row.arity.max, 2)) }, (_, place) =>
          // Doubles with few decimal digits, which both modes read exactly.
          isWhole || (name === 'nthroot' && place === 1)
            ? String(1 + random.integer(150))
            : String(((random.integer(4_000) - 1_000) / 1_024) * 2 ** (random.integer(12) - 6)),
        );
        const line = `${name}(${values.join(', ')})`;
        const ours = answerOf(float64, line);
        const exact = answerOf(decimal, line);
        if (ours.text === undefined || exact.text === undefined || exact.text === '0') continue;
        compared += 1;
        const value = Number(ours.text);
        const off = exactly(value).minus(exact.text).abs().div(unitOf(value));
        if (off.gt(worst)) [worst, worstLine] = [off, line];
      }
      assert.ok(compared > 100, `only ${compared} values were compared`);
      assert.ok(worst.lte(ulps + 0.001), `${worstLine} is off by ${worst.toFixed(3)}`);
    });
  }
});
