import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Parser } from '../../src/expression/parser.ts';
import { parseFastPath, plainFunctions } from '../../src/expression/fast-path.ts';
import { Program } from '../../src/expression/program.ts';
import { lineOf, numberText } from './random-line.ts';

const encoder = new TextEncoder();

/** All that a machine can see of a program. */
function contents(program: Program): unknown {
  const { length, literals, cost, isTruthValue } = program;
  return {
    code: [...program.code.subarray(0, length)],
    origins: [...program.origins.subarray(0, length)],
    mantissas: [...program.mantissas.subarray(0, literals)],
    exponents: [...program.exponents.subarray(0, literals)],
    cost,
    isTruthValue,
  };
}

/** The program of a plain line, or undefined when the line is not plain. */
function parsePlain(line: string): unknown {
  const input = encoder.encode(line);
  const program = new Program();
  program.reset(input.length);
  const before = contents(program);
  if (parseFastPath(input, 0, input.length, program, functions)) return contents(program);
  assert.deepEqual(contents(program), before, 'a refused line leaves the program as it was');
  return undefined;
}

const parser = new Parser('decimal');
const functions = plainFunctions('decimal');

/** The program that the parser makes of the line: a tab is no part of a plain line, and means nothing. */
function parseAtLength(line: string): unknown {
  const input = encoder.encode(`${line}\t`);
  parser.parse(input, 0, input.length);
  return contents(parser.program);
}

const arithmetic = lineOf({
  numbers: numberText,
  operators: ['+', '-', '*', '/', '^', '**', '%'],
  functions: [
    ['abs', 1, 1],
    ['round', 1, 2],
    ['max', 1, 4],
    ['bitand', 2, 2],
    ['isprime', 1, 1],
    ['nosuch', 1, 1],
  ],
  hasFactorial: false,
});

describe('plain lines', () => {
  it('become the same programs as in the parser', () => {
    let plain = 0;
    const text = fc
      .tuple(arithmetic, fc.constantFrom('', ' '), fc.boolean())
      .map(([line, around, isTight]) => `${around}${isTight ? line.replaceAll(' ', '') : line}${around}`);
    fc.assert(
      fc.property(text, (line) => {
        const program = parsePlain(line);
        if (program === undefined) return;
        plain += 1;
        assert.deepEqual(program, parseAtLength(line), line);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(plain > 2_000, `only ${plain} of the lines were plain`);
  });

  it('are refused where the parser finds a mistake', () => {
    const pieces = fc.constantFrom(...'1 2.5 + - * / ^ ( ) . 0 9 , x'.split(' '), ' ');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const line = parts.join('');
        const program = parsePlain(line);
        if (program !== undefined) assert.deepEqual(program, parseAtLength(line), line);
      }),
      { numRuns: 20_000 },
    );
  });

  for (const line of [
    '7 + 4 + 6 - 5 * 2',
    '-(1.25 - 3) ^ -2 ^ 2 / 4',
    '  12  ',
    '((((1))))',
    '999999999999999',
    '2^3^2*5',
    'max(1,-2.5,3 ) * -abs((3)) - round( 2.5 , 1)',
    'sqrt(atan2(1, 2) ^ -2)',
  ]) {
    it(`include ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parsePlain(line), parseAtLength(line));
    });
  }

  for (const line of [
    '',
    ' ',
    '1 2',
    '1.',
    '.5',
    '1..2',
    '1234567890123456',
    '1 ** 2',
    '1 // 2',
    '1 # 2',
    '(1',
    '1)',
    '1 +',
    '+1',
    '1e3',
    '0x10',
    '1_000',
    'pi',
    '2!',
    '1 < 2',
    '1;2',
    '1 −2',
    '1, 2',
    '(1, 2)',
    'max()',
    'max(1,)',
    'max(,1)',
    'max(1',
    'max (1)',
    'max',
    'Max(1)',
    'maxx(1)',
    'abs(1, 2)',
    'atan2(1)',
    'if(true, 1, 2)',
    'isprime(7)',
    `${'('.repeat(40)}1${')'.repeat(40)}`,
  ]) {
    it(`do not include ${JSON.stringify(line)}`, () => {
      assert.equal(parsePlain(line), undefined);
    });
  }

  it('take only the bytes that they were given', () => {
    const input = encoder.encode('91 + 234');
    const program = new Program();
    program.reset(input.length);
    assert.ok(parseFastPath(input, 1, 7, program, functions));
    assert.deepEqual([...program.mantissas.subarray(0, program.literals)], [1, 23]);
  });
});
