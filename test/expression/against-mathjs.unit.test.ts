import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { all, create } from 'mathjs';
import type { MathJsInstance, MathNode } from 'mathjs';

import { answerOf } from './evaluate.ts';
import { lineOf } from './random-line.ts';

/**
 * Where the engine differs from mathjs on purpose:
 *
 * 1. A number that is not finite, or not real, is an error at the operation that made it: mathjs goes on with Infinity,
 *    NaN and complex numbers, and may return to a finite number. So an error here is right if mathjs has such a value
 *    for some part of the line.
 * 2. Comparisons, floor, ceil and round are exact: mathjs takes numbers for equal that nearly are. Its tolerance is set
 *    as low as it goes.
 * 3. Powers are rounded once: Math.pow, which mathjs uses, may be off in the last place. Results that come from powers may
 *    differ by as much as that makes out.
 * 4. Remainders are exact, have the sign of the dividend by `%`, and by zero are an error: mathjs computes
 *    x - y * floor(x / y) with all its rounding, and x mod 0 is x. So they are not compared.
 */

const prices = fc.oneof(
  fc.integer({ min: 0, max: 100 }).map(String),
  fc.integer({ min: 0, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.constantFrom('0', '1e3', '2.5e-3', '0.1', '123456.789'),
);

function isOrdinary(value: unknown): boolean {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

/** Whether mathjs has no finite real number for some part of the line. */
function hasOddPart(math: MathJsInstance, line: string): boolean {
  let isOdd = false;
  math.parse(line).traverse((node: MathNode) => {
    if (isOdd || math.isSymbolNode(node)) return;
    try {
      if (!isOrdinary(node.compile().evaluate())) isOdd = true;
    } catch {
      isOdd = true;
    }
  });
  return isOdd;
}

describe('float64 and mathjs', () => {
  const math = create(all ?? {}, { relTol: 1e-15, absTol: 1e-300 });

  const assertAgrees = (line: string, tolerance: number): void => {
    const ours = answerOf(line, 'float64');
    if (/^[A-Z]/.test(ours)) {
      assert.match(ours, /^(?:DIV0|OVERFLOW|DOMAIN|TOO_BIG) /, line);
      assert.ok(hasOddPart(math, line), `${line} is ${ours}`);
      return;
    }
    const theirs: unknown = math.evaluate(line);
    if (ours === 'true' || ours === 'false' || typeof theirs !== 'number') {
      assert.equal(ours, String(theirs), line);
      return;
    }
    const difference = Math.abs(Number(ours) - theirs);
    assert.ok(difference <= Math.abs(theirs) * tolerance, `${line}: ${ours} here, ${theirs} there`);
  };

  it('agree to the last digit on arithmetic, conditions and functions', () => {
    const lines = lineOf({
      numbers: prices,
      operators: ['+', '-', '*', '/'],
      functions: [
        ['abs', 1, 1],
        ['sign', 1, 1],
        ['sqrt', 1, 1],
        ['min', 1, 3],
        ['max', 1, 3],
        ['mean', 1, 3],
        ['median', 1, 3],
        ['exp', 1, 1],
        ['sin', 1, 1],
        ['atan', 1, 1],
      ],
      hasFactorial: false,
      isPortable: true,
    });
    fc.assert(
      fc.property(lines, (line) => assertAgrees(line, 0)),
      { numRuns: 5_000 },
    );
  });

  it('agree on powers but for the last place', () => {
    const power = fc.tuple(prices, fc.integer({ min: -20, max: 20 }), fc.constantFrom('', '-'));
    fc.assert(
      fc.property(power, ([base, exponent, sign]) => assertAgrees(`${sign}${base} ^ ${exponent}`, 4 * Number.EPSILON)),
      { numRuns: 2_000 },
    );
  });
});

describe('rational and mathjs fractions', () => {
  const math = create(all ?? {}, { number: 'Fraction' });

  it('agree exactly', () => {
    const lines = lineOf({
      // The fractions of mathjs cannot be written with an exponent.
      numbers: prices.filter((text) => !text.includes('e')),
      operators: ['+', '-', '*', '/'],
      functions: [
        ['abs', 1, 1],
        ['min', 1, 3],
        ['max', 1, 3],
      ],
      hasFactorial: false,
      isPortable: true,
    });
    fc.assert(
      fc.property(lines, (line) => {
        const ours = answerOf(line, 'rational');
        if (ours.startsWith('DIV0')) {
          assert.throws(() => math.evaluate(line), line);
          return;
        }
        const theirs: unknown = math.evaluate(line);
        assert.equal(ours, math.isFraction(theirs) ? theirs.toFraction() : String(theirs), line);
      }),
      { numRuns: 3_000 },
    );
  });
});
