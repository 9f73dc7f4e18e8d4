import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLineEvaluator } from '../../../src/expression/index.ts';
import { createDecimalArithmetic } from '../../../src/expression/numbers/decimal-arithmetic.ts';
import { createGeneralEvaluator } from './general-evaluator.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import type { Random } from './random.ts';

const longDigits = '31415926535897932384626433832795028841971693993751'.repeat(3);

/** Numbers around everything that the machine numbers of the fast path can and cannot hold. */
function randomNumber(random: Random): string {
  switch (random.integer(15)) {
    case 0:
      return String(random.integer(2));
    case 1:
      return String(random.integer(10 ** (1 + random.integer(15))));
    case 2:
      return `${9_007_199_254_740_990 + random.integer(5)}`;
    case 3:
      return `${random.integer(1_000)}e${random.integer(40) - 20}`;
    case 4:
      return `${random.integer(100)}e${random.pick([990, -990, 1_001, -1_001, 6_144, -6_144])}`;
    case 5:
      return `0.${String(random.integer(10 ** 9)).padStart(9 + random.integer(8), '0')}`;
    case 6:
      return `${random.integer(1_000)}.5`;
    case 7:
      return `${random.integer(1_000)}${random.integer(10 ** 9)}${random.integer(10 ** 9)}`;
    // Literals of more digits than the precision, which are exact all the same.
    case 8:
      return `${random.integer(1_000)}${random.pick(['', '.'])}${longDigits}${random.integer(1_000)}`;
    case 9:
      return `0x${'f'.repeat(1 + random.integer(40))}${random.integer(10)}`;
    // The sizes from which on numbers are written with an exponent, and integers have digits that a result does not know.
    case 10:
      return `${random.integer(100)}e${random.pick([14, 15, 16, 19, 20, 21, 32, 33, 34, 98, 99, 100])}`;
    default:
      return `${random.integer(1_000)}.${String(random.integer(100)).padStart(2, '0')}`;
  }
}

const binary = ['+', '-', '*', '/', '%', ' mod ', '+', '-', '*'];
const ofOne = ['abs', 'sign', 'floor', 'ceil', 'round', 'round_even', 'trunc', 'sqrt', 'factorial'];
const ofTwo = ['round', 'round_even', 'div', 'mod', 'min', 'max', 'sum', 'pow'];

function randomExpression(random: Random, depth: number): string {
  if (depth === 0 || random.integer(4) === 0) return randomNumber(random);
  const inside = (): string => randomExpression(random, depth - 1);
  switch (random.integer(12)) {
    case 0:
      return `${random.pick(ofOne)}(${inside()})`;
    case 1:
      return `${random.pick(ofTwo)}(${inside()},${inside()})`;
    case 2:
      return `clamp(${inside()},${inside()},${inside()})`;
    case 3:
      return `(${inside()})^${random.integer(20)}`;
    case 4:
      return `-(${inside()})`;
    case 5:
      return `(${inside()}${random.pick(['==', '<', '>=', '!=', '>', '<='])}${inside()}?${inside()}:${inside()})`;
    case 6:
      return `${random.integer(25)}!`;
    case 7:
      return `if(${inside()}<${inside()} and not ${inside()}==${inside()} or ${inside()}>1,${inside()},${inside()})`;
    default:
      return `(${inside()}${random.pick(binary)}${inside()})`;
  }
}

/** Terms as people write them: nearly all stay on the fast path. */
function usualLine(random: Random): string {
  const terms = Array.from({ length: 2 + random.integer(10) }, () =>
    random.integer(2) === 0 ? `${random.integer(1_000)}` : `${random.integer(1_000)}.${random.integer(100)}`,
  );
  return terms.reduce((line, term) => `${line} ${random.pick(['+', '-', '*', '/'])} ${term}`);
}

describe('the fast path of decimal', () => {
  for (const precision of [1, 2, 7, 15, 16, 17, 34, 100]) {
    it(`gives the text, error, place and cost of the general machine, at precision ${precision}`, () => {
      const evaluator = createLineEvaluator({ mode: 'decimal', precision });
      const general = createGeneralEvaluator('decimal', createDecimalArithmetic(precision));
      const random = createRandom(proofSeed + precision);
      let values = 0;
      const lines = 12_000 * proofFactor;
      for (let count = 0; count < lines; count += 1) {
        const line = count % 3 === 0 ? usualLine(random) : randomExpression(random, 1 + random.integer(4));
        const outcome = evaluator.evaluateText(line);
        if (outcome.kind === 'result') values += 1;
        const shown =
          outcome.kind === 'result'
            ? `${outcome.text} (${outcome.cost})`
            : `${outcome.error.code} ${outcome.error.column} ${outcome.error.message} (${outcome.cost})`;
        // The message of an assertion costs more than the comparison.
        if (shown !== general(line)) assert.equal(shown, general(line), line);
      }
      assert.ok(values > lines / 2, `only ${values} lines have a value`);
    });
  }
});
