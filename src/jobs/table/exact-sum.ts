/**
 * A sum of numbers of any size, decimals and fractions, that is the same in any order.
 *
 * Fractions are added over the least common denominator of all that came, and the sum is not reduced: 1/2 + 1/2 is `2/2`.
 * So whether the denominator stays within its bound depends on which fractions came, and not on how they were grouped.
 * (Only where decimals with a point and fractions meet, which no column of results has, the form may depend on the order.
 * The value never does.)
 */
import { coefficientOf, parseExactNumber, writeExactDecimal, type ExactNumber } from './exact-number.ts';

/**
 * Digits before, or after, the decimal point of a number that a sum takes: more than any number mode prints. A longer one
 * leaves its column without a sum.
 */
export const sumDigitsMax = 20_000;

/**
 * Bound of the common denominator of a sum of fractions: that of the largest fraction in rational mode has 2,467 digits. Sums of
 * fractions without a common denominator would grow forever, and adding takes a millisecond at this size.
 */
const denominatorMax = 10n ** 2_500n;

export class ExactSum {
  /** Sums of coefficients, by exponent. */
  readonly #decimals = new Map<number, bigint>();
  #numerator = 0n;
  #denominator = 1n;
  #isLost = false;

  /** Adds one number of a column. */
  add(number: ExactNumber): void {
    const { digits, exponent } = number;
    if (digits !== '' && (digits.length + exponent > sumDigitsMax || -exponent > sumDigitsMax)) this.#isLost = true;
    else this.#addNumber(number);
  }

  addDecimal(coefficient: bigint, exponent: number): void {
    this.#decimals.set(exponent, (this.#decimals.get(exponent) ?? 0n) + coefficient);
  }

  addFraction(numerator: bigint, denominator: bigint): void {
    if (this.#isLost) return;
    const common = leastCommonMultiple(this.#denominator, denominator);
    if (common > denominatorMax) {
      this.#isLost = true;
      return;
    }
    this.#numerator = this.#numerator * (common / this.#denominator) + numerator * (common / denominator);
    this.#denominator = common;
  }

  /** Adds what `text` of another sum gave. */
  addSum(text: string | undefined): void {
    const number = text === undefined ? undefined : parseExactNumber(text);
    if (number === undefined) this.#isLost = true;
    else this.#addNumber(number);
  }

  /** Undefined: the bounds were exceeded. */
  get text(): string | undefined {
    if (this.#isLost) return undefined;
    const exponent = Math.min(0, ...this.#decimals.keys());
    let coefficient = 0n;
    for (const [power, sum] of this.#decimals) coefficient += sum * 10n ** BigInt(power - exponent);
    if (this.#denominator === 1n) return writeExactDecimal(coefficient + scale(this.#numerator, exponent), exponent);
    return this.#fractionText(coefficient, exponent);
  }

  #fractionText(coefficient: bigint, exponent: number): string {
    if (exponent === 0) return `${coefficient * this.#denominator + this.#numerator}/${this.#denominator}`;
    const power = 10n ** BigInt(-exponent);
    const denominator = leastCommonMultiple(this.#denominator, power);
    const decimals = coefficient * (denominator / power);
    return `${decimals + this.#numerator * (denominator / this.#denominator)}/${denominator}`;
  }

  #addNumber(number: ExactNumber): void {
    if (number.denominator === 1n) this.addDecimal(coefficientOf(number), number.exponent);
    else this.addFraction(coefficientOf(number), number.denominator);
  }
}

function scale(value: bigint, exponent: number): bigint {
  return value === 0n ? 0n : value * 10n ** BigInt(-exponent);
}

/** In most columns the fractions share few denominators, so that one divides the other. */
function leastCommonMultiple(left: bigint, right: bigint): bigint {
  if (left % right === 0n) return left;
  if (right % left === 0n) return right;
  return (left / greatestCommonDivisor(left, right)) * right;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [larger, smaller] = [left, right];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
