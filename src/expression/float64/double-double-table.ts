import type { DoubleDouble } from './double-double.ts';
import { powerOfTwo } from './double-parts.ts';

/** Bits after the point of the fixed-point numbers that tables and constants are made from. */
export const tableBits = 160;

const unit = powerOfTwo(-tableBits);

/** The fixed-point number v / 2^tableBits as two doubles, off by less than 2^-106 of it. (A bigint converts to the nearest double.) */
export function doubleDoubleOf(v: bigint): DoubleDouble {
  const high = Number(v);
  return { high: high * unit, low: Number(v - BigInt(high)) * unit };
}

/** Numbers of twice the precision by index, as two arrays of doubles. */
export interface DoubleDoubleTable {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

export function doubleDoubleTable(values: readonly bigint[]): DoubleDoubleTable {
  const entries = values.map(doubleDoubleOf);
  return {
    high: Float64Array.from(entries, ({ high }) => high),
    low: Float64Array.from(entries, ({ low }) => low),
  };
}

/** Bits that a table is made with beyond `tableBits`, for the errors that add up from entry to entry. */
export const tableGuardBits = 32;

/**
 * x + sign x³/3 + x⁵/5 … for x = numerator / denominator, small, with tableBits + tableGuardBits bits: atanh x, or atan x where the sign is -1.
 */
export function tableArc(numerator: bigint, denominator: bigint, sign: 1n | -1n): bigint {
  const shift = BigInt(tableBits + tableGuardBits);
  const x = (numerator << shift) / denominator;
  const square = (sign * x * x) >> shift;
  let sum = x;
  let power = (x * square) >> shift;
  for (let divisor = 3n; power !== 0n && power !== -1n; divisor += 2n) {
    sum += power / divisor;
    power = (power * square) >> shift;
  }
  return sum;
}
