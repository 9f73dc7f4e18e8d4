import { Budget } from '../budget.ts';
import { type BigDecimal, add, createDecimal, modulo, one, roundToPlaces, wholeQuotient, zero } from './big-decimal.ts';
import { cosh, exp, expm1, sinh, tanh } from './decimal-exponential.ts';
import { acosh, asinh, atanh, ln, log1p, logarithm } from './decimal-logarithm.ts';
import { cbrt, hypot, nthRoot, power, sqrt, squareRootOf } from './decimal-power.ts';
import { clamp, maximum, mean, median, minimum, standardDeviation, sum, variance } from './decimal-statistics.ts';
import { acos, asin, atan, atan2, cos, deg, multipleOfPi, rad, sin, tan } from './decimal-trigonometry.ts';
import { roundDecimal, sign, wholeDecimalFunctions } from './decimal-whole.ts';
import { absolute } from './integer-size.ts';

type Values = readonly BigDecimal[];
type DecimalFunction = (values: Values, budget: Budget) => BigDecimal;
type OfOne = (x: BigDecimal, precision: number, budget: Budget) => BigDecimal;
type OfTwo = (x: BigDecimal, y: BigDecimal, precision: number, budget: Budget) => BigDecimal;

const two: BigDecimal = { coefficient: 2n, exponent: 0 };
const ten: BigDecimal = { coefficient: 10n, exponent: 0 };

const functionsOfOne: Readonly<Record<string, OfOne>> = {
  abs: (x, precision) => createDecimal(absolute(x.coefficient), x.exponent, precision),
  sign: (x) => sign(x),
  floor: (x, precision) => roundToPlaces(x, 0, 'floor', precision),
  ceil: (x, precision) => roundToPlaces(x, 0, 'ceil', precision),
  trunc: (x, precision) => roundToPlaces(x, 0, 'trunc', precision),
  sqrt,
  cbrt,
  exp,
  expm1,
  ln: (x, precision, budget) => ln(x, precision, budget),
  log2: (x, precision, budget) => logarithm(x, two, precision, budget, 'log2'),
  log10: (x, precision, budget) => logarithm(x, ten, precision, budget, 'log10'),
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  deg,
  rad,
};

const functionsOfTwo: Readonly<Record<string, OfTwo>> = {
  div: (x, y, precision) => createDecimal(wholeQuotient(x, y, precision), 0, precision),
  mod: modulo,
  nthroot: nthRoot,
  pow: power,
  atan2,
};

/** All functions of decimal mode that return a number, by name. */
export function createDecimalFunctions(precision: number): ReadonlyMap<string, DecimalFunction> {
  const functions = new Map<string, DecimalFunction>();
  for (const [name, compute] of Object.entries(functionsOfOne)) {
    functions.set(name, ([x = zero], budget) => compute(x, precision, budget));
  }
  for (const [name, compute] of Object.entries(functionsOfTwo)) {
    functions.set(name, ([x = zero, y = zero], budget) => compute(x, y, precision, budget));
  }
  functions.set('log', ([x = zero, base], budget) =>
    base === undefined ? ln(x, precision, budget, 'log') : logarithm(x, base, precision, budget),
  );
  functions.set('round', (values) => roundDecimal(values, 'half-away', precision));
  functions.set('round_even', (values) => roundDecimal(values, 'half-even', precision));
  functions.set('hypot', (values, budget) => hypot(values, precision, budget));
  functions.set('min', (values) => minimum(values, precision));
  functions.set('max', (values) => maximum(values, precision));
  functions.set('sum', (values, budget) => sum(values, precision, budget));
  functions.set('mean', (values, budget) => mean(values, precision, budget));
  functions.set('median', (values, budget) => median(values, precision, budget));
  functions.set('clamp', (values) => clamp(values, precision));
  functions.set('variance', (values, budget) => variance(values, precision, budget));
  functions.set('stddev', (values, budget) => standardDeviation(values, precision, budget));
  for (const [name, compute] of wholeDecimalFunctions(precision)) functions.set(name, compute);
  return functions;
}

/** The constants, by name; each is computed when first asked for, and kept. */
export function createDecimalConstants(precision: number): ReadonlyMap<string, () => BigDecimal> {
  // Not charged to the line that comes first: its cost must not depend on which lines came before.
  const own = new Budget();
  return new Map([
    ['pi', remembered(() => multipleOfPi(1n, 0, precision, own))],
    ['tau', remembered(() => multipleOfPi(2n, 0, precision, own))],
    ['e', remembered(() => exp(one, precision, own))],
    ['phi', remembered(() => goldenRatio(precision))],
  ]);
}

function remembered(make: () => BigDecimal): () => BigDecimal {
  let value: BigDecimal | undefined;
  return () => (value ??= make());
}

/** (1 + sqrt 5) / 2, with the root to more digits than are kept. */
function goldenRatio(precision: number): BigDecimal {
  const { coefficient, exponent } = squareRootOf(5n, 1n, 0, precision + 20);
  return add({ coefficient: 5n, exponent: -1 }, { coefficient: coefficient * 5n, exponent: exponent - 1 }, precision);
}
