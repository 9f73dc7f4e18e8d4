import { Decimal } from 'decimal.js';

/** The functions of float64 by decimal.js, at far more digits than a double has: somebody else's code and another base. */

/** Some 20 digits cancel next to a multiple of pi and next to 1, and 45 of those left decide the hardest rounding known. */
const Precise = Decimal.clone({ precision: 80, maxE: 9e15, minE: -9e15 });

type Args = readonly Decimal[];

const one = new Precise(1);
const pi = Precise.acos(-1);

/** The decimal that is exactly x: as many digits as it takes. */
export function exactDecimal(x: number): Decimal {
  let mantissa = x;
  let exponent = 0;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent -= 1;
  }
  const digits = BigInt(mantissa) * 5n ** BigInt(-exponent);
  return new Precise(`${digits}e${exponent}`);
}

function mean(values: Args): Decimal {
  return Precise.sum(...values).div(values.length);
}

function variance(values: Args): Decimal {
  const center = mean(values);
  return Precise.sum(...values.map((value) => value.sub(center).pow(2))).div(values.length - 1);
}

function middle(values: Args): Decimal {
  const sorted = [...values].sort((a, b) => a.cmp(b));
  const half = sorted.length >> 1;
  return mean(sorted.slice(sorted.length % 2 === 1 ? half : half - 1, half + 1));
}

function at(values: Args, index: number): Decimal {
  return values[index] ?? one;
}

function root(x: Decimal, n: Decimal): Decimal {
  const size = x.abs().pow(one.div(n));
  return x.isNegative() ? size.neg() : size;
}

function unary(compute: (x: Decimal) => Decimal): (values: Args) => Decimal {
  return (values) => compute(at(values, 0));
}

const functions: Readonly<Record<string, (values: Args) => Decimal>> = {
  exp: unary((x) => x.exp()),
  expm1: unary((x) => x.exp().sub(1)),
  sinh: unary((x) => x.sinh()),
  cosh: unary((x) => x.cosh()),
  tanh: unary((x) => x.tanh()),
  ln: unary((x) => x.ln()),
  log1p: unary((x) => x.add(1).ln()),
  log2: unary((x) => x.ln().div(new Precise(2).ln())),
  log10: unary((x) => x.ln().div(new Precise(10).ln())),
  asinh: unary((x) => x.asinh()),
  acosh: unary((x) => x.acosh()),
  atanh: unary((x) => x.atanh()),
  sin: unary((x) => x.sin()),
  cos: unary((x) => x.cos()),
  tan: unary((x) => x.tan()),
  asin: unary((x) => x.asin()),
  acos: unary((x) => x.acos()),
  atan: unary((x) => x.atan()),
  cbrt: unary((x) => x.cbrt()),
  deg: unary((x) => x.mul(180).div(pi)),
  rad: unary((x) => x.mul(pi).div(180)),
  log: (values) => at(values, 0).ln().div(at(values, 1).ln()),
  pow: (values) => at(values, 0).pow(at(values, 1)),
  nthroot: (values) => root(at(values, 0), at(values, 1)),
  atan2: (values) => Precise.atan2(at(values, 0), at(values, 1)),
  hypot: (values) => Precise.sum(...values.map((value) => value.mul(value))).sqrt(),
  sum: (values) => Precise.sum(...values),
  mean,
  median: middle,
  variance,
  stddev: (values) => variance(values).sqrt(),
};

export const oracleNames: readonly string[] = Object.keys(functions);

/** The exact result of the function for these doubles, rounded once. */
export function roundedByOracle(name: string, values: readonly number[]): number {
  const compute = functions[name];
  if (compute === undefined) throw new Error(`The oracle does not know ${name}.`);
  return Number(compute(values.map(exactDecimal)).toString());
}
