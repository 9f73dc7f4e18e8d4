/** The powers of ten that are exact doubles. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** How many decimal digits the whole number `value` has, 0 <= value <= 2^53; 0 has one. */
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

/** Writes the last `count` digits of the whole number `value`, 0 <= value <= 2^53, into bytes[at, at + count). */
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

function writeSmall(bytes: Uint8Array, at: number, value: number, count: number): void {
  let rest = value | 0;
  for (let index = at + count - 1; index >= at; index -= 1) {
    const upper = (rest / 10) | 0;
    bytes[index] = 0x30 + rest - upper * 10;
    rest = upper;
  }
}
