import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { type BigDecimal, adjustedExponent, compare, divideIntegers, negate, one, zero } from './big-decimal.ts';
import { type Approximation, approximateQuotient, correctlyRounded } from './correct-rounding.ts';
import { smallArgument } from './decimal-exponential.ts';
import { arcTangentFixed, decimalToFixed, log2Of10, piFixed, sineAndCosineFixed, workingBits } from './fixed-point.ts';
import { integerSquareRoot } from './integer-root.ts';
import { absolute, powerOfTen } from './integer-size.ts';

/** Beyond, sine and cosine would need ever more digits of pi, for angles that nobody means. */
const angleMax: BigDecimal = { coefficient: 1n, exponent: 100 };

function sizeOf(x: BigDecimal): BigDecimal {
  return x.coefficient < 0n ? { coefficient: -x.coefficient, exponent: x.exponent } : x;
}

function withSignOf(x: BigDecimal, result: BigDecimal): BigDecimal {
  return x.coefficient < 0n ? negate(result) : result;
}

function checkAngle(x: BigDecimal, name: string): void {
  if (compare(sizeOf(x), angleMax) > 0) fault('RANGE', `${name} takes angles up to 1e100 in size.`);
}

interface Angle {
  readonly sine: Approximation;
  readonly cosine: Approximation;
}

/** Sine and cosine of x, each off by less than 32 units. */
function sineAndCosine(x: BigDecimal, bits: number): Angle {
  // x = quarter × pi/2 + rest, |rest| <= pi/4; pi is taken with as many more bits as the quotient has.
  const wide = workingBits(bits + Math.max(adjustedExponent(x) + 1, 0) * log2Of10 + 8);
  const size = decimalToFixed(absolute(x.coefficient), x.exponent, wide);
  const halfPi = piFixed(wide) >> 1n;
  const quarter = (2n * size + halfPi) / (2n * halfPi);
  const rest = size - quarter * halfPi;
  const { sine, cosine } = sineAndCosineFixed(absolute(rest) >> BigInt(wide - bits), bits);
  const of = (mantissa: bigint): Approximation => ({ mantissa, bits, exponent: 0, error: 32n });
  const signed = rest < 0n ? -sine : sine;
  const sign = x.coefficient < 0n ? -1n : 1n;
  switch (Number(quarter & 3n)) {
    case 0:
      return { sine: of(sign * signed), cosine: of(cosine) };
    case 1:
      return { sine: of(sign * cosine), cosine: of(-signed) };
    case 2:
      return { sine: of(-sign * signed), cosine: of(-cosine) };
    default:
      return { sine: of(-sign * cosine), cosine: of(signed) };
  }
}

export function sin(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'sin');
  if (x.coefficient === 0n || adjustedExponent(x) < smallArgument(precision)) return x;
  return correctlyRounded(precision, budget, (bits) => sineAndCosine(x, bits).sine, smallnessOf(x));
}

export function cos(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'cos');
  if (x.coefficient === 0n || adjustedExponent(x) < smallArgument(precision)) return one;
  return correctlyRounded(precision, budget, (bits) => sineAndCosine(x, bits).cosine);
}

export function tan(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'tan');
  if (x.coefficient === 0n || adjustedExponent(x) < smallArgument(precision)) return x;
  const tangent = (bits: number): Approximation => {
    const { sine, cosine } = sineAndCosine(x, bits);
    return approximateQuotient(sine, cosine);
  };
  return correctlyRounded(precision, budget, tangent, smallnessOf(x));
}

function smallnessOf(x: BigDecimal): number {
  return -adjustedExponent(x) * log2Of10;
}

/** The angle of the point (x, y), both at least 0 and not both 0, fixed-point numbers that are off by at most 1 unit. */
function arcOf(y: bigint, x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  return y <= x
    ? arcTangentFixed((y << shift) / x, bits)
    : (piFixed(bits) >> 1n) - arcTangentFixed((x << shift) / y, bits);
}

/** Where sine or cosine is given, at a point on the unit circle, the arc is off by at most: */
const arcError = 128n;

/** sqrt(1 - x²) for |x| <= 1, off by less than 1 unit. */
function complement(x: BigDecimal, bits: number): bigint {
  if (x.exponent >= 0) return x.coefficient === 0n ? 1n << BigInt(bits) : 0n;
  const unit = powerOfTen(-2 * x.exponent);
  return integerSquareRoot(((unit - x.coefficient * x.coefficient) << BigInt(2 * bits)) / unit);
}

function checkSine(x: BigDecimal, name: string): void {
  if (compare(sizeOf(x), one) > 0) fault('DOMAIN', `${name} is defined from -1 to 1 only.`);
}

export function asin(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkSine(x, 'asin');
  if (x.coefficient === 0n || adjustedExponent(x) < smallArgument(precision)) return x;
  const arc = (bits: number): Approximation => {
    const sine = decimalToFixed(absolute(x.coefficient), x.exponent, bits);
    return { mantissa: arcOf(sine, complement(x, bits), bits), bits, exponent: 0, error: arcError };
  };
  return withSignOf(x, correctlyRounded(precision, budget, arc, smallnessOf(x)));
}

export function acos(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkSine(x, 'acos');
  if (compare(x, one) === 0) return zero;
  // Too small to matter beside pi / 2, even if this rounding is undecided at twice the precision.
  const cosine = x.coefficient !== 0n && adjustedExponent(x) < -3 * (precision + 40) ? zero : x;
  return correctlyRounded(precision, budget, (bits) => {
    const size = decimalToFixed(absolute(cosine.coefficient), cosine.exponent, bits);
    const arc = arcOf(complement(cosine, bits), size, bits);
    return { mantissa: cosine.coefficient < 0n ? piFixed(bits) - arc : arc, bits, exponent: 0, error: arcError };
  });
}

export function atan(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n || adjustedExponent(x) < smallArgument(precision)) return x;
  return withSignOf(x, arcOfQuotient(sizeOf(x), one, false, precision, budget));
}

/** The angle of the point (x, y), from -pi to pi; 0 for the origin, as in IEEE 754. */
export function atan2(y: BigDecimal, x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  const behind = x.coefficient < 0n;
  if (y.coefficient === 0n) return behind ? multipleOfPi(1n, 0, precision, budget) : zero;
  if (x.coefficient === 0n) return withSignOf(y, multipleOfPi(1n, 1, precision, budget));
  return withSignOf(y, arcOfQuotient(sizeOf(y), sizeOf(x), behind, precision, budget));
}

/** atan(y / x), or pi - atan(y / x) if `behind`, for x and y above 0. */
function arcOfQuotient(y: BigDecimal, x: BigDecimal, behind: boolean, precision: number, budget: Budget): BigDecimal {
  const size = adjustedExponent(y) - adjustedExponent(x);
  const top = { coefficient: y.coefficient, exponent: y.exponent - x.exponent };
  if (!behind && size < smallArgument(precision) - 1) {
    // The quotient, less a trifle that only breaks a tie.
    const places = 3 * precision;
    const numerator = top.coefficient * powerOfTen(places) - 1n;
    return divideIntegers(numerator, x.coefficient, top.exponent - places, precision);
  }
  // Where one is so much larger, the other does not matter even if the rounding is undecided at twice the precision.
  const dominance = 3 * (precision + 40);
  const arc = (bits: number): Approximation => {
    const shift = BigInt(bits);
    const above = top.coefficient * powerOfTen(Math.max(Math.min(top.exponent, dominance * 2), 0));
    const below = x.coefficient * powerOfTen(Math.max(Math.min(-top.exponent, dominance * 2), 0));
    const halfPi = piFixed(bits) >> 1n;
    const first =
      above <= below
        ? arcTangentFixed((above << shift) / below, bits)
        : halfPi - arcTangentFixed((below << shift) / above, bits);
    return { mantissa: behind ? piFixed(bits) - first : first, bits, exponent: 0, error: arcError };
  };
  return correctlyRounded(precision, budget, arc, behind ? 0 : -size * log2Of10);
}

/** pi × factor / 2^halvings. */
export function multipleOfPi(factor: bigint, halvings: number, precision: number, budget: Budget): BigDecimal {
  return correctlyRounded(precision, budget, (bits) => ({
    mantissa: factor * piFixed(bits),
    bits: bits + halvings,
    exponent: 0,
    error: factor + 1n,
  }));
}

/** Radians to degrees. */
export function deg(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  return correctlyRounded(precision, budget, (bits) => {
    const mantissa = ((x.coefficient * 180n) << BigInt(2 * bits)) / piFixed(bits);
    // A relative error of 2^-bits / pi, and the truncation.
    return { mantissa, bits, exponent: x.exponent, error: (absolute(mantissa) >> BigInt(bits)) + 2n };
  });
}

/** Degrees to radians. */
export function rad(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  return correctlyRounded(
    precision,
    budget,
    (bits) => {
      const mantissa = (x.coefficient * piFixed(bits)) / 180n;
      return { mantissa, bits, exponent: x.exponent, error: absolute(x.coefficient) / 180n + 2n };
    },
    8,
  );
}
