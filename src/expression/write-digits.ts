import type { ByteBuffer } from './byte-buffer.ts';

/** The powers of ten that are exact doubles. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** How many decimal digits the integer `value` has, 0 <= value <= 2^53; 0 has one. */
export function digitCount(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 10_000) return value < 1_000 ? 3 : 4;
    return 5;
  }
  let count = 6;
  while (value >= (powersOfTen[count] as number)) count += 1;
  return count;
}

/** Writes the last `count` digits of the integer `value`, 0 <= value <= 2^53, into bytes[at, at + count). */
export function writeDigits(bytes: Uint8Array, at: number, value: number, count: number): void {
  let rest = value;
  let left = count;
  // Machine integers hold nine digits; what is above them is split off first.
  while (rest >= 1_000_000_000) {
    const upper = Math.floor(rest / 1_000_000_000);
    const width = Math.min(left, 9);
    writeSmall(bytes, at + left - width, rest - upper * 1_000_000_000, width);
    left -= width;
    rest = upper;
  }
  writeSmall(bytes, at, rest, left);
}

/** The two digits of each integer below 100. */
const pairs = Uint8Array.from({ length: 200 }, (_, index) =>
  index % 2 === 0 ? 0x30 + Math.floor(index / 20) : 0x30 + (Math.floor(index / 2) % 10),
);

function writeSmall(bytes: Uint8Array, at: number, value: number, count: number): void {
  let rest = value | 0;
  let index = at + count - 1;
  for (; index > at; index -= 2) {
    const upper = (rest / 100) | 0;
    const pair = (rest - upper * 100) << 1;
    bytes[index] = pairs[pair + 1] as number;
    bytes[index - 1] = pairs[pair] as number;
    rest = upper;
  }
  if (index === at) bytes[at] = 0x30 + (rest % 10);
}

/** Appends whole + fraction × 10^-places without trailing zeros; whole and fraction are below 2^53, places below 32, and the fraction is 0 only if places is. */
export function writeFixed(
  isNegative: boolean,
  whole: number,
  fraction: number,
  places: number,
  output: ByteBuffer,
): void {
  const bytes = output.reserve(64);
  let at = output.length;
  if (isNegative) {
    bytes[at] = 0x2d;
    at += 1;
  }
  const digits = digitCount(whole);
  writeDigits(bytes, at, whole, digits);
  at += digits;
  if (places > 0) {
    bytes[at] = 0x2e;
    writeDigits(bytes, at + 1, fraction, places);
    at += places + 1;
    while (bytes[at - 1] === 0x30) at -= 1;
  }
  output.length = at;
}
