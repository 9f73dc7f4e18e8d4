import type { Budget } from '../budget.ts';
import { functionCost } from '../numbers/costs.ts';
import { absolute, bitLength } from '../numbers/integer-size.ts';
import { nearestDouble } from './double-parts.ts';

/** A number known to lie within (mantissa ± error) × 2^exponent. */
export interface Enclosure {
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly error: bigint;
}

/** Enough for nearly all of what a fast path leaves open at about 68 bits. */
const bitsAtFirst = 160;
/** The closest that a function of doubles comes to a half without being one takes some 1,200 bits (a tiny argument). */
const bitsMax = 20_000;

/** An elementary function on fixed-point numbers, its reduction, and the two roundings. */
function enclosureCost(bits: number): number {
  return 2 * functionCost(bits);
}

/**
 * The number that `enclose` approaches, rounded once to the nearest double: bits are doubled until both ends of the
 * enclosure round to the same double (Ziv's strategy). The caller has taken care of all arguments whose exact result is a
 * half between two doubles, for which this would never end. `work` is how many elementary functions one enclosure takes.
 */
export function exactlyRounded(budget: Budget, work: number, enclose: (bits: number) => Enclosure): number {
  for (let bits = bitsAtFirst; bits <= bitsMax; bits *= 2) {
    budget.charge(work * enclosureCost(bits));
    const { mantissa, exponent, error } = enclose(bits);
    if (absolute(mantissa) <= error) continue;
    const lower = nearestDouble(mantissa - error, exponent);
    if (lower === nearestDouble(mantissa + error, exponent)) return lower;
  }
  throw new Error('A function of doubles does not converge.');
}

/** The quotient of two enclosures. */
export function quotientOf(a: Enclosure, b: Enclosure, bits: number): Enclosure {
  const top = absolute(a.mantissa);
  const bottom = absolute(b.mantissa);
  // Nothing is known yet about a quotient by what may be 0.
  if (bottom <= 4n * b.error) return { mantissa: 0n, exponent: 0, error: 1n };
  const shift = Math.max(bits + bitLength(bottom) - bitLength(top), bits);
  const mantissa = (a.mantissa << BigInt(shift)) / b.mantissa;
  // (top + error) / (bottom - error) - top / bottom, and the truncation.
  const error = ((a.error * bottom + b.error * top) << BigInt(shift)) / (bottom * (bottom - b.error)) + 2n;
  return { mantissa, exponent: a.exponent - b.exponent - shift, error };
}
