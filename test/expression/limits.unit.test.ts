import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  argumentsMax,
  ByteBuffer,
  costMax,
  createLineEvaluator,
  depthMax,
  exponentDigitsMax,
  lineBytesMax,
  literalDigitsMax,
  nameLengthMax,
  numberModes,
  operationsMax,
} from '../../src/expression/index.ts';
import { answerOf, evaluatorOf } from './evaluate.ts';

/** Each limit with a line at the limit and one past it. */
const rows: readonly (readonly [name: string, within: string, answer: string, beyond: string, error: string])[] = [
  [
    'bytes of a line',
    `1 #${'x'.repeat(lineBytesMax - 3)}`,
    '1',
    `1 #${'x'.repeat(lineBytesMax - 2)}`,
    `TOO_LONG ${lineBytesMax + 1}-${lineBytesMax + 1}`,
  ],
  [
    'bytes of a line outside ASCII',
    `1#${'é'.repeat(lineBytesMax / 2 - 1)}`,
    '1',
    `1#${'é'.repeat(lineBytesMax / 2)}`,
    `TOO_LONG ${lineBytesMax / 2 + 2}-${lineBytesMax / 2 + 2}`,
  ],
  [
    'brackets',
    nest('(', depthMax, '1', ')'),
    '1',
    nest('(', depthMax + 1, '1', ')'),
    `TOO_DEEP ${depthMax + 1}-${depthMax + 2}`,
  ],
  [
    'calls',
    nest('abs(', depthMax, '1', ')'),
    '1',
    nest('abs(', depthMax + 1, '1', ')'),
    `TOO_DEEP ${depthMax * 4 + 1}-${depthMax * 4 + 4}`,
  ],
  [
    'signs',
    nest('-', depthMax, '1', ''),
    '1',
    nest('-', depthMax + 1, '1', ''),
    `TOO_DEEP ${depthMax + 1}-${depthMax + 2}`,
  ],
  [
    'negations',
    nest('!', depthMax, 'true', ''),
    'true',
    nest('!', depthMax + 1, 'true', ''),
    `TOO_DEEP ${depthMax + 1}-${depthMax + 2}`,
  ],
  [
    'powers',
    nest('1^', depthMax, '1', ''),
    '1',
    nest('1^', depthMax + 1, '1', ''),
    `TOO_DEEP ${depthMax * 2 + 2}-${depthMax * 2 + 3}`,
  ],
  [
    'conditions',
    nest('true?1:', depthMax, '2', ''),
    '1',
    nest('true?1:', depthMax + 1, '2', ''),
    `TOO_DEEP ${depthMax * 7 + 5}-${depthMax * 7 + 6}`,
  ],
  [
    'if calls',
    nest('if(true,1,', depthMax, '2', ')'),
    '1',
    nest('if(true,1,', depthMax + 1, '2', ')'),
    `TOO_DEEP ${depthMax * 10 + 1}-${depthMax * 10 + 3}`,
  ],
  [
    'operations',
    `1${'+1'.repeat(operationsMax)}`,
    `${operationsMax + 1}`,
    `1${'+1'.repeat(operationsMax + 1)}`,
    `LIMIT ${operationsMax * 2 + 2}-${operationsMax * 2 + 3}`,
  ],
  [
    'postfix operations',
    `1${'!'.repeat(operationsMax)}`,
    '1',
    `1${'!'.repeat(operationsMax + 1)}`,
    `LIMIT ${operationsMax + 2}-${operationsMax + 3}`,
  ],
  [
    'arguments',
    `sum(1${',1'.repeat(argumentsMax - 1)})`,
    `${argumentsMax}`,
    `sum(1${',1'.repeat(argumentsMax)})`,
    `LIMIT ${4 + argumentsMax * 2}-${5 + argumentsMax * 2}`,
  ],
  [
    'digits of a number',
    `0.${'0'.repeat(literalDigitsMax - 1)} + 1`,
    '1',
    `1 + 0.${'0'.repeat(literalDigitsMax)}`,
    `LIMIT 5-${literalDigitsMax + 7}`,
  ],
  [
    'digits of a number with a radix',
    `0x${'0'.repeat(literalDigitsMax - 1)}f`,
    '15',
    `0x${'0'.repeat(literalDigitsMax)}f`,
    `LIMIT 1-${literalDigitsMax + 4}`,
  ],
  [
    'digits of an exponent',
    `1e${'0'.repeat(exponentDigitsMax)}`,
    '1',
    `1e${'0'.repeat(exponentDigitsMax + 1)}`,
    `LIMIT 2-${exponentDigitsMax + 4}`,
  ],
  [
    'characters of a name',
    'a'.repeat(nameLengthMax),
    `UNKNOWN 1-${nameLengthMax + 1}`,
    'a'.repeat(nameLengthMax + 1),
    `LIMIT 1-${nameLengthMax + 2}`,
  ],
];

function nest(open: string, times: number, inner: string, close: string): string {
  return open.repeat(times) + inner + close.repeat(times);
}

describe('limits of a line', () => {
  for (const [name, within, answer, beyond, error] of rows) {
    it(name, () => {
      assert.equal(answerOf(within, 'float64'), answer);
      assert.equal(answerOf(beyond, 'float64'), error);
      assert.equal(answerOf(within), answer);
      assert.equal(answerOf(beyond), error);
    });
  }

  it('do not count what is closed again, nor operators of one level', () => {
    assert.equal(answerOf(`0${'+(1)'.repeat(depthMax * 2)}`), `${depthMax * 2}`);
    assert.equal(answerOf(`0${'+-1'.repeat(depthMax * 2)}`), `-${depthMax * 2}`);
    assert.equal(answerOf(`0${'+1^1'.repeat(depthMax * 2)}`), `${depthMax * 2}`);
    assert.equal(answerOf(`true${'&&(true?true:false)'.repeat(depthMax * 2)}`), 'true');
  });

  it('refuse a line of any length at once, also one cut off within a character', () => {
    const bytes = new Uint8Array(lineBytesMax + 1).fill(0x31);
    bytes[lineBytesMax] = 0xc3;
    const error = evaluatorOf('float64').evaluateBytes(bytes, 0, bytes.length, new ByteBuffer());
    assert.equal(error?.code, 'TOO_LONG');
    assert.equal(answerOf('9'.repeat(50_000_000)), `TOO_LONG ${lineBytesMax + 1}-${lineBytesMax + 1}`);
  });

  it('reuse memory after a long line', () => {
    const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });
    const long = evaluator.evaluateText(`sum(${Array.from({ length: 900 }, () => '(1 / 3) * 3').join(',')})`);
    assert.equal(long.kind, 'result');
    const short = evaluator.evaluateText('1 + 1');
    assert.deepEqual(short, { kind: 'result', text: '2', cost: 2 });
  });
});

describe('cost', () => {
  it('is counted, the same each time, and never above the limit', () => {
    for (const mode of numberModes) {
      const evaluator = evaluatorOf(mode);
      for (const line of ['1', '1 + 2 * 3', '2 ^ 10', 'max(1, 2, 3)', '1 / 0', '1 +', '', `1${'+1'.repeat(19_000)}`]) {
        const first = evaluator.evaluateText(line).cost;
        assert.ok(first >= 1 && first <= costMax, `${line}: ${first}`);
        assert.equal(evaluator.evaluateText(line).cost, first, line);
        assert.equal(evaluator.cost, first, line);
      }
    }
  });

  it('ends a line that needs too much with BUDGET at the operation that was too much', () => {
    const term = 'exp(0.1)';
    const line = (terms: number): string => `max(${`${term},`.repeat(terms)}1)`;
    const evaluator = evaluatorOf('decimal', 100);
    const one = evaluator.evaluateText(line(1)).cost;
    const each = evaluator.evaluateText(line(2)).cost - one;
    const nested = `${line(900)}+`.repeat(7);
    const outcome = evaluator.evaluateText(`${nested}1`);
    assert.ok(each * 6_300 > costMax, 'the line must need more than the limit');
    assert.equal(outcome.kind, 'error');
    assert.equal(outcome.error.code, 'BUDGET');
    assert.equal(outcome.cost, costMax);
    assert.equal(nested.slice(outcome.error.column - 1, outcome.error.endColumn - 1), 'exp');
  });
});

describe('factorials', () => {
  it('go as far in each mode as the table says', () => {
    for (const [mode, largest] of [
      ['float64', 170],
      ['decimal', 2_000],
      ['rational', 966],
      ['bigint', 5_910],
    ] as const) {
      assert.match(answerOf(`${largest}!`, mode), /^\d/);
      const beyond = `${largest + 1}!`;
      assert.equal(answerOf(beyond, mode), `TOO_BIG ${beyond.length}-${beyond.length + 1}`);
    }
  });
});

describe('settings', () => {
  it('reject a precision that is not an integer from 1 to 100', () => {
    for (const precision of [0, 101, 1.5, Number.NaN, -1]) {
      assert.throws(() => createLineEvaluator({ mode: 'decimal', precision }), RangeError);
    }
    assert.equal(answerOf('2 / 3', 'decimal', 1), '0.7');
    assert.equal(answerOf('2 / 3', 'decimal', 100), `0.${'6'.repeat(99)}7`);
  });
});
