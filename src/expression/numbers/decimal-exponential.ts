import type { Budget } from '../budget.ts';
import { type BigDecimal, adjustedExponent, negate, one, overflow, roundBeside, zero } from './big-decimal.ts';
import { type Approximation, correctlyRounded } from './correct-rounding.ts';
import { decimalToFixed, expFixed, ln10Fixed, log2Of10 } from './fixed-point.ts';
import { absolute, decimalDigits, powerOfTen } from './integer-size.ts';

/** 10^-negligible is a quarter of a unit in the last place of 1, or less. */
const negligible = (precision: number): number => -(precision + 1);
/** Where f(x) = x (1 + t), t must be below 10^-distinctDigits to decide nothing but a tie between two results. */
export function distinctDigits(x: BigDecimal, precision: number): number {
  return Math.max(decimalDigits(x.coefficient), precision);
}
/** Of f(x) = x (1 + c x² …) with |c| < 1/2: whether f(x) is x, but for the side of a tie. */
export function isNearlyLinear(x: BigDecimal, precision: number): boolean {
  return adjustedExponent(x) < -(Math.ceil(distinctDigits(x, precision) / 2) + 1);
}
/** Of f(x) = 1 + c x² … with |c| <= 1/2: whether it is 1 when rounded. */
export function isNearlyOne(x: BigDecimal, precision: number): boolean {
  return x.coefficient === 0n || adjustedExponent(x) < -(Math.ceil(precision / 2) + 1);
}
/** From 10^5 on, e^x is beyond the range of decimals, and so is e^-x. */
const hugeExponent = 5;
/** Extra bits for a multiple of ln 10 of up to 2^16. */
export const reductionBits = 20;

/** e^x for the fixed-point number x with `bits + reductionBits` bits, off by at most 4 units of 2^-bits; |x| <= 10^5. */
export function scaledExponential(x: bigint, bits: number): Approximation {
  // x = power × ln 10 + rest, so e^x = e^rest × 10^power.
  const ln10 = ln10Fixed(bits + reductionBits);
  const power = (2n * x + ln10) / (2n * ln10) - (2n * x + ln10 < 0n ? 1n : 0n);
  const mantissa = expFixed((x - power * ln10) >> BigInt(reductionBits), bits);
  return { mantissa, bits, exponent: Number(power), error: 80n };
}

function exponentialOf(x: BigDecimal, bits: number): Approximation {
  return scaledExponential(decimalToFixed(x.coefficient, x.exponent, bits + reductionBits), bits);
}

/** value / 10^digits; the division is spared if nothing would be left. */
function shiftedRight(value: bigint, digits: number, bits: number): bigint {
  return digits * log2Of10 > bits + 8 ? 0n : value / powerOfTen(digits);
}

function smallnessOf(x: BigDecimal): number {
  return -adjustedExponent(x) * log2Of10;
}

export function exp(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return one;
  const size = adjustedExponent(x);
  if (size < negligible(precision)) return one;
  if (size >= hugeExponent) return x.coefficient < 0n ? zero : overflow();
  return correctlyRounded(precision, budget, (bits) => exponentialOf(x, bits), { operands: [x] });
}

export function expm1(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  const size = adjustedExponent(x);
  if (size < negligible(distinctDigits(x, precision))) {
    return roundBeside(x, x.coefficient < 0n ? 'inward' : 'outward', precision);
  }
  if (size >= hugeExponent) return x.coefficient < 0n ? negate(one) : overflow();
  return correctlyRounded(precision, budget, (bits) => lessOne(exponentialOf(x, bits)), {
    operands: [x],
    smallness: smallnessOf(x),
  });
}

function lessOne({ mantissa, bits, exponent, error }: Approximation): Approximation {
  const unit = 1n << BigInt(bits);
  if (exponent <= 0) {
    return { mantissa: shiftedRight(mantissa, -exponent, bits) - unit, bits, exponent: 0, error: error + 1n };
  }
  return { mantissa: mantissa - shiftedRight(unit, exponent, bits), bits, exponent, error: error + 1n };
}

export function sinh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'outward', precision);
  return hyperbolic(x, -1n, precision, budget);
}

export function cosh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (isNearlyOne(x, precision)) return one;
  return hyperbolic(x, 1n, precision, budget);
}

/** (e^x + sign × e^-x) / 2. */
function hyperbolic(x: BigDecimal, sign: 1n | -1n, precision: number, budget: Budget): BigDecimal {
  if (adjustedExponent(x) >= hugeExponent) overflow();
  const size = { coefficient: absolute(x.coefficient), exponent: x.exponent };
  const positive = correctlyRounded(
    precision,
    budget,
    (bits) => {
      const { mantissa, exponent, error } = exponentialOf(size, bits);
      const inverse = (1n << BigInt(2 * bits)) / mantissa;
      const sum = mantissa + sign * shiftedRight(inverse, 2 * exponent, bits);
      // The inverse of a mantissa of at least 0.3 is off by at most 12 times as much.
      return { mantissa: sum, bits: bits + 1, exponent, error: 13n * error + 2n };
    },
    { operands: [x], smallness: sign === -1n ? smallnessOf(x) : 0 },
  );
  return sign === -1n && x.coefficient < 0n ? negate(positive) : positive;
}

export function tanh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'inward', precision);
  const negative = x.coefficient < 0n;
  if (adjustedExponent(x) >= hugeExponent - 1) return negative ? negate(one) : one;
  // (1 - e^-2|x|) / (1 + e^-2|x|)
  const doubled = { coefficient: -2n * absolute(x.coefficient), exponent: x.exponent };
  const positive = correctlyRounded(
    precision,
    budget,
    (bits) => {
      const { mantissa, exponent, error } = exponentialOf(doubled, bits);
      const unit = 1n << BigInt(bits);
      const power = shiftedRight(mantissa, -exponent, bits);
      const quotient = ((unit - power) << BigInt(bits)) / (unit + power);
      return { mantissa: quotient, bits, exponent: 0, error: 2n * error + 4n };
    },
    { operands: [x], smallness: smallnessOf(x) },
  );
  return negative ? negate(positive) : positive;
}
