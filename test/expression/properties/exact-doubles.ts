/** Doubles from exact rational numbers: what a correctly rounded operation must return. */

function bits(value: bigint): number {
  return value === 0n
    ? 0
    : value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16).charAt(0), 16)) + 28;
}

/** The double nearest to numerator / denominator, both at least 0 and the second above; halves to even, subnormals too. */
export function nearestDouble(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  // The quotient gets 54 or 55 bits, or fewer where the least double is above that.
  const size = bits(numerator) - bits(denominator);
  const shift = Math.min(55 - size, 1_075);
  const [top, bottom] =
    shift >= 0 ? [numerator << BigInt(shift), denominator] : [numerator, denominator << BigInt(-shift)];
  const quotient = top / bottom;
  const sticky = quotient * bottom === top ? 0n : 1n;
  const excess = Math.max(bits(quotient) - 53, shift === 1_075 ? 1 : 0);
  const unit = 1n << BigInt(excess);
  const kept = quotient / unit;
  const rest = (quotient % unit) * 2n + sticky;
  const rounded = rest > unit || (rest === unit && kept % 2n === 1n) ? kept + 1n : kept;
  const exponent = excess - shift;
  // In two steps, since neither factor need be a double on its own; both are exact.
  return exponent > 900
    ? Number(rounded) * 2 ** 900 * 2 ** (exponent - 900)
    : Number(rounded) * 2 ** Math.max(exponent, -1_074);
}

/** x as a quotient. */
export function ratioOf(x: number): readonly [numerator: bigint, denominator: bigint] {
  let halvings = 0n;
  let mantissa = x;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    halvings += 1n;
  }
  return [BigInt(mantissa), 2n ** halvings];
}

/** x^n for a whole n, rounded once. */
export function powerOfDouble(x: number, n: number): number {
  if (x === 0) return n === 0 ? 1 : n > 0 ? 0 : Infinity;
  const [numerator, denominator] = ratioOf(Math.abs(x));
  const times = BigInt(Math.abs(n));
  const [top, bottom] = [numerator ** times, denominator ** times];
  const size = n >= 0 ? nearestDouble(top, bottom) : nearestDouble(bottom, top);
  return x < 0 && n % 2 !== 0 ? -size : size;
}
