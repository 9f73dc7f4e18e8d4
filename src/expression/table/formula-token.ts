import { tokenEnd } from '../scanner.ts';
import { characterWidth, codePointAt } from '../utf8.ts';
import { isNamePart, isNameStart } from './name-characters.ts';

/** The end of the token of a formula that begins at `start`: of a name as it may be written there too, or of a token of lines. */
export function formulaTokenEnd(input: Uint8Array, start: number, end: number): number {
  const first = start < end ? (input[start] as number) : 0;
  if (first === 0x60) return Math.min(input.indexOf(0x60, start + 1) + 1 || end, end);
  if (first === 0x40) return tokenEnd(input, start + 1, end);
  if (start >= end || !isNameStart(codePointAt(input, start))) return tokenEnd(input, start, end);
  let index = start;
  while (index < end && isNamePart(codePointAt(input, index))) index += characterWidth(input[index] as number);
  return Math.min(index, end);
}
