/** Sizes of integers in bits and in decimal digits, and the powers of ten, without writing the numbers out. */

const tabledPowers = 640;
const powersOfTen: readonly bigint[] = Array.from({ length: tabledPowers }, (_, exponent) => 10n ** BigInt(exponent));

/** 10^exponent for a whole exponent >= 0. Those in use at the usual sizes come from a table. */
export function powerOfTen(exponent: number): bigint {
  return powersOfTen[exponent] ?? 10n ** BigInt(exponent);
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Up to here an integer converts to a double without overflow. */
const doubleRange = 10n ** 300n;

/** Bits of |value|; 0 for 0. */
export function bitLength(value: bigint): number {
  let size = absolute(value);
  let bits = 0;
  // Halving the question costs far less than writing the number out in hexadecimal.
  for (let step = largestStep; size >= doubleRange; step = Math.max(step / 2, smallestStep)) {
    const shifted = size >> BigInt(step);
    if (shifted !== 0n) {
      bits += step;
      size = shifted;
    }
  }
  const approximate = Number(size);
  if (approximate < 2 ** 32) return bits + 32 - Math.clz32(approximate);
  // The conversion rounds, at most up to the next power of two.
  const exponent = exponentOf(approximate);
  return bits + (size >> BigInt(exponent) === 0n ? exponent : exponent + 1);
}

const view = new DataView(new ArrayBuffer(8));

/** The exponent of a double of at least 1, from its bits: no host rounds that. */
function exponentOf(value: number): number {
  view.setFloat64(0, value);
  return (view.getUint16(0) >> 4) - 1_023;
}

const largestStep = 2 ** 17;
const smallestStep = 512;

/** How near a logarithm may be to an integer before the digits are counted by comparison; far above the error of a double. */
const logarithmDoubt = 1e-9;

/** Decimal digits of |value|; 1 for 0. */
export function decimalDigits(value: bigint): number {
  const size = absolute(value);
  if (size < 10n) return 1;
  const logarithm = size < doubleRange ? Math.log10(Number(size)) : approximateLog10(size);
  const floor = Math.floor(logarithm);
  const fraction = logarithm - floor;
  if (fraction > logarithmDoubt && fraction < 1 - logarithmDoubt) return floor + 1;
  const nearest = Math.round(logarithm);
  return size < powerOfTen(nearest) ? nearest : nearest + 1;
}

/** log10 of a positive integer, to about 15 digits. */
export function approximateLog10(value: bigint): number {
  if (value < doubleRange) return Math.log10(Number(value));
  const shift = bitLength(value) - 64;
  return Math.log10(Number(value >> BigInt(shift))) + shift * Math.LOG10E * Math.LN2;
}

/** log2 of a positive integer, to about 15 digits. */
export function approximateLog2(value: bigint): number {
  return approximateLog10(value) / Math.log10(2);
}
