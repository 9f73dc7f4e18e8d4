import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ByteBuffer, errorCodes, errorDescriptions } from '../../src/expression/index.ts';
import type { ErrorCode, NumberMode } from '../../src/expression/index.ts';
import { answerOf, errorOf, evaluatorOf } from './evaluate.ts';

/** Codes that lines cannot have: given by the supervision of evaluators, or to the rows of tables. */
const outside: readonly ErrorCode[] = ['TIMEOUT', 'CRASH', 'MISSING', 'NOT_NUMBER', 'COLUMNS', 'QUOTE'];

const rows: readonly (readonly [line: string, error: string, mode?: NumberMode])[] = [
  ['', 'EMPTY 1-1'],
  ['   ', 'EMPTY 1-1'],
  ['# only a comment', 'EMPTY 1-1'],
  ['  // only a comment', 'EMPTY 1-1'],
  ['\u00a0', 'EMPTY 1-1'],

  ['10\r-4\r-3\r+1\r', 'SYNTAX 3-4'],
  ['10\u2028-4', 'SYNTAX 3-4'],
  ['10 \u2029 -4', 'SYNTAX 4-5'],
  ['10\u0085-4', 'SYNTAX 3-4'],
  ['10\v-4', 'SYNTAX 3-4'],
  ['10\f-4', 'SYNTAX 3-4'],
  ['10 -\r4', 'SYNTAX 5-6'],
  ['sqrt\r(4)', 'SYNTAX 5-6'],
  ['1 + 1\r', 'SYNTAX 6-7'],
  ['\r', 'SYNTAX 1-2'],
  ['1 + 1 # one\r2 + 2', 'SYNTAX 12-13'],
  ['1 + 1 // é\u20282 + 2', 'SYNTAX 11-12'],
  ['# 10\f', 'SYNTAX 5-6'],

  ['1 +', 'SYNTAX 4-4'],
  ['1 +  ', 'SYNTAX 6-6'],
  ['1 + # two', 'SYNTAX 5-5'],
  ['* 2', 'SYNTAX 1-2'],
  ['1 + * 2', 'SYNTAX 5-6'],
  ['1 + != 2', 'SYNTAX 5-7'],
  ['1 2', 'SYNTAX 3-4'],
  ['1 000 + 1', 'SYNTAX 3-6'],
  ['2(3)', 'SYNTAX 2-3'],
  ['(2)(3)', 'SYNTAX 4-5'],
  ['2 x', 'SYNTAX 3-4'],
  ['2x', 'SYNTAX 2-3'],
  ['2e', 'SYNTAX 2-3'],
  ['2 pi', 'SYNTAX 3-5'],
  ['pi(2)', 'SYNTAX 3-4'],
  ['2π', 'SYNTAX 2-3'],
  ['true 1', 'SYNTAX 6-7'],
  ['2 + sin', 'SYNTAX 5-8'],
  ['sin 2', 'SYNTAX 1-4'],
  ['√2', 'SYNTAX 1-2'],
  ['mod 2', 'SYNTAX 1-4'],
  ['and true', 'SYNTAX 1-4'],
  ['true or or true', 'SYNTAX 9-11'],
  ['()', 'SYNTAX 2-3'],
  ['(1', 'SYNTAX 1-2'],
  ['2 * (1 + (3)', 'SYNTAX 5-6'],
  ['max (1, 2', 'SYNTAX 5-6'],
  ['√(2', 'SYNTAX 2-3'],
  ['1)', 'SYNTAX 2-3'],
  ['max(1, 2))', 'SYNTAX 10-11'],
  ['max(1,)', 'SYNTAX 7-8'],
  ['max(,1)', 'SYNTAX 5-6'],
  ['1, 2', 'SYNTAX 2-3'],
  ['(1, 2)', 'SYNTAX 3-4'],
  ['1,5 + 2', 'SYNTAX 2-3'],
  ['[1]', 'SYNTAX 1-2'],
  ['{1}', 'SYNTAX 1-2'],
  ['1 + "a"', 'SYNTAX 5-6'],
  ["'a'", 'SYNTAX 1-2'],
  ['a = 1', 'UNKNOWN 1-2'],
  ['1 = 1', 'SYNTAX 3-4'],
  ['1 <> 2', 'SYNTAX 3-5'],
  ['1 & 2', 'SYNTAX 3-4'],
  ['1 | 2', 'SYNTAX 3-4'],
  ['1 ; 2', 'SYNTAX 3-4'],
  ['1 $ 2', 'SYNTAX 3-4'],
  ['$1', 'SYNTAX 1-2'],
  ['1 < 2 < 3', 'SYNTAX 7-8'],
  ['1 == 2 != 3', 'SYNTAX 8-10'],
  ['1 ≤ 2 ≥ 3', 'SYNTAX 7-8'],
  ['1 == not true', 'SYNTAX 6-9'],
  ['8 + 10%', 'SYNTAX 7-8'],
  ['10% * 5', 'SYNTAX 3-4'],
  ['(10%)', 'SYNTAX 4-5'],
  ['10% + 5', 'SYNTAX 3-4'],
  ['10%+5', 'SYNTAX 3-4'],
  ['10% +5', 'SYNTAX 3-4'],
  ['10 % + 5', 'SYNTAX 4-5'],
  ['1000*5%-100', 'SYNTAX 7-8'],
  ['80+5%-3', 'SYNTAX 5-6'],
  ['200+10%+5', 'SYNTAX 7-8'],
  ['10%-3', 'SYNTAX 3-4'],
  ['10% -3', 'SYNTAX 3-4'],
  ['10 % - 3', 'SYNTAX 4-5'],
  ['10%−3', 'SYNTAX 3-4'],
  ['10%–3', 'SYNTAX 3-4'],
  ['10 ％ ＋3', 'SYNTAX 4-5'],
  ['10% × 5', 'SYNTAX 3-4'],
  ['10% ÷ 5', 'SYNTAX 3-4'],
  ['10% mod 3', 'SYNTAX 3-4'],
  ['10% ≤ 1', 'SYNTAX 3-4'],
  ['10% and true', 'SYNTAX 3-4'],
  ['10% = 0.1', 'SYNTAX 3-4'],
  ['10%²', 'SYNTAX 4-5'],
  ['17 // 5', 'SYNTAX 4-6'],
  ['17 * 2 // 5', 'SYNTAX 8-10'],
  ['17//5', 'SYNTAX 3-5'],
  ['17 ∕∕ 5', 'SYNTAX 4-6'],
  ['1 + // two', 'SYNTAX 5-7'],
  ['(1 + 2) // three', 'SYNTAX 9-11'],
  ['1 /* one */', 'SYNTAX 3-5'],
  ['/* one */', 'SYNTAX 1-3'],
  ['6²!', 'SYNTAX 3-4'],
  ['2²^3', 'SYNTAX 3-4'],
  ['2² ** 3', 'SYNTAX 4-6'],
  ['2² ³', 'SYNTAX 4-5'],
  ['2²⁻¹', 'SYNTAX 3-5'],
  ['2¹⁄2', 'SYNTAX 3-4'],
  ['6²5', 'SYNTAX 3-4'],
  ['6²x', 'SYNTAX 3-4'],
  ['10⁻', 'SYNTAX 3-4'],
  ['10⁻⁻³', 'SYNTAX 3-4'],
  ['10⁺³', 'SYNTAX 3-4'],
  ['2ⁿ', 'SYNTAX 2-3'],
  ['1 + ²', 'SYNTAX 5-6'],
  ['sin²(1)', 'SYNTAX 1-4'],
  ['log₂(8)', 'SYNTAX 4-5'],
  ['12 / 3⁄4', 'SYNTAX 7-8'],
  ['12 % 3⁄4', 'SYNTAX 7-8'],
  ['2^1⁄2', 'SYNTAX 4-5'],
  ['5—3', 'SYNTAX 2-3'],
  ['× 2', 'SYNTAX 1-2'],
  ['2 ×× 3', 'SYNTAX 4-5'],
  ['１２ ５', 'SYNTAX 4-5'],
  ['😀１', 'SYNTAX 1-3'],
  ['（１＋２', 'SYNTAX 1-2'],
  ['１ ＋ ｆｏｏ', 'UNKNOWN 5-8'],
  ['１－２＊ √（-１）', 'DOMAIN 6-7'],
  ['１²／(２－２)', 'DIV0 3-4'],
  ['(０)⁻¹²', 'DIV0 4-7'],
  ['max(10%, 2)', 'SYNTAX 7-8'],
  ['true ? 1', 'SYNTAX 6-7'],
  ['(true ? 1)', 'SYNTAX 7-8'],
  ['max(true ? 1, 2)', 'SYNTAX 10-11'],
  ['1 : 2', 'SYNTAX 3-4'],
  ['(true ? 1 : 2 : 3)', 'SYNTAX 15-16'],
  ['.', 'SYNTAX 2-2'],
  ['1.2.3', 'SYNTAX 4-5'],
  ['1..2', 'SYNTAX 3-4'],
  ['1e+', 'SYNTAX 2-3'],
  ['1e5.5', 'SYNTAX 4-5'],
  ['1_', 'SYNTAX 2-3'],
  ['1__0', 'SYNTAX 2-3'],
  ['1._5', 'SYNTAX 3-4'],
  ['0x', 'SYNTAX 1-3'],
  ['0xg', 'SYNTAX 3-4'],
  ['0b102', 'SYNTAX 5-6'],
  ['0o8', 'SYNTAX 3-4'],
  ['0x1.8', 'SYNTAX 4-5'],
  ['0x_1', 'SYNTAX 3-4'],
  ['\0', 'SYNTAX 1-2'],
  ['1 + 1\0', 'SYNTAX 6-7'],
  ['😀', 'SYNTAX 1-3'],
  ['1 😀', 'SYNTAX 3-5'],
  ['"😀" é', 'SYNTAX 1-2'],

  ['sine(1)', 'UNKNOWN 1-5'],
  ['1 + foo', 'UNKNOWN 5-8'],
  ['constructor', 'UNKNOWN 1-12'],
  ['__proto__', 'UNKNOWN 1-10'],
  ['toString()', 'UNKNOWN 1-9'],
  ['hasOwnProperty(1)', 'UNKNOWN 1-15'],
  ['Sin(1)', 'UNKNOWN 1-4'],
  ['√(4) + π + foo', 'UNKNOWN 12-15'],

  ['max()', 'ARITY 1-4'],
  ['1 + sqrt(1, 2)', 'ARITY 5-9'],
  ['round(1, 2, 3)', 'ARITY 1-6'],
  ['clamp(1, 2)', 'ARITY 1-6'],
  ['if(true, 1)', 'ARITY 1-3'],
  ['if(true)', 'ARITY 1-3'],
  ['if(true, 1, 2, 3)', 'ARITY 1-3'],
  ['variance(1)', 'ARITY 1-9'],

  ['1 + true', 'TYPE 3-4'],
  ['true * 2', 'TYPE 6-7'],
  ['-true', 'TYPE 1-2'],
  ['+(1 < 2)', 'TYPE 1-2'],
  ['2 ^ true', 'TYPE 3-4'],
  ['true!', 'TYPE 5-6'],
  ['true²', 'TYPE 5-6'],
  ['(1 < 2)⁻¹', 'TYPE 8-10'],
  ['not 1', 'TYPE 1-4'],
  ['!5', 'TYPE 1-2'],
  ['1 and true', 'TYPE 3-6'],
  ['true && 2', 'TYPE 6-8'],
  ['true or 2', 'TYPE 6-8'],
  ['1 == true', 'TYPE 3-5'],
  ['true < false', 'TYPE 6-7'],
  ['1 ? 2 : 3', 'TYPE 3-4'],
  ['true ? 1 : false', 'TYPE 6-7'],
  ['if(1, 2, 3)', 'TYPE 1-3'],
  ['if(true, 1, 1 < 2)', 'TYPE 1-3'],
  ['sum(1, 2 < 3, 4)', 'TYPE 1-4'],
  ['true || 1 + true > 1', 'TYPE 11-12'],
  ['sin(1)', 'TYPE 1-4', 'bigint'],
  ['1 + pi', 'TYPE 5-7', 'rational'],
  ['π', 'TYPE 1-2', 'bigint'],

  ['sqrt(-1)', 'DOMAIN 1-5'],
  ['1 + ln(0)', 'DOMAIN 5-7'],
  ['(-8) ^ (1 / 3)', 'DOMAIN 6-7'],
  ['1 + (-1)!', 'DOMAIN 9-10'],
  ['2.5!', 'DOMAIN 4-5'],
  ['gcd(1.5, 2)', 'DOMAIN 1-4'],
  ['clamp(1, 3, 2)', 'DOMAIN 1-6'],

  ['1 / 0', 'DIV0 3-4'],
  ['1 + 2 / (3 - 3)', 'DIV0 7-8'],
  ['5 % 0', 'DIV0 3-4'],
  ['5 mod 0', 'DIV0 3-6'],
  ['mod(5, 0)', 'DIV0 1-4'],
  ['div(5, 0)', 'DIV0 1-4'],
  ['0 ^ -1', 'DIV0 3-4'],
  ['π ÷ 0', 'DIV0 3-4'],

  ['1e308 * 10', 'OVERFLOW 7-8', 'float64'],
  ['1e999', 'OVERFLOW 1-6', 'float64'],
  ['exp(1000)', 'OVERFLOW 1-4', 'float64'],
  ['10 ^ 400', 'OVERFLOW 4-5', 'float64'],
  ['1e6144 * 10', 'OVERFLOW 8-9'],
  ['1e9999', 'OVERFLOW 1-7'],

  ['isprime(2 ^ 60)', 'RANGE 1-8', 'float64'],
  ['bitand(2 ^ 60, 1)', 'RANGE 1-7', 'float64'],
  ['171!', 'TOO_BIG 4-5', 'float64'],
  ['2001!', 'TOO_BIG 5-6'],
];

describe('errors and their columns', () => {
  for (const [line, error, mode = 'decimal'] of rows) {
    it(`${JSON.stringify(line)} in ${mode}`, () => {
      assert.equal(answerOf(line, mode), error);
    });
  }

  it('has a row for each code, except those of long lines and those given outside', () => {
    const elsewhere: readonly ErrorCode[] = [
      ...outside,
      'TOO_LONG',
      'TOO_DEEP',
      'LIMIT',
      'BUDGET',
      'ENCODING',
      'INEXACT',
    ];
    const here = new Set(rows.map(([, error]) => error.split(' ')[0]));
    assert.deepEqual(errorCodes.filter((code) => !here.has(code)).toSorted(), elsewhere.toSorted());
  });

  it('has a description for each code', () => {
    assert.deepEqual(Object.keys(errorDescriptions), errorCodes);
    assert.equal(new Set(errorCodes).size, 22);
  });
});

describe('messages', () => {
  it('name the modes that have a function', () => {
    assert.equal(
      errorOf('sin(1)', 'bigint').message,
      '"sin" is not available in bigint mode; use decimal or float64 mode.',
    );
  });

  it('quote at most 40 characters and nothing that cannot be seen', () => {
    const { message } = errorOf('a'.repeat(60));
    assert.ok(message.includes(`"${'a'.repeat(39)}…"`), message);
    assert.match(errorOf('\u0007').message, /"U\+0007"/);
    assert.match(errorOf('1 \u202e').message, /"U\+202E"/);
  });

  it('are sentences', () => {
    for (const [line, , mode] of rows) assert.match(errorOf(line, mode).message, /^["√%A-Za-z0-9].* .*[.?]$/su, line);
  });
});

describe('encoding', () => {
  const evaluate = (bytes: readonly number[]): string => {
    const output = new ByteBuffer();
    const error = evaluatorOf('decimal').evaluateBytes(Uint8Array.from(bytes), 0, bytes.length, output);
    return error === undefined ? output.asciiText() : `${error.code} ${error.column}-${error.endColumn}`;
  };
  const cases: readonly (readonly [name: string, bytes: readonly number[], answer: string])[] = [
    ['a stray continuation byte', [0x31, 0x80], 'ENCODING 2-2'],
    ['a sequence cut off by the end', [0x31, 0xc3], 'ENCODING 2-2'],
    ['an overlong slash', [0x31, 0xc0, 0xaf, 0x31], 'ENCODING 2-2'],
    ['an overlong three-byte form', [0xe0, 0x80, 0xaf], 'ENCODING 1-1'],
    ['a surrogate', [0x31, 0xed, 0xa0, 0x80], 'ENCODING 2-2'],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80], 'ENCODING 1-1'],
    ['a byte that never occurs', [0x31, 0xff], 'ENCODING 2-2'],
    ['in a comment', [0x31, 0x23, 0xff], 'ENCODING 3-3'],
    ['after another mistake', [0x2a, 0x31, 0xff], 'ENCODING 3-3'],
    ['after characters outside ASCII', [0xcf, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xff], 'ENCODING 4-4'],
    ['valid four bytes in a comment', [0x31, 0x23, 0xf0, 0x9f, 0x98, 0x80], '1'],
  ];
  for (const [name, bytes, answer] of cases) {
    it(name, () => assert.equal(evaluate(bytes), answer));
  }

  it('finds lone surrogates in text', () => {
    assert.equal(answerOf('1 + \ud800'), 'ENCODING 5-5');
    assert.equal(answerOf('1 # \udc00'), 'ENCODING 5-5');
    assert.equal(answerOf('1 # \ud83d\ude00'), '1');
  });

  it('leaves nothing written when a line fails', () => {
    const output = new ByteBuffer();
    output.writeAscii('before');
    evaluatorOf('decimal').evaluateBytes(Uint8Array.from([0x31, 0x2f, 0x30]), 0, 3, output);
    assert.equal(output.asciiText(), 'before');
  });
});

describe('characters that end a line elsewhere', () => {
  for (const [line, message] of [
    ['10\r-4', /carriage return \(CR\).*carriage returns only.*Save the file with LF or CRLF/],
    ['10\u2028-4', /line separator \(U\+2028\)\. Save the file with LF or CRLF/],
    ['10\u2029-4', /paragraph separator \(U\+2029\)/],
    ['10\u0085-4', /next line character \(U\+0085\)/],
    ['10\v-4', /vertical tab/],
    ['10\f-4', /form feed/],
  ] as const) {
    it(`are named: ${JSON.stringify(line)}`, () => assert.match(errorOf(line).message, message));
  }
});
