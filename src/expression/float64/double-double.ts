/**
 * Numbers of twice the precision, as unevaluated sums high + low of two doubles with |low| <= a unit in the last place of
 * high. Products follow Dekker (1971), sums Knuth's two-sum. The operations write into one result object, which may be an
 * argument, so that they allocate nothing.
 *
 * Each operation is off by less than 2^-100 of its result (of |a| + |b| for a sum), while the sizes of all arguments and
 * results lie between 2^-400 and 2^900. Joldes, Muller and Popescu (2017) prove bounds from 2^-104 to 2^-102.
 */
export interface DoubleDouble {
  high: number;
  low: number;
}

export function createDoubleDouble(): DoubleDouble {
  return { high: 0.5, low: 0.5 };
}

const splitter = 134_217_729; // 2^27 + 1

/** The rounding error of the product a × b = `product`: exact while |a|, |b| < 2^996 and the product is no subnormal. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = a * splitter;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * splitter;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The rounding error of the sum a + b = `sum`: exact. */
export function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** result = high + low, for any two doubles. */
export function normalize(high: number, low: number, result: DoubleDouble): void {
  const sum = high + low;
  result.low = sumError(high, low, sum);
  result.high = sum;
}

/** result = a + b. */
export function add(a: DoubleDouble, b: DoubleDouble, result: DoubleDouble): void {
  const sum = a.high + b.high;
  const error = sumError(a.high, b.high, sum) + (a.low + b.low);
  normalize(sum, error, result);
}

/** result = a + b for a double b. */
export function addDouble(a: DoubleDouble, b: number, result: DoubleDouble): void {
  const sum = a.high + b;
  const error = sumError(a.high, b, sum) + a.low;
  normalize(sum, error, result);
}

/** result = a - b. */
export function subtract(a: DoubleDouble, b: DoubleDouble, result: DoubleDouble): void {
  const sum = a.high - b.high;
  const error = sumError(a.high, -b.high, sum) + (a.low - b.low);
  normalize(sum, error, result);
}

/** result = a × b. */
export function multiply(a: DoubleDouble, b: DoubleDouble, result: DoubleDouble): void {
  const product = a.high * b.high;
  const error = productError(a.high, b.high, product) + (a.high * b.low + a.low * b.high);
  result.high = product + error;
  result.low = error - (result.high - product);
}

/** result = a × factor. */
export function multiplyBy(a: DoubleDouble, factor: number, result: DoubleDouble): void {
  const product = a.high * factor;
  const error = productError(a.high, factor, product) + a.low * factor;
  result.high = product + error;
  result.low = error - (result.high - product);
}

/** result = a / b. */
export function divide(a: DoubleDouble, b: DoubleDouble, result: DoubleDouble): void {
  const quotient = a.high / b.high;
  const product = quotient * b.high;
  const rest = a.high - product - productError(quotient, b.high, product) + (a.low - quotient * b.low);
  const correction = rest / b.high;
  result.high = quotient + correction;
  result.low = correction - (result.high - quotient);
}

/** result = a / divisor. */
export function divideBy(a: DoubleDouble, divisor: number, result: DoubleDouble): void {
  const quotient = a.high / divisor;
  const product = quotient * divisor;
  const rest = a.high - product - productError(quotient, divisor, product) + a.low;
  const correction = rest / divisor;
  result.high = quotient + correction;
  result.low = correction - (result.high - quotient);
}

/** result = the square root of a >= 0. */
export function squareRoot(a: DoubleDouble, result: DoubleDouble): void {
  const root = Math.sqrt(a.high);
  const square = root * root;
  const rest = a.high - square - productError(root, root, square) + a.low;
  const correction = root === 0 ? 0 : rest / (2 * root);
  result.high = root + correction;
  result.low = correction - (result.high - root);
}
