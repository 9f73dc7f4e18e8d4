import { holds } from '../general-machine.ts';
import { factorialMax } from '../limits.ts';
import { powersOfTen } from '../write-digits.ts';

/** The exponent of a Boolean, whose mantissa is 0 or 1. */
export const truthMark = 0x7fff_ffff;

/** Exponents within this are far from any limit of the decimal mode, and their sums from any of machine integers. */
export const exponentMax = 1_000;

/** Digits of the largest mantissa. */
const mantissaDigitsMax = 16;

const factorials = Float64Array.from({ length: 19 }, (_, n) => {
  let product = 1;
  for (let factor = 2; factor <= n; factor += 1) product *= factor;
  return product;
});

/** The largest mantissa: it is exact, and has no more digits than the precision. */
export function mantissaMaxOf(precision: number): number {
  return precision >= mantissaDigitsMax ? Number.MAX_SAFE_INTEGER : (powersOfTen[precision] as number) - 1;
}

/** With exponents up to this, a literal is below 10^precision. */
export function literalExponentMaxOf(precision: number): number {
  return Math.max(precision - mantissaDigitsMax, 0);
}

/**
 * A stack of decimals mantissa × 10^exponent in machine numbers. Every operation either stores its exact result, which
 * then has at most `precision` digits, and returns true, or leaves the stack as it was and returns false: when the
 * result does not fit, must be rounded, or is a fault. The general machine then takes over.
 *
 * Operations take the stack index of their first operand and store their result there.
 */
export class ScaledStack {
  mantissas = new Float64Array(256);
  exponents = new Int32Array(256);
  private readonly mantissaMax: number;
  private readonly literalExponentMax: number;
  /** The operands brought to a common exponent by `align`. */
  private left = 0;
  private right = 0;
  private common = 0;

  constructor(precision: number) {
    this.mantissaMax = mantissaMaxOf(precision);
    this.literalExponentMax = literalExponentMaxOf(precision);
  }

  ensureCapacity(values: number): void {
    if (this.mantissas.length >= values) return;
    this.mantissas = new Float64Array(values);
    this.exponents = new Int32Array(values);
  }

  set(at: number, mantissa: number, exponent: number): boolean {
    if (Math.abs(mantissa) > this.mantissaMax || Math.abs(exponent) > exponentMax) return false;
    this.mantissas[at] = mantissa;
    this.exponents[at] = exponent;
    return true;
  }

  /** Rejects literals of 10^precision or more: the general machine tells them from results of that size. */
  setLiteral(at: number, mantissa: number, exponent: number): boolean {
    return exponent <= this.literalExponentMax && this.set(at, mantissa, exponent);
  }

  setTruth(at: number, value: boolean): void {
    this.mantissas[at] = value ? 1 : 0;
    this.exponents[at] = truthMark;
  }

  isTrue(at: number): boolean {
    return this.mantissas[at] === 1;
  }

  /** Brings the values at both places to the smaller of their exponents. */
  private align(a: number, b: number): boolean {
    const leftExponent = this.exponents[a] as number;
    const rightExponent = this.exponents[b] as number;
    this.left = this.mantissas[a] as number;
    this.right = this.mantissas[b] as number;
    this.common = leftExponent;
    if (leftExponent === rightExponent) return true;
    const distance = leftExponent - rightExponent;
    if (distance > 15 || distance < -15) return false;
    if (distance > 0) {
      this.left *= powersOfTen[distance] as number;
      this.common = rightExponent;
      return Math.abs(this.left) <= Number.MAX_SAFE_INTEGER;
    }
    this.right *= powersOfTen[-distance] as number;
    return Math.abs(this.right) <= Number.MAX_SAFE_INTEGER;
  }

  add(at: number): boolean {
    return this.align(at, at + 1) && this.set(at, this.left + this.right, this.common);
  }

  subtract(at: number): boolean {
    return this.align(at, at + 1) && this.set(at, this.left - this.right, this.common);
  }

  multiply(at: number): boolean {
    return this.set(
      at,
      (this.mantissas[at] as number) * (this.mantissas[at + 1] as number),
      (this.exponents[at] as number) + (this.exponents[at + 1] as number),
    );
  }

  divide(at: number): boolean {
    return this.setQuotient(at, at + 1);
  }

  private setQuotient(at: number, divisorAt: number): boolean {
    const divisor = this.mantissas[divisorAt] as number;
    const exponent = (this.exponents[at] as number) - (this.exponents[divisorAt] as number);
    let dividend = this.mantissas[at] as number;
    if (divisor === 0) return false;
    // Quotients of everyday numbers end within a few digits or not at all; whether one ends within all the digits there are is not worth finding out here.
    for (let places = 0; places <= 6; places += 1) {
      const quotient = dividend / divisor;
      if (Math.floor(quotient) === quotient && quotient * divisor === dividend) {
        return this.set(at, quotient, exponent - places);
      }
      dividend *= 10;
      if (Math.abs(dividend) > Number.MAX_SAFE_INTEGER) return false;
    }
    return false;
  }

  remainder(at: number): boolean {
    return this.alignForRemainder(at) && this.set(at, this.left % this.right, this.common);
  }

  modulo(at: number): boolean {
    if (!this.alignForRemainder(at)) return false;
    const rest = this.left % this.right;
    return this.set(at, rest !== 0 && rest < 0 !== this.right < 0 ? rest + this.right : rest, this.common);
  }

  /** The whole quotient must have no more digits than the precision, or the remainder is a fault. */
  private alignForRemainder(at: number): boolean {
    return this.align(at, at + 1) && this.right !== 0 && Math.abs(this.left / this.right) <= this.mantissaMax;
  }

  divideWhole(at: number): boolean {
    if (!this.align(at, at + 1) || this.right === 0) return false;
    return this.set(at, (this.left - (this.left % this.right)) / this.right, 0);
  }

  power(at: number): boolean {
    const n = this.integer(at + 1);
    if (!(n >= 0 && n <= 64)) return false;
    const factor = this.mantissas[at] as number;
    if (n === 0) return factor !== 0 && this.set(at, 1, 0);
    let result = factor;
    for (let count = 1; count < n; count += 1) {
      result *= factor;
      if (Math.abs(result) > Number.MAX_SAFE_INTEGER) return false;
    }
    return this.set(at, result, (this.exponents[at] as number) * n);
  }

  factorial(at: number): boolean {
    const n = this.integer(at);
    const isTabled = n >= 0 && n < Math.min(factorials.length, factorialMax.decimal);
    return isTabled && this.set(at, factorials[n] as number, 0);
  }

  negate(at: number): boolean {
    this.mantissas[at] = -(this.mantissas[at] as number);
    return true;
  }

  absolute(at: number): boolean {
    this.mantissas[at] = Math.abs(this.mantissas[at] as number);
    return true;
  }

  sign(at: number): boolean {
    return this.set(at, Math.sign(this.mantissas[at] as number), 0);
  }

  /**
   * Rounds the value to an integer of 10^-places by one of the functions of Math, which is given a number below 1 with
   * the same sign and the same relation to the half as the fraction of the value, and the whole part.
   */
  roundBy(at: number, places: number, roundNumber: (fraction: number, whole: number) => number): boolean {
    const exponent = this.exponents[at] as number;
    const dropped = -exponent - places;
    if (dropped <= 0) return true;
    if (dropped > 15) return false;
    const mantissa = this.mantissas[at] as number;
    const unit = powersOfTen[dropped] as number;
    const rest = mantissa % unit;
    const whole = (mantissa - rest) / unit;
    // The rest as one of the quarters is enough to tell zero, below, at and above the half apart.
    const half = unit / 2;
    const size = Math.abs(rest);
    const quarter = size === 0 ? 0 : size < half ? 0.25 : size === half ? 0.5 : 0.75;
    return this.set(at, whole + roundNumber(rest < 0 ? -quarter : quarter, whole), -places);
  }

  sum(at: number, count: number): boolean {
    const mantissa = this.mantissas[at] as number;
    const exponent = this.exponents[at] as number;
    for (let index = at + 1; index < at + count; index += 1) {
      if (!this.align(at, index) || !this.set(at, this.left + this.right, this.common)) {
        this.mantissas[at] = mantissa;
        this.exponents[at] = exponent;
        return false;
      }
    }
    return true;
  }

  /** Stores the smallest (sign -1) or largest (sign 1) of the values. */
  extreme(at: number, count: number, sign: number): boolean {
    let best = at;
    for (let index = at + 1; index < at + count; index += 1) {
      if (!this.align(index, best)) return false;
      if ((this.left - this.right) * sign > 0) best = index;
    }
    this.copy(at, best);
    return true;
  }

  clamp(at: number): boolean {
    if (!this.align(at + 1, at + 2) || this.left > this.right) return false;
    if (!this.align(at, at + 1)) return false;
    if (this.left < this.right) {
      this.copy(at, at + 1);
      return true;
    }
    if (!this.align(at, at + 2)) return false;
    if (this.left > this.right) this.copy(at, at + 2);
    return true;
  }

  copy(to: number, from: number): void {
    this.mantissas[to] = this.mantissas[from] as number;
    this.exponents[to] = this.exponents[from] as number;
  }

  compare(at: number, instruction: number): boolean {
    if (!this.align(at, at + 1)) return false;
    this.setTruth(at, holds(instruction, this.left - this.right));
    return true;
  }

  /** Replaces the key by whether the number below it equals it. */
  matchKey(at: number): boolean {
    if (!this.align(at - 1, at)) return false;
    this.setTruth(at, this.left === this.right);
    return true;
  }

  /** The value as a machine number if it is an integer below 2^53, else NaN. */
  integer(at: number): number {
    const mantissa = this.mantissas[at] as number;
    const exponent = this.exponents[at] as number;
    if (exponent === 0) return mantissa;
    if (exponent > 15 || exponent < -15) return Number.NaN;
    if (exponent > 0) {
      const value = mantissa * (powersOfTen[exponent] as number);
      return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
    }
    const unit = powersOfTen[-exponent] as number;
    return mantissa % unit === 0 ? mantissa / unit : Number.NaN;
  }
}
