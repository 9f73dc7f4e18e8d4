import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { Budget } from '../../../src/expression/budget.ts';
import type { Arithmetic } from '../../../src/expression/arithmetic.ts';
import { ByteBuffer } from '../../../src/expression/byte-buffer.ts';
import { OperationFault } from '../../../src/expression/fault.ts';
import type { BigDecimal } from '../../../src/expression/numbers/big-decimal.ts';

/** Half to even, as Mathmill rounds. */
const halfEven = 6;

/** decimal.js with the rounding and the range of exponents of decimal mode. */
export function oracle(precision: number): typeof Decimal {
  return Decimal.clone({
    precision,
    rounding: halfEven,
    maxE: 6_144,
    minE: -6_144,
    toExpNeg: -8,
    toExpPos: Math.max(21, precision),
  });
}

/** decimal.js to many more digits, and with exponents of any size: what it gives is rounded by the caller. */
export function preciseOracle(precision: number): typeof Decimal {
  return Decimal.clone({ precision: precision + 40, rounding: halfEven, maxE: 1e6, minE: -1e6 });
}

export function toOracle(value: BigDecimal, constructor: typeof Decimal): Decimal {
  return new constructor(`${value.coefficient}e${value.exponent}`);
}

/** The text of an oracle's number, rounded to `precision`, as decimal mode writes it. */
export function roundedText(value: Decimal, precision: number): string {
  const Rounded = oracle(precision);
  return new Rounded(value.toSignificantDigits(precision, halfEven).toString()).toString();
}

function textOf<V>(arithmetic: Arithmetic<V>, value: V): string {
  const output = new ByteBuffer();
  arithmetic.write(value, output);
  return output.asciiText();
}

/** The text of what `compute` returns, or the code of the fault it ends with. */
export function outcomeOf<V>(arithmetic: Arithmetic<V>, compute: (budget: Budget) => V): string {
  try {
    return textOf(arithmetic, compute(new Budget()));
  } catch (error) {
    if (error instanceof OperationFault) return error.code;
    throw error;
  }
}

/** A number as a line would have it: a literal, negated if it has a minus sign. */
export function numberOf<V>(arithmetic: Arithmetic<V>, text: string): V {
  const budget = new Budget();
  return text.startsWith('-')
    ? arithmetic.negate(arithmetic.parseLiteral(text.slice(1), budget))
    : arithmetic.parseLiteral(text, budget);
}

/** The outcome of one function for numbers given as text. */
export function callOutcome<V>(arithmetic: Arithmetic<V>, name: string, ...values: readonly string[]): string {
  const compute = arithmetic.functions.get(name);
  if (compute === undefined) throw new Error(`The mode has no function ${name}`);
  return outcomeOf(arithmetic, (budget) =>
    compute(
      values.map((value) => numberOf(arithmetic, value)),
      budget,
    ),
  );
}

/** Decimals of up to `digits` digits whose first digit has an exponent within ±`size`. */
export function decimals(digits: number, size: number): fc.Arbitrary<BigDecimal> {
  return fc
    .tuple(
      fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${digits - 1}}$`)),
      fc.boolean(),
      fc.integer({ min: -size, max: size }),
    )
    .map(([text, negative, adjusted]) => ({
      coefficient: negative ? -BigInt(text) : BigInt(text),
      exponent: adjusted - text.length + 1,
    }));
}

/** Whole numbers of up to so many bits, of all lengths alike. */
export function wholeNumbers(bits: number): fc.Arbitrary<bigint> {
  return fc
    .integer({ min: 1, max: bits })
    .chain((length) => fc.bigInt({ min: -(1n << BigInt(length)), max: 1n << BigInt(length) }));
}
