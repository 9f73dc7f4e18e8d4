import { quote } from './quote.ts';
import { isOtherSuperscript, isSubscript, isSuperscript } from './superscripts.ts';

/** Between the two numbers of a fraction, such as the one that a character like `½` stands for. */
export const fractionSlash = 0x2044;

/** Signs of other languages and of printed mathematics, with what to write here. */
const hints: readonly (readonly [signs: string, message: string])[] = [
  // Operators
  ['\\', 'Write div(a, b) for an integer quotient, or / for a division.'],
  ['//', 'Write div(a, b) for an integer quotient, or # to start a comment.'],
  ['/*', 'Write # to start a comment; it ends with the line.'],
  ['<<', 'Write shl(a, n) to shift the bits of a to the left.'],
  ['>> >>>', 'Write shr(a, n) to shift the bits of a to the right.'],
  ['<> ~=', 'Write != for "not equal".'],
  ['=== ≡', 'Write == for "equal".'],
  ['!==', 'Write != for "not equal"; after a factorial, leave a space: 3! == 6.'],
  ['=<', 'Write <= for "less or equal".'],
  ['=>', 'Write >= for "greater or equal".'],
  [':=', 'There are no variables, so nothing can be assigned: write the value alone.'],
  ['~ ¬', 'Write bitnot(a) for the bitwise complement, or not for true/false values.'],
  ['∧ ⋀', 'Write && for true/false values, or bitand(a, b) for bits.'],
  ['∨ ⋁', 'Write || for true/false values, or bitor(a, b) for bits.'],
  ['⊕ ⊻', 'Write bitxor(a, b) for bits, or != between two true/false values.'],
  ['&', 'Write && for true/false values, or bitand(a, b) for bits.'],
  ['|', 'Write || for true/false values, or bitor(a, b) for bits.'],
  ['≪', 'Write shl(a, n) to shift the bits of a to the left.'],
  ['≫', 'Write shr(a, n) to shift the bits of a to the right.'],
  ['≈ ≅ ≃', 'Write abs(a - b) < 0.001 to compare with a tolerance.'],
  ['± ∓', 'A line has one result: write one line with + and one with -.'],
  ['∘ • ✕ ✖', 'Write * for a product.'],
  ['∶ ➗', 'Write / for a division.'],
  ['— ― ⸺', 'Write - for a minus sign; this dash could be one minus sign or two.'],
  ['➖', 'Write - for a minus sign.'],
  ['➕', 'Write + for a sum.'],
  // Functions and constants
  ['∛', 'Write cbrt(x) for the cube root.'],
  ['∜', 'Write nthroot(x, 4) for the fourth root.'],
  ['∑ Σ', 'Write sum(x, …) for a sum.'],
  ['∏ Π', 'Write a * b for a product.'],
  ['∫ ∂ ∇', 'Derivatives and integrals are not supported.'],
  ['∞', 'There is no infinity: a result that is too large is an error.'],
  ['τ', 'Write tau for this constant.'],
  ['φ ϕ', 'Write phi for this constant.'],
  ['⌊ ⌋', 'Write floor(x) to round down.'],
  ['⌈ ⌉', 'Write ceil(x) to round up.'],
  ['∥ ‖ ∣', 'Write abs(x) for the absolute value.'],
  // Signs that belong to a number
  ['‰', 'Write x / 1000 for per mille.'],
  ['‱', 'Write x / 10000 for basis points.'],
  ['° º', 'Angles are in radians: write rad(x) for x degrees.'],
  ['′ ″', 'Minutes and seconds are not supported: write x / 60 or x / 3600.'],
  ['$ € £ ¥ ₹ ₽ ¢ ₩', 'Currencies are not supported: write the number alone.'],
  // Text, lists and statements
  ['" \' ` “ ” „ « » ‘ ’', 'Strings are not supported.'],
  ['[ ] { }', 'Use parentheses ( ) to group; lists are not supported.'],
  [';', 'Write a comma between arguments, and one expression per line.'],
  ['@', 'Leave out the @: a line is the expression alone.'],
  ['…', 'Write all numbers; ranges are not supported.'],
];

const bySign: ReadonlyMap<string, string> = new Map(
  hints.flatMap(([signs, message]) => signs.split(' ').map((sign) => [sign, message] as const)),
);

const signLengthMax = 3;

/** The foreign sign at the beginning of `text`; `length` in characters. */
export interface ForeignSign {
  readonly length: number;
  readonly message: string;
}

/** The longest foreign sign that `text` begins with; its first characters are enough. */
export function findForeignSign(text: string): ForeignSign | undefined {
  const characters = Array.from(text);
  for (let length = Math.min(signLengthMax, characters.length); length > 0; length -= 1) {
    const message = bySign.get(characters.slice(0, length).join(''));
    if (message !== undefined) return { length, message };
  }
  const message = characterMessage(characters[0] ?? '');
  return message === undefined ? undefined : { length: 1, message };
}

function characterMessage(character: string): string | undefined {
  const point = character.codePointAt(0) ?? 0;
  if (isSuperscript(point) || isOtherSuperscript(point)) {
    return 'Write ^ for this power, such as 2^(n + 1): only an integer after its base can be in superscript.';
  }
  if (isSubscript(point)) return 'Subscripts are not supported: write log(x, b) for a logarithm to base b.';
  const [numerator, denominator] = character.normalize('NFKC').split(String.fromCodePoint(fractionSlash));
  if (denominator !== undefined && denominator !== '') {
    return `Write (${numerator}/${denominator}) for ${quote(character)}, such as 6 + ${numerator}/${denominator} for a mixed number.`;
  }
  return /^\p{N}$/u.test(character) ? 'Write numbers with the digits 0 to 9.' : undefined;
}
