/**
 * Numbers of twice the precision, as unevaluated sums high + low of two doubles with |low| <= half a unit in the last
 * place of high. Products follow Dekker (1971), sums Knuth's two-sum. The operations write into one result object, so
 * that they allocate nothing.
 */
export interface DoubleDouble {
  high: number;
  low: number;
}

const splitter = 134_217_729; // 2^27 + 1

/** The rounding error of the product a * b = `product`: exact while |a|, |b| < 2^996 and the product is no subnormal. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = a * splitter;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * splitter;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** result = a * b. `result` may be `a` or `b`. */
export function multiply(a: DoubleDouble, b: DoubleDouble, result: DoubleDouble): void {
  const product = a.high * b.high;
  const error = productError(a.high, b.high, product) + (a.high * b.low + a.low * b.high);
  result.high = product + error;
  result.low = error - (result.high - product);
}

/** result = a * factor. */
export function multiplyBy(a: DoubleDouble, factor: number, result: DoubleDouble): void {
  const product = a.high * factor;
  const error = productError(a.high, factor, product) + a.low * factor;
  result.high = product + error;
  result.low = error - (result.high - product);
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

/** result = 1 / a. */
export function invert(a: DoubleDouble, result: DoubleDouble): void {
  const quotient = 1 / a.high;
  const product = quotient * a.high;
  const rest = 1 - product - productError(quotient, a.high, product) - quotient * a.low;
  const correction = rest / a.high;
  result.high = quotient + correction;
  result.low = correction - (result.high - quotient);
}
