import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { constantTable, functionTable, operatorTable } from '../../src/expression/index.ts';
import { answerOf } from './evaluate.ts';

function table(name: string, rows: readonly (readonly [line: string, answer: string])[]): void {
  describe(name, () => {
    for (const [line, answer] of rows) {
      it(JSON.stringify(line), () => {
        assert.equal(answerOf(line), answer);
        assert.equal(answerOf(line, 'float64'), answer, 'float64');
      });
    }
  });
}

table('numbers as written', [
  ['1', '1'],
  ['1.5', '1.5'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['5. + 2.', '7'],
  ['1.e3', '1000'],
  ['1.e-1', '0.1'],
  ['4.!', '24'],
  ['-3.', '-3'],
  ['1e3', '1000'],
  ['1E3', '1000'],
  ['1e+3', '1000'],
  ['25e-1', '2.5'],
  ['1_000_000', '1000000'],
  ['1_0.2_5', '10.25'],
  ['1e1_0', '10000000000'],
  ['007', '7'],
  ['0.10', '0.1'],
  ['0', '0'],
  ['0.000', '0'],
  ['-0', '0'],
  ['0xff', '255'],
  ['0XFF', '255'],
  ['0xf_f', '255'],
  ['0b101', '5'],
  ['0o17', '15'],
  ['1e36', '1e+36'],
  ['1e20', '100000000000000000000'],
  ['0.000001', '0.000001'],
]);

table('precedence and grouping', [
  ['2 + 3 * 4', '14'],
  ['(2 + 3) * 4', '20'],
  ['10 - 4 - 3', '3'],
  ['100 / 10 / 2', '5'],
  ['2 * 3 % 4', '2'],
  ['7 % 4 * 2', '6'],
  ['2 ^ 3 ^ 2', '512'],
  ['2 ** 3 ** 2', '512'],
  ['-2 ^ 2', '-4'],
  ['(-2) ^ 2', '4'],
  ['2 ^ -1', '0.5'],
  ['2 ^ -2 ^ 2', '0.0625'],
  ['2 ^ - -1', '2'],
  ['2 * -3', '-6'],
  ['2 - -3', '5'],
  ['2 + + 3', '5'],
  ['- - 3', '3'],
  ['--3', '3'],
  ['-3!', '-6'],
  ['2 ^ 3!', '64'],
  ['3!!', '720'],
  ['3! ^ 2', '36'],
  ['3 != 6', 'true'],
  ['3! != 6', 'false'],
  ['3! == 6', 'true'],
  ['3!== 6', 'SYNTAX 2-5'],
  ['7 mod 4 + 1', '4'],
  ['-7 % 3', '-1'],
  ['-7 mod 3', '2'],
  ['7 mod -3', '-2'],
  ['7 % (-3)', '1'],
  ['7 mod-3', '-2'],
  ['7 * 6 % 4', '2'],
  ['7 % 4 mod 2', '1'],
  ['7 % mod(11, 4)', '1'],
  ['7 %mod (11, 4)', '1'],
  ['5.5 % 2', '1.5'],
  ['1 + 2 < 4', 'true'],
  ['1 < 2 == true', 'SYNTAX 7-9'],
  ['(1 < 2) == true', 'true'],
  ['(1 < 2) != (2 < 1)', 'true'],
  ['not 1 == 2', 'true'],
  ['not not true', 'true'],
  ['!true || true', 'true'],
  ['!(true || true)', 'false'],
  ['!!true', 'true'],
  ['true or false and false', 'true'],
  ['(true or false) and false', 'false'],
  ['true || false && false', 'true'],
  ['not true or true', 'true'],
  ['not (true or true)', 'false'],
  ['1 < 2 and 2 < 3', 'true'],
  ['1 > 2 or 2 > 3', 'false'],
  ['true ? 1 : 2', '1'],
  ['false ? 1 : true ? 2 : 3', '2'],
  ['true ? false ? 1 : 2 : 3', '2'],
  ['1 < 2 ? 3 + 4 : 5', '7'],
  ['1 > 2 or 1 < 2 ? 1 : 2', '1'],
  ['(true ? 1 : 2) + 10', '11'],
  ['true ? 1 : 2 + 10', '1'],
  ['true ? 1 < 2 : 2 < 1', 'true'],
  ['if(1 < 2, 3, 4)', '3'],
  ['if(1 > 2, 3, 4) * 2', '8'],
  ['if(true, if(false, 1, 2), 3)', '2'],
  ['if(true, true, false)', 'true'],
  ['max(1, 2 + 3, 4)', '5'],
  ['max(if(true, 1, 2), (3))', '3'],
  ['mod(7, 4) mod 2', '1'],
  ['((((1))))', '1'],
]);

table('what is not evaluated cannot fail', [
  ['true || 1 / 0 > 1', 'true'],
  ['false || 1 / 0 > 1', 'DIV0 12-13'],
  ['false && 1 / 0 > 1', 'false'],
  ['true and 1 / 0 > 1', 'DIV0 12-13'],
  ['true ? 1 : 1 / 0', '1'],
  ['true ? 1 / 0 : 1', 'DIV0 10-11'],
  ['if(false, 1 / 0, 1)', '1'],
  ['if(true, 1, sqrt(-1))', '1'],
  ['false && true || true', 'true'],
  ['(false && true) == false', 'true'],
  ['true || true && 1 / 0 > 1', 'true'],
]);

table('blanks, comments and pasted characters', [
  ['  1  +  1  ', '2'],
  ['1+1', '2'],
  ['\t1\u00a0+\u20091\u3000', '2'],
  ['\ufeff1 + 1', '2'],
  ['1 + 1 # one', '2'],
  ['1 + 1 #', '2'],
  ['1 + 1 # π and é', '2'],
  ['1 / 2', '0.5'],
  ['2 × 3 · 4 ÷ 6 − 1', '3'],
  ['−2', '-2'],
  ['1 ≤ 1', 'true'],
  ['1 ≥ 2', 'false'],
  ['1 ≠ 2', 'true'],
  ['π > 3.14', 'true'],
  ['√(16)', '4'],
  ['√ (2 + 2) × 2', '4'],
  ['max (1, 2)', '2'],
  ['5mod 3', '2'],
  ['7 ‐ 1 ‑ 1 ‒ 1 – 1 − 1 ﹣ 1 － 1', '0'],
  ['–7 mod ‐3', '-1'],
  ['2–-3', '5'],
  ['25e−1 + 5e＋0', '7.5'],
  ['2 ⋅ 3 ∙ 2 ∗ 2 ＊ 2', '48'],
  ['2 ∗∗ 3', '8'],
  ['48 ∕ 2 ／ 4 * 3⁄4', '4.5'],
  ['2 * 3⁄4', '1.5'],
  ['（１２ ＋ ３．５） ％ ４', '3.5'],
  ['ｍａｘ（１，２）＞＝２', 'true'],
  ['０ｘＦＦ', '255'],
  ['3！ ！＝ 6', 'false'],
  ['1 + 1 ＃ one', '2'],
]);

table('superscripts', [
  ['6²', '36'],
  ['-6²', '-36'],
  ['(-6)²', '36'],
  ['10⁻³', '0.001'],
  ['2³²', '4294967296'],
  ['2⁰ + 2¹ + 2² + 2³ + 2⁴', '31'],
  ['2⁵ + 2⁶ + 2⁷ + 2⁸ + 2⁹', '992'],
  ['2⁰¹⁰', '1024'],
  ['2^3²', '512'],
  ['2^-2²', '0.0625'],
  ['2 * 3²', '18'],
  ['18 / 3²', '2'],
  ['(1 + 2)²', '9'],
  ['(3²)!', '362880'],
  ['3!²', '36'],
  ['2^2!²', '16'],
  ['max(1, 2)³', '8'],
  ['√(16)²', '16'],
  ['0x10²', '256'],
  ['1.5²', '2.25'],
  ['5.²', '25'],
  ['６²', '36'],
  ['3² + 4² == 5²', 'true'],
  ['6² != 36', 'false'],
  ['6 ²', '36'],
  ['1 > 2 ? 2² : 3²', '9'],
]);

describe('the tables of the reference', () => {
  for (const { examples } of [...functionTable, ...constantTable, ...operatorTable]) {
    for (const { line, result, mode } of [...examples].map((example) => ({ mode: undefined, ...example }))) {
      it(`${line} = ${result}`, () => {
        assert.equal(answerOf(line, mode), result);
      });
    }
  }
  it('has an example and a description in every row', () => {
    for (const row of [...functionTable, ...constantTable, ...operatorTable]) {
      assert.ok(row.examples.length > 0 && row.description.endsWith('.'), JSON.stringify(row));
    }
  });
});
