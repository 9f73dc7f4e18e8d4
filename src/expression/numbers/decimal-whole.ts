import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { decimalExponentMax, factorialMax } from '../limits.ts';
import {
  type BigDecimal,
  compare,
  createDecimal,
  isInteger,
  negate,
  overflow,
  roundToPlaces,
  signOf,
  zero,
} from './big-decimal.ts';
import { roundingCost } from './costs.ts';
import { log2Of10 } from './fixed-point.ts';
import { bitLength, powerOfTen } from './integer-size.ts';
import {
  type WholeLimits,
  chooseOrdered,
  chooseUnordered,
  commonDivisor,
  commonMultiple,
  factorialOf,
  primeTest,
  shiftLeft,
  shiftRight,
} from './whole-functions.ts';

/** A result of so many bits is beyond the range of exponents. */
const resultBitsMax = Math.ceil((decimalExponentMax + 1) * log2Of10);

const limits: WholeLimits = { bitsMax: resultBitsMax, factorialMax: factorialMax.decimal, refuse: overflow };

type Values = readonly BigDecimal[];

/** x as a whole number. Those beyond the precision are refused: they are multiples of a power of ten, by rounding. */
function toWhole(x: BigDecimal, name: string, precision: number): bigint {
  if (!isInteger(x)) fault('DOMAIN', `${name} takes whole numbers only.`);
  if (
    compare(
      { ...x, coefficient: x.coefficient < 0n ? -x.coefficient : x.coefficient },
      { coefficient: 1n, exponent: precision },
    ) >= 0
  ) {
    fault(
      'RANGE',
      `${name} takes whole numbers of up to ${precision} digits at this precision; the mode bigint takes longer ones.`,
    );
  }
  return x.exponent >= 0 ? x.coefficient * powerOfTen(x.exponent) : x.coefficient / powerOfTen(-x.exponent);
}

function fromWhole(value: bigint, precision: number, budget: Budget): BigDecimal {
  budget.charge(roundingCost(bitLength(value)));
  return createDecimal(value, 0, precision);
}

function wholeFunction(
  name: string,
  precision: number,
  compute: (values: readonly bigint[], budget: Budget) => bigint,
): [string, (values: Values, budget: Budget) => BigDecimal] {
  return [
    name,
    (values, budget) => {
      const whole = values.map((value) => toWhole(value, name, precision));
      return fromWhole(compute(whole, budget), precision, budget);
    },
  ];
}

export function decimalFactorial(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  return fromWhole(factorialOf(toWhole(x, 'factorial', precision), limits, budget), precision, budget);
}

/** The functions of whole numbers, by name. */
export function wholeDecimalFunctions(
  precision: number,
): (readonly [string, (values: Values, budget: Budget) => BigDecimal])[] {
  const whole = (name: string, compute: (values: readonly bigint[], budget: Budget) => bigint) =>
    wholeFunction(name, precision, compute);
  return [
    whole('gcd', (values, budget) => commonDivisor(values, budget)),
    whole('lcm', (values, budget) => commonMultiple(values, limits, budget)),
    whole('factorial', ([n = 0n], budget) => factorialOf(n, limits, budget)),
    whole('comb', ([n = 0n, k = 0n], budget) => chooseUnordered(n, k, limits, budget)),
    whole('perm', ([n = 0n, k = 0n], budget) => chooseOrdered(n, k, limits, budget)),
    whole('bitand', ([a = 0n, b = 0n]) => a & b),
    whole('bitor', ([a = 0n, b = 0n]) => a | b),
    whole('bitxor', ([a = 0n, b = 0n]) => a ^ b),
    whole('bitnot', ([a = 0n]) => ~a),
    whole('shl', ([a = 0n, n = 0n]) => shiftLeft(a, n, limits)),
    whole('shr', ([a = 0n, n = 0n]) => shiftRight(a, n)),
  ];
}

export function isPrimeDecimal([x = zero]: Values, precision: number, budget: Budget): boolean {
  return primeTest(toWhole(x, 'isprime', precision), budget);
}

/** x to n places, halves away from zero. */
export function roundDecimal([x = zero, n = zero]: Values, precision: number): BigDecimal {
  if (!isInteger(n)) fault('DOMAIN', 'The number of decimal places must be a whole number.');
  // Any number of places beyond the range of exponents does the same.
  const bound = { coefficient: 2n, exponent: 4 };
  const places =
    compare(n, bound) > 0 ? 20_000 : compare(n, negate(bound)) < 0 ? -20_000 : Number(n.coefficient) * 10 ** n.exponent;
  return roundToPlaces(x, Math.round(places), 'half-away', precision);
}

export function sign(x: BigDecimal): BigDecimal {
  return { coefficient: BigInt(signOf(x)), exponent: 0 };
}
