/** Messages for the notation of other languages name the notation to write here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { constantTable, functionTable } from '../../src/expression/index.ts';
import type { NumberMode } from '../../src/expression/index.ts';
import { foreignNameHint, foreignNames } from '../../src/expression/foreign-names.ts';
import { errorOf } from './evaluate.ts';

function table(name: string, rows: readonly (readonly [line: string, part: string, mode?: NumberMode])[]): void {
  describe(name, () => {
    for (const [line, part, mode] of rows) {
      it(JSON.stringify(line), () => {
        const { message } = errorOf(line, mode);
        assert.ok(message.includes(part), message);
      });
    }
  });
}

table('operators of other languages', [
  ['10%-3', 'write 10 % (-3) for a remainder, or 10 / 100 - 3 for a percentage.'],
  ['80 + 5%', 'write 10 / 100 for ten percent'],
  ['17 // 5', 'Write div(a, b) for an integer quotient, or # to start a comment.'],
  ['1 /* one */ + 1', 'Write # to start a comment'],
  ['7 \\ 2', 'Write div(a, b)'],
  ['7 div 2', 'write div(a, b)'],
  ['7 rem 2', 'write %'],
  ['5 xor 3', 'write bitxor(a, b)'],
  ['1 shl 3', 'write shl(a, b)'],
  ['3 x 4', 'write * for a product'],
  ['3 plus 4', 'write + for a sum'],
  ['~5', 'Write bitnot(a)'],
  ['1 ~= 2', 'Write !='],
  ['1 << 3', 'Write shl(a, n)'],
  ['1 >> 3', 'Write shr(a, n)'],
  ['1 >>> 3', 'Write shr(a, n)'],
  ['1 <> 2', 'Write !='],
  ['1 === 1', 'Write =='],
  ['1 !== 1', 'Write !='],
  ['1 =< 2', 'Write <='],
  ['1 => 2', 'Write >='],
  ['1 = 1', 'Write == to compare'],
  ['1 & 2', 'bitand(a, b) for bits'],
  ['1 | 2', 'bitor(a, b) for bits'],
  ['5 and 3', '"and" needs true/false values, but its left side is a number. For bits, write bitand(a, b).'],
  ['5 || 3', '"||" needs true/false values, but its left side is a number. For bits, write bitor(a, b).'],
  ['true && 3', 'but its right side is a number'],
  ['true ∧ false', 'Write &&'],
  ['5 ± 1', 'one line with + and one with -'],
  ['5—3', 'Write - for a minus sign'],
  ['2^1⁄2', 'Put parentheses around the fraction'],
  ['6²!', '(6²)! or 6^(2!)'],
  ['2ⁿ', 'Write ^'],
  ['sin²(1)', 'Write sin(x)²'],
]);

table('assignments and spreadsheets', [
  ['=4+4', 'Leave out the = at the beginning'],
  ['4 + 4 =', 'Leave out the = at the end'],
  ['4 + 4 = # eight', 'Leave out the = at the end'],
  ['60 + 15% =', 'write 10 / 100 for ten percent'],
  ['x = 1', 'there are no variables, so nothing can be assigned'],
  ['x := 1', 'there are no variables, so nothing can be assigned'],
  ['pi := 3', 'There are no variables'],
  ['10 mod= 3', 'Leave out the ='],
  ['10 += 3', 'Leave out the ='],
  ['a1 + 1', 'cell references are not supported'],
  ['sum(A1:A3)', 'cell references are not supported'],
  ['SUM(A1:A3)', 'did you mean "sum"?'],
  ['@SUM(1)', 'Leave out the @'],
  ['max(1;2)', 'Write a comma between arguments'],
  ['pi()', 'Leave out the empty parentheses'],
]);

table('numbers as written elsewhere', [
  ['1 000', 'write 1000 or 1_000'],
  ['1\u00a0000', 'write 1000 or 1_000'],
  ['1\u202f000', 'write 1000 or 1_000'],
  ["1'000", 'write 1000 or 1_000'],
  ['1’000', 'write 1000 or 1_000'],
  ['1,234.5', 'write a decimal point (3.2), and no thousands separators'],
  ['3,2 + 8,4', 'write a decimal point'],
  ['sqrt(3,2)', '"sqrt(x)" takes 1 argument, but 2 were given; write decimals with a point.'],
  ['6½', 'Write (1/2) for "½", such as 6 + 1/2 for a mixed number.'],
  ['⅝', 'Write (5/8)'],
  ['①', 'the digits 0 to 9'],
  ['٣', 'the digits 0 to 9'],
  ['3e', 'write 3e5, or 3 * e'],
  ['3.e', 'write 3e5, or 3 * e'],
  ['1i', 'complex numbers are not supported'],
  ['i', 'complex numbers are not supported'],
  ['10n', 'units and variables are not supported'],
  ['5 km', 'units and variables are not supported'],
  ['$5', 'Currencies are not supported'],
  ['5 €', 'Currencies are not supported'],
  ['5‰', 'Write x / 1000'],
  ['sin(30°)', 'write rad(x)'],
]);

table('signs of printed mathematics', [
  ['|3 - 5|', 'Write abs(x)'],
  ['⌊2.5⌋', 'Write floor(x)'],
  ['∞', 'There is no infinity'],
  ['∑(1, 2)', 'Write sum(x, …)'],
  ['√2', 'Write √(x) with parentheses.'],
  ['∛8', 'Write cbrt(x)'],
  ['2τ', 'Write tau'],
  ['log₂(8)', 'write log(x, b)'],
]);

table('products without a sign', [
  ['2(3)', 'An operator is missing before "(", such as * for a product.'],
  ['9/3(1+2)', 'such as * for a product'],
  ['2pi', 'An operator is missing before "pi", such as * for a product.'],
  ['2 sin(1)', 'such as * for a product'],
]);

table('text and lists', [
  ['"text"', 'Strings are not supported.'],
  ["'text'", 'Strings are not supported.'],
  ['“text”', 'Strings are not supported.'],
  ['[1, 2]', 'Use parentheses ( ) to group; lists are not supported.'],
  ['{}', 'Use parentheses ( ) to group; lists are not supported.'],
]);

table('types and numbers of arguments', [
  ['1 + true', '"+" needs numbers, but its right side is a true/false value.'],
  ['true ^ 2', '"^" needs numbers, but its left side is a true/false value.'],
  ['true²', '"²" needs a number'],
  ['-true', '"-" needs a number, but this is a true/false value.'],
  ['1 == true', '"==" compares two numbers, or two true/false values, but not one of each.'],
  ['not 5', '"not" and "!" need a true/false value'],
  ['max()', '"max(x, …)" takes at least 1 argument, but none were given.'],
  ['log()', '"log(x[, base])" takes 1 or 2 arguments, but none were given.'],
  ['mod(3)', '"mod(a, b)" takes 2 arguments, but 1 was given.'],
  ['clamp(1, 2, 3, 4)', '"clamp(x, low, high)" takes 3 arguments, but 4 were given.'],
  ['(1', 'Missing closing parenthesis.'],
  ['1)', 'Unmatched closing parenthesis.'],
  ['sin 2', 'write its arguments in parentheses, sin(x)'],
]);

table('roots of negative numbers', [
  ['(-27)^(1/3)', 'nthroot(x, n)'],
  ['(-27)^(1/3)', 'nthroot(x, n)', 'float64'],
  ['(-27)^(1/3)', 'nthroot(x, n)', 'rational'],
]);

table('names of other systems', [
  ['lg(100)', 'write log10(x), or log2(x)'],
  ['NaN', 'a result that is not a number is an error'],
  ['rand()', 'there are no random numbers'],
  ['x', 'there are no variables'],
  ['E', 'there are no variables'],
  ['sqr(2)', 'x^2 for the square, or sqrt(x) for the square root'],
  ['int(2.5)', 'trunc(x) to drop the fraction, or floor(x)'],
  ['atn(1)', 'write atan(x)'],
  ['cot(1)', 'write 1 / tan(x)'],
  ['avg(1, 2)', 'write mean(x, …)'],
  ['stdev(1, 2)', 'of a sample'],
  ['log5(25)', 'write log(x, 5)'],
  ['Math.sin(1)', 'functions have no prefix'],
  ['10% of 50', 'write 10 / 100 * x'],
  ['foo(1)', 'the reference lists all functions'],
]);

describe('suggestions', () => {
  const suggestions = {
    Sin: 'sin',
    MAX: 'max',
    PI: 'pi',
    facotrial: 'factorial',
    rond: 'round',
    flor: 'floor',
    varaince: 'variance',
    ture: 'true',
  };
  for (const [name, known] of Object.entries(suggestions)) {
    it(`${name} may be ${known}`, () => {
      assert.ok(errorOf(`${name}(1)`).message.endsWith(`did you mean "${known}"?`));
    });
  }

  /** Functions and values of other systems that are one or two slips away from one of ours that gives another value. */
  const different =
    'NaN ei ee pie pip lg lb rand rads mode modes cell sort media hypo2 log3 log20 log10e log2e log1 atan3 sqrtm sqrt3 ' +
    'sine sinc sinhc sinpi sind cosd tand cot coth acot acoth sec sech asec csc csch gamma mround lround fround exp2 ' +
    'exp10 expm min2 maxx max3 sums summ mina maxa cost tang erf logit logs trunc2 round2 absx xor nand nor x y z a b ' +
    'c d E f g h i j k t n m q qwertyuiop';
  for (const name of different.split(' ')) {
    it(`there is none for ${name}`, () => {
      assert.doesNotMatch(errorOf(`${name}(1)`).message, /did you mean/);
      assert.doesNotMatch(errorOf(name).message, /did you mean/);
    });
  }

  it('name only functions and constants that there are', () => {
    const known = new Set([...functionTable, ...constantTable].map(({ name }) => name));
    const named = foreignNames.flatMap((name) =>
      Array.from(foreignNameHint(name)?.matchAll(/\b([a-z]\w*)\(/g) ?? [], ([, used = '']) => used),
    );
    assert.ok(named.length > 100);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it('are for names that are none here', () => {
    const known = new Set([...functionTable, ...constantTable].map(({ name }) => name));
    assert.deepEqual(
      foreignNames.filter((name) => known.has(name)),
      [],
    );
    assert.equal(new Set(foreignNames).size, foreignNames.length);
  });
});
