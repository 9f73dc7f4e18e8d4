import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { ByteBuffer, errorCodes, functionTable, numberModes } from '../../src/expression/index.ts';
import { literalText } from '../../src/expression/literal-text.ts';
import { Parser } from '../../src/expression/parser.ts';
import { evaluatorOf } from './evaluate.ts';
import { printProgram } from './print-program.ts';
import { lineOf, numberText } from './random-line.ts';

const everyLine = lineOf({
  numbers: fc.oneof(
    numberText,
    fc.constantFrom('0xff', '0b11', '1_000', 'pi', 'π', '√(2)', '.5', '5.', '1.e3', '１２', '０．５', '2e–3'),
  ),
  operators: [
    '+',
    '-',
    '*',
    '/',
    '%',
    'mod',
    '^',
    '**',
    '×',
    '÷',
    '−',
    '·',
    '–',
    '‑',
    '⋅',
    '∙',
    '∗',
    '∕',
    '＋',
    '－',
    '／',
  ],
  functions: functionTable
    .filter(({ returns }) => returns === 'number')
    .map(({ name, arity }) => [name, arity.min, Math.min(arity.max, 4)] as const),
  hasFactorial: true,
  superscripts: ['²', '⁻¹', '³⁰'],
});

/** The content of a program, without the positions in its source: instructions, and the literals of its numbers. */
function parsed(parser: Parser, line: string): { code: number[]; literals: string[]; printed: string } {
  const input = new TextEncoder().encode(line);
  parser.parse(input, 0, input.length);
  // The bytes to which places in the program refer: the line with its pasted characters replaced.
  const { program, bytes, bytesEnd } = parser;
  const code = [...program.code.subarray(0, program.length)];
  const literals = code.flatMap((word, index) =>
    (word & 0xff) === 0 ? [literalText(bytes, program.origins[index] ?? 0, bytesEnd)] : [],
  );
  return { code, literals, printed: printProgram(program, bytes.subarray(0, bytesEnd)) };
}

describe('the parser', () => {
  it('makes the same program from a program printed with all parentheses', () => {
    const parser = new Parser('float64');
    fc.assert(
      fc.property(everyLine, (line) => {
        const { printed, ...program } = parsed(parser, line);
        const { printed: again, ...copy } = parsed(parser, printed);
        assert.deepEqual(copy, program, printed);
        assert.equal(again, printed);
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes no notice of blanks between tokens', () => {
    const parser = new Parser('float64');
    fc.assert(
      fc.property(everyLine, fc.constantFrom('', '  ', '\t', '\u00a0', '\u2003 '), (line, blank) => {
        const spaced = line.replaceAll(' ', ` ${blank}`).replaceAll('(', `(${blank}`).replaceAll(')', `${blank})`);
        const { code } = parsed(parser, `${blank}${spaced}${blank}# comment`);
        assert.deepEqual(code, parsed(parser, line).code);
      }),
      { numRuns: 2_000 },
    );
  });
});

const fragments = [
  ...functionTable.map(({ name }) => name),
  ...'0123456789.eE_xb()+-*/%^!=<>&|?:,# \t"\'[]{}$@\\~`;'.split(''),
  'pi',
  'true',
  'false',
  'not',
  'and',
  'or',
  'mod',
  '**',
  '==',
  '//',
  '1e',
  '0x',
  '1.5',
  '12',
  'π',
  '√',
  '×',
  '÷',
  '−',
  '–',
  '‑',
  '—',
  '⋅',
  '∗',
  '∕',
  '⁄',
  '²',
  '⁻',
  '⁻³',
  'ⁿ',
  '₂',
  '½',
  '５',
  '．',
  '％',
  '（',
  '）',
  '＝',
  '！',
  'ｅ',
  '’',
  '€',
  '°',
  '≤',
  '\u00a0',
  '😀',
  '\ud800',
  '\0',
  'é',
];

/** The line with those of its ASCII characters in full width, or its minus signs as dashes, that `marks` names. */
function inOtherWidths(line: string, marks: readonly number[]): string {
  return Array.from(line, (character, index) => {
    const mark = marks[index % marks.length] ?? 0;
    if (mark === 0 || !/^[!-~]$/.test(character)) return character;
    if (character === '-' && mark < 6) return '‐‑‒–−'.charAt(mark - 1);
    return String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0);
  }).join('');
}

describe('pasted characters', () => {
  const fragment = fc.constantFrom(...fragments.filter((text) => text !== '\ud800'));
  const anyLine = fc.oneof(
    everyLine,
    fc.array(fragment, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  const marks = fc.array(fc.nat(7), { minLength: 1, maxLength: 30 });

  it('give the result, the cost, or the error and the columns of the ASCII characters that they look like', () => {
    fc.assert(
      fc.property(anyLine, marks, fc.constantFrom(...numberModes), (line, places, mode) => {
        const evaluator = evaluatorOf(mode);
        const outcome = evaluator.evaluateText(line);
        assert.deepEqual(evaluator.evaluateText(inOtherWidths(line, places)), outcome);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('fuzzing', () => {
  const assertOutcome = (line: string): void => {
    for (const mode of numberModes) {
      const outcome = evaluatorOf(mode).evaluateText(line);
      if (outcome.kind === 'result') continue;
      const { code, column, endColumn } = outcome.error;
      assert.ok(errorCodes.includes(code));
      assert.ok(column >= 1 && column <= endColumn && endColumn <= line.length + 1, `${column}-${endColumn}`);
    }
  };

  it('with fragments of lines ends with a result or an error within the line', () => {
    const line = fc.array(fc.constantFrom(...fragments), { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(fc.property(line, assertOutcome), { numRuns: 10_000 });
  });

  it('with lines one character of which is changed does too', () => {
    fc.assert(
      fc.property(everyLine, fc.nat(), fc.constantFrom('', ...fragments), (line, place, fragment) => {
        const at = place % (line.length + 1);
        assertOutcome(line.slice(0, at) + fragment + line.slice(at + 1));
      }),
      { numRuns: 5_000 },
    );
  });

  it('with any text does too', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), assertOutcome), { numRuns: 5_000 });
  });

  it('with any bytes ends with a result, or an error and nothing written', () => {
    const output = new ByteBuffer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        output.clear();
        const error = evaluatorOf('decimal').evaluateBytes(bytes, 0, bytes.length, output);
        assert.equal(error === undefined, output.length > 0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads no byte outside the line', () => {
    const lines = fc.array(everyLine, { minLength: 1, maxLength: 4 });
    const output = new ByteBuffer();
    fc.assert(
      fc.property(lines, (texts) => {
        const input = new TextEncoder().encode(texts.join(''));
        let start = 0;
        for (const text of texts) {
          const end = start + new TextEncoder().encode(text).length;
          output.clear();
          const error = evaluatorOf('float64').evaluateBytes(input, start, end, output);
          const alone = evaluatorOf('float64').evaluateText(text);
          assert.deepEqual(error ?? output.asciiText(), alone.kind === 'result' ? alone.text : alone.error);
          start = end;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
