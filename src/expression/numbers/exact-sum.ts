import type { Budget } from '../budget.ts';
import { type BigDecimal, adjustedExponent, roundedInteger, signOf, zero } from './big-decimal.ts';
import { longSumCost } from './costs.ts';
import { log2Of10 } from './fixed-point.ts';
import { decimalDigits, powerOfTen } from './integer-size.ts';

/**
 * The sum of the values, for one rounding to `precision` digits: of the sum itself, or of its quotient by the number of
 * the values. It is exact, unless values are left over that are too small to do more than break a tie; these are
 * replaced by a unit of a far place, with the sign of their sum.
 *
 * However far apart the values are and whatever cancels, no intermediate number has more than about twice as many digits
 * as the longest value, and the work grows with the number of values only. Like the additions it stands for, which take
 * longer from some four values on, it charges nothing, unless a literal is longer than the precision.
 */
export function exactSum(values: readonly BigDecimal[], precision: number, budget: Budget): BigDecimal {
  const sorted = values.filter(({ coefficient }) => coefficient !== 0n).sort((a, b) => b.exponent - a.exponent);
  // So many digits that any of the values whose exponents are at most e are together below 10^(e + width).
  const longest = sorted.reduce(
    (digits, { coefficient }) => Math.max(digits, decimalDigits(coefficient)),
    precision + 1,
  );
  const width = longest + String(values.length).length;
  budget.charge(values.length * longSumCost(2 * width * log2Of10));
  const { sum, end } = addLeading(sorted, 0, zero, 2 * width);
  if (end === sorted.length) return sum;
  // The quotient begins at most as many places below the sum as their number has digits. So whatever lies half-way between
  // two decimals there is, times that number, a multiple of 10^place; and the values left over are below a tenth of that.
  const place = adjustedExponent(sum) - width + 1;
  const { whole, rest } = split(sum, place);
  const sign = signOf(addLeading(sorted, end, rest, width).sum);
  return { coefficient: whole * 10n + BigInt(sign), exponent: place - 1 };
}

interface LeadingSum {
  readonly sum: BigDecimal;
  /** Where the values begin that are not in the sum. */
  readonly end: number;
}

/**
 * Adds values, sorted by falling exponent, to `sum`, from `start` on, until the first digit of the sum stands at least
 * `distance` places above the last digit of the next value.
 */
function addLeading(sorted: readonly BigDecimal[], start: number, sum: BigDecimal, distance: number): LeadingSum {
  let { coefficient, exponent } = sum;
  for (let index = start; index < sorted.length; index += 1) {
    const next = sorted[index] as BigDecimal;
    if (coefficient !== 0n && exponent !== next.exponent) {
      const total = { coefficient, exponent };
      if (adjustedExponent(total) - next.exponent >= distance) return { sum: total, end: index };
      coefficient *= powerOfTen(exponent - next.exponent);
    }
    coefficient += next.coefficient;
    exponent = next.exponent;
  }
  return { sum: { coefficient, exponent }, end: sorted.length };
}

/** value = whole × 10^place + rest, with a rest of at most half of 10^place. */
function split(value: BigDecimal, place: number): { readonly whole: bigint; readonly rest: BigDecimal } {
  const { coefficient, exponent } = value;
  if (exponent >= place) return { whole: coefficient * powerOfTen(exponent - place), rest: zero };
  const unit = powerOfTen(place - exponent);
  const whole = roundedInteger(coefficient, unit, 'half-away');
  return { whole, rest: { coefficient: coefficient - whole * unit, exponent } };
}
