import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { type BigDecimal, adjustedExponent, compare, negate, one, roundBeside, zero } from './big-decimal.ts';
import { type Approximation, approximateQuotient, correctlyRounded } from './correct-rounding.ts';
import { distinctDigits, isNearlyLinear } from './decimal-exponential.ts';
import { decimalToFixed, ln10Fixed, lnFixed, log2Of10, workingBits } from './fixed-point.ts';
import { integerSquareRoot } from './integer-root.ts';
import { absolute, decimalDigits, powerOfTen } from './integer-size.ts';

/** Extra bits for a multiple of ln 10 of up to 2^20, which is more than the exponent of a literal. */
const reductionBits = 20;

/** ln(numerator / denominator × 10^exponent), of two positive numbers. */
export function scaledLogarithm(numerator: bigint, denominator: bigint, exponent: number, bits: number): Approximation {
  // The argument is m × 10^power with m from 0.32 to 3.2, so its logarithm is ln m + power × ln 10, and no digits cancel.
  const shift = BigInt(bits);
  const gap = decimalDigits(denominator) - decimalDigits(numerator);
  let power = exponent - gap;
  let m =
    gap >= 0
      ? ((numerator * powerOfTen(gap)) << shift) / denominator
      : (numerator << shift) / (denominator * powerOfTen(-gap));
  if (m * 10n > 32n << shift) {
    m /= 10n;
    power += 1;
  } else if (m * 100n < 32n << shift) {
    m *= 10n;
    power -= 1;
  }
  const multiple = power === 0 ? 0n : (BigInt(power) * ln10Fixed(bits + reductionBits)) >> BigInt(reductionBits);
  return { mantissa: lnFixed(m, bits) + multiple, bits, exponent: 0, error: 256n };
}

function logarithmOf(x: BigDecimal, bits: number): Approximation {
  return scaledLogarithm(x.coefficient, 1n, x.exponent, bits);
}

/** How many bits x - 1 lies below 1: as many are lost in ln x. */
export function nearnessToOne(x: BigDecimal): number {
  const size = adjustedExponent(x);
  if (size > 0 || size < -1) return 0;
  const difference = x.coefficient - powerOfTen(-x.exponent);
  return Math.max(-x.exponent - decimalDigits(difference) + 1, 0) * log2Of10;
}

function positive(x: BigDecimal, name: string): void {
  if (x.coefficient <= 0n) fault('DOMAIN', `${name} is defined for numbers above 0 only.`);
}

/** Whether x is 1, which may be held as 1 or as 10 × 10^-1. */
function isOne(x: BigDecimal): boolean {
  return compare(x, one) === 0;
}

export function ln(x: BigDecimal, precision: number, budget: Budget, name = 'ln'): BigDecimal {
  positive(x, name);
  if (isOne(x)) return zero;
  return correctlyRounded(precision, budget, (bits) => logarithmOf(x, bits), {
    operands: [x],
    smallness: nearnessToOne(x),
  });
}

export function logarithm(
  x: BigDecimal,
  base: BigDecimal,
  precision: number,
  budget: Budget,
  name = 'log',
): BigDecimal {
  positive(x, name);
  if (base.coefficient <= 0n) fault('DOMAIN', 'The base of a logarithm must be above 0.');
  if (isOne(base)) fault('DOMAIN', 'The base of a logarithm must not be 1.');
  if (isOne(x)) return zero;
  const extraBits = nearnessToOne(base);
  return correctlyRounded(
    precision,
    budget,
    (bits) => approximateQuotient(logarithmOf(x, bits), logarithmOf(base, workingBits(bits + extraBits))),
    { operands: [x, base], smallness: nearnessToOne(x), work: 2 },
  );
}

/** With larger exponents, the logarithms of 1 + x and x² + 1 are those of x and x², in all requested digits. */
const dominantExponent = 400;

export function log1p(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  const size = adjustedExponent(x);
  if (size < -(distinctDigits(x, precision) + 1)) {
    return roundBeside(x, x.coefficient < 0n ? 'outward' : 'inward', precision);
  }
  if (x.exponent > dominantExponent) return ln(x, precision, budget, 'log1p');
  const unit = powerOfTen(Math.max(-x.exponent, 0));
  const sum = x.coefficient * powerOfTen(Math.max(x.exponent, 0)) + unit;
  if (sum <= 0n) fault('DOMAIN', 'log1p is defined for numbers above -1 only.');
  return correctlyRounded(precision, budget, (bits) => scaledLogarithm(sum, unit, 0, bits), {
    operands: [x],
    smallness: -size * log2Of10,
  });
}

/** A logarithm, and before it a root and a quotient of numbers twice as long. */
const inverseHyperbolicWork = 2;

export function asinh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'inward', precision);
  const size = { coefficient: absolute(x.coefficient), exponent: x.exponent };
  const result = correctlyRounded(precision, budget, (bits) => inverseHyperbolic(size, 1n, bits), {
    operands: [x],
    smallness: -adjustedExponent(x) * log2Of10,
    work: inverseHyperbolicWork,
  });
  return x.coefficient < 0n ? negate(result) : result;
}

export function acosh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  const order = compare(x, one);
  if (order < 0) fault('DOMAIN', 'acosh is defined for numbers of at least 1 only.');
  if (order === 0) return zero;
  return correctlyRounded(precision, budget, (bits) => inverseHyperbolic(x, -1n, bits), {
    operands: [x],
    smallness: nearnessToOne(x) / 2,
    work: inverseHyperbolicWork,
  });
}

/** ln(x + sqrt(x² + sign)) for x > 0. */
function inverseHyperbolic({ coefficient, exponent }: BigDecimal, sign: 1n | -1n, bits: number): Approximation {
  if (exponent > dominantExponent) return scaledLogarithm(2n * coefficient, 1n, exponent, bits);
  const unit = powerOfTen(Math.max(-exponent, 0));
  const scaled = coefficient * powerOfTen(Math.max(exponent, 0));
  const root = integerSquareRoot(((scaled * scaled + sign * unit * unit) << BigInt(2 * bits)) / (unit * unit));
  const sum = decimalToFixed(coefficient, exponent, bits) + root;
  return { ...scaledLogarithm(sum, 1n << BigInt(bits), 0, bits), error: 266n };
}

export function atanh(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  const size = { coefficient: absolute(x.coefficient), exponent: x.exponent };
  if (compare(size, one) >= 0) fault('DOMAIN', 'atanh is defined between -1 and 1 only.');
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'outward', precision);
  // ln((1 + x) / (1 - x)) / 2
  const unit = powerOfTen(-x.exponent);
  return correctlyRounded(
    precision,
    budget,
    (bits) => ({ ...scaledLogarithm(unit + x.coefficient, unit - x.coefficient, 0, bits), bits: bits + 1 }),
    { operands: [x], smallness: -adjustedExponent(x) * log2Of10 },
  );
}
