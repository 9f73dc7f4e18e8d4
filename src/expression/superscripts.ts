import { characterWidth, codePointAt } from './utf8.ts';

export const superscriptMinus = 0x207b;

/** The value of a superscript digit, or -1 for any other character. */
export function superscriptDigit(point: number): number {
  if (point >= 0x2074 && point <= 0x2079) return point - 0x2070;
  if (point === 0xb2 || point === 0xb3) return point - 0xb0;
  if (point === 0xb9) return 1;
  return point === 0x2070 ? 0 : -1;
}

/** Superscript signs, parentheses and letters, which have no value here. */
export function isOtherSuperscript(point: number): boolean {
  return (point >= 0x207a && point <= 0x207f) || point === 0x2071 || (point >= 0x1d2c && point <= 0x1d6a);
}

export function isSuperscript(point: number): boolean {
  return point === superscriptMinus || superscriptDigit(point) >= 0;
}

export function isSubscript(point: number): boolean {
  return (point >= 0x2080 && point <= 0x209c) || point === 0x2c7c;
}

/** Past the superscript number from `start` on, with its sign if it has one. */
export function superscriptsEnd(input: Uint8Array, start: number, end: number): number {
  const isSigned = start < end && codePointAt(input, start) === superscriptMinus;
  let index = isSigned ? start + characterWidth(input[start] as number) : start;
  while (index < end && superscriptDigit(codePointAt(input, index)) >= 0) {
    index += characterWidth(input[index] as number);
  }
  return index;
}
