import { decimalDigits, powerOfTen } from './integer-size.ts';

/**
 * Elementary functions on fixed-point numbers: the bigint v stands for v / 2^bits. Everything is truncated now and then,
 * so each result is off by a few units of its last place; every function states how many at most, for an exact argument.
 *
 * `bits` has only few values (see `workingBits`), so that only few tables are ever made. Tables and constants depend on
 * `bits` alone and are kept for the life of the process: pure values that cost more to make than to hold (some megabytes
 * at the very most, over all sizes that the functions of decimal ask for).
 */
export function workingBits(needed: number): number {
  // Sizes above are only for literals that are longer than any precision, and four of them between 2^n and 2^(n + 1) will do.
  const step = needed <= finelyGradedBits ? 32 : 2 ** (Math.ceil(Math.log2(needed)) - 3);
  return Math.ceil(needed / step) * step;
}

const finelyGradedBits = 1_024;

/** Remembers the values of a function of one integer. */
function remembered<V>(make: (bits: number) => V): (bits: number) => V {
  const values = new Map<number, V>();
  return (bits) => {
    let value = values.get(bits);
    if (value === undefined) {
      value = make(bits);
      values.set(bits, value);
    }
    return value;
  };
}

/** Bits that a constant is computed with beyond those that are kept, so that only the last truncation counts. */
const guardBits = 32;

/** pi, off by less than 1 unit. By Machin: pi = 16 atan(1/5) - 4 atan(1/239). */
export const piFixed = remembered((bits) => {
  const unit = 1n << BigInt(bits + guardBits);
  return (16n * inverseSeries(unit, 5n, -1n) - 4n * inverseSeries(unit, 239n, -1n)) >> BigInt(guardBits);
});

/** ln 10, off by less than 1 unit: 46 atanh(1/31) + 34 atanh(1/49) + 20 atanh(1/161). */
export const ln10Fixed = remembered((bits) => {
  const unit = 1n << BigInt(bits + guardBits);
  const sum =
    46n * inverseSeries(unit, 31n, 1n) + 34n * inverseSeries(unit, 49n, 1n) + 20n * inverseSeries(unit, 161n, 1n);
  return sum >> BigInt(guardBits);
});

/** ln 2, off by less than 1 unit: 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749). */
export const ln2Fixed = remembered((bits) => {
  const unit = 1n << BigInt(bits + guardBits);
  const sum =
    18n * inverseSeries(unit, 26n, 1n) - 2n * inverseSeries(unit, 4801n, 1n) + 8n * inverseSeries(unit, 8749n, 1n);
  return sum >> BigInt(guardBits);
});

/** unit × (1/n + sign/(3 n³) + 1/(5 n⁵) …): the atanh of 1/n, or its atan with alternating signs. */
function inverseSeries(unit: bigint, n: bigint, sign: 1n | -1n): bigint {
  const square = n * n * sign;
  let power = unit / n;
  let sum = power;
  for (let divisor = 3n; power !== 0n; divisor += 2n) {
    power /= square;
    sum += power / divisor;
  }
  return sum;
}

/** 1/k! for k = 0, 1, 2 …, until nothing is left of x^k / k! for |x| < 2^-6. */
const inverseFactorials = remembered((bits) => {
  const values: bigint[] = [];
  let value = 1n << BigInt(bits + guardBits);
  for (let k = 1n; value >> BigInt(guardBits + 6 * values.length) !== 0n; k += 1n) {
    values.push(value >> BigInt(guardBits));
    value /= k;
  }
  return values;
});

/** x^first/first! ± x^(first + step)/(first + step)! …, divided by x^first, where `argument` is ±x^step and |x| <= 1/64. Off by less than 3 units. */
function taylorSum(
  factorials: readonly bigint[],
  argument: bigint,
  first: number,
  step: number,
  shift: bigint,
): bigint {
  let sum = 0n;
  const last = first + Math.floor((factorials.length - 1 - first) / step) * step;
  for (let k = last; k >= first; k -= step) sum = (factorials[k] ?? 0n) + ((sum * argument) >> shift);
  return sum;
}

/** A table of f(index / steps) by index; entries are made when first asked for. */
function lazyTable(make: (index: number) => bigint): (index: number) => bigint {
  return remembered(make);
}

const expSteps = 64n;
const expTables = remembered((bits) =>
  lazyTable((index) => {
    // e^(index/64), by the plain series.
    const shifted = BigInt(bits + guardBits);
    let term = 1n << shifted;
    let sum = term;
    for (let k = 1n; term !== 0n; k += 1n) {
      term = (term * BigInt(index)) / (k * expSteps);
      sum += term;
    }
    return sum >> BigInt(guardBits);
  }),
);

/** e^x for |x| <= 2.5. Off by less than 60 units. */
export function expFixed(x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const index = Number((x >> (shift - 7n)) + 1n) >> 1;
  const rest = x - (BigInt(index) << (shift - 6n));
  const factor = taylorSum(inverseFactorials(bits), rest, 0, 1, shift);
  return (expTables(bits)(index) * factor) >> shift;
}

/** The bits of a double's logarithm or arc that are taken as a starting point. */
const startBits = 50;

/** The double nearest to v / 2^bits, for values around 1. */
function toDouble(v: bigint, bits: number): number {
  return Number(v >> BigInt(bits - 62)) / 2 ** 62;
}

/** ln m in doubles for 0.3 <= m <= 3.4, to about 50 bits, by 2 atanh((m - 1) / (m + 1)). Math.log may differ between JavaScript engines. */
function logarithmStart(m: number): number {
  // From 0.3 to 3.4, two square roots leave |x| < 0.16.
  const root = Math.sqrt(Math.sqrt(m));
  return 8 * oddSum((root - 1) / (root + 1), 1);
}

/** atan v in doubles for 0 <= v <= 1, to about 50 bits, by halving the angle twice. */
function arcTangentStart(v: number): number {
  const half = v / (1 + Math.sqrt(1 + v * v));
  return 4 * oddSum(half / (1 + Math.sqrt(1 + half * half)), -1);
}

/** x + sign x³/3 + x⁵/5 … in doubles, for |x| < 0.2. */
function oddSum(x: number, sign: 1 | -1): number {
  const square = sign * x * x;
  let sum = 0;
  for (let divisor = 23; divisor >= 1; divisor -= 2) sum = sum * square + 1 / divisor;
  return x * sum;
}

function fromStart(start: number, bits: number): bigint {
  return BigInt(Math.round(start * 2 ** startBits)) << BigInt(bits - startBits);
}

/**
 * ln m for 0.3 <= m <= 3.4. Off by less than 200 units. With y from a logarithm in doubles and E = e^y,
 * ln m = y + 2 atanh((m - E) / (m + E)), where the quotient is about 2^-50, so that two or three terms are enough.
 */
export function lnFixed(m: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const start = fromStart(logarithmStart(toDouble(m, bits)), bits);
  const exponential = expFixed(start, bits);
  const quotient = ((m - exponential) << shift) / (m + exponential);
  return start + 2n * oddSeries(quotient, shift, 1n);
}

/** x + sign x³/3 + x⁵/5 …, for |x| <= 2^-40. */
function oddSeries(x: bigint, shift: bigint, sign: 1n | -1n): bigint {
  const square = (x * x * sign) >> shift;
  let power = x;
  let sum = x;
  for (let divisor = 3n; ; divisor += 2n) {
    power = (power * square) >> shift;
    if (power === 0n || power === -1n) return sum;
    sum += power / divisor;
  }
}

export interface SineAndCosine {
  readonly sine: bigint;
  readonly cosine: bigint;
}

const arcSteps = 32n;
const sineTables = remembered((bits) => lazyTable((index) => tabledArc(bits, index, 1n)));
const cosineTables = remembered((bits) => lazyTable((index) => tabledArc(bits, index, 0n)));

/** The sine (first = 1) or cosine (first = 0) of index / 32, by the plain series. */
function tabledArc(bits: number, index: number, first: 0n | 1n): bigint {
  const unit = 1n << BigInt(bits + guardBits);
  const square = BigInt(index) ** 2n;
  let term = first === 0n ? unit : (unit * BigInt(index)) / arcSteps;
  let sum = term;
  for (let k = first + 2n; term !== 0n; k += 2n) {
    term = -(term * square) / (k * (k - 1n) * arcSteps * arcSteps);
    sum += term;
  }
  return sum >> BigInt(guardBits);
}

/** Sine and cosine of 0 <= x <= 1. Each off by less than 20 units. */
export function sineAndCosineFixed(x: bigint, bits: number): SineAndCosine {
  const shift = BigInt(bits);
  const index = Number((x >> (shift - 6n)) + 1n) >> 1;
  const rest = x - (BigInt(index) << (shift - 5n));
  const square = -((rest * rest) >> shift);
  const factorials = inverseFactorials(bits);
  const smallCosine = taylorSum(factorials, square, 0, 2, shift);
  const smallSine = (rest * taylorSum(factorials, square, 1, 2, shift)) >> shift;
  const sine = sineTables(bits)(index);
  const cosine = cosineTables(bits)(index);
  return {
    sine: (sine * smallCosine + cosine * smallSine) >> shift,
    cosine: (cosine * smallCosine - sine * smallSine) >> shift,
  };
}

/**
 * The arc tangent of 0 <= v <= 1. Off by less than 100 units. With y from an arc tangent in doubles,
 * atan v = y + atan((v cos y - sin y) / (cos y + v sin y)), where the quotient is about 2^-50.
 */
export function arcTangentFixed(v: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const start = fromStart(arcTangentStart(toDouble(v, bits)), bits);
  const { sine, cosine } = sineAndCosineFixed(start, bits);
  const quotient = (v * cosine - (sine << shift)) / (cosine + ((v * sine) >> shift));
  return start + oddSeries(quotient, shift, -1n);
}

/** coefficient × 10^exponent as a fixed-point number, off by less than 1 unit. */
export function decimalToFixed(coefficient: bigint, exponent: number, bits: number): bigint {
  const shift = BigInt(bits);
  if (exponent >= 0) return (coefficient * powerOfTen(exponent)) << shift;
  // Less than one unit: not worth a power of ten with thousands of digits.
  if ((decimalDigits(coefficient) + exponent) * log2Of10 < -bits) return 0n;
  return (coefficient << shift) / powerOfTen(-exponent);
}

/** Bits a decimal digit. */
export const log2Of10 = Math.log2(10);
