import { tokenEnd } from './scanner.ts';
import { superscriptDigit } from './superscripts.ts';
import { characterWidth, codePointAt } from './utf8.ts';

/** The number that begins at `start` as written, without `_` and with plain digits for superscript ones. */
export function literalText(input: Uint8Array, start: number, lineEnd: number): string {
  const end = tokenEnd(input, start, lineEnd);
  let text = '';
  let index = start;
  while (index < end) {
    const byte = input[index] as number;
    if (byte >= 0x80) text += String(superscriptDigit(codePointAt(input, index)));
    else if (byte !== 0x5f) text += String.fromCharCode(byte);
    index += characterWidth(byte);
  }
  return text;
}
