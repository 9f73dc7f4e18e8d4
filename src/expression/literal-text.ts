import { tokenEnd } from './scanner.ts';

/** The number that begins at `start` as written, without `_`. */
export function literalText(input: Uint8Array, start: number, lineEnd: number): string {
  const end = tokenEnd(input, start, lineEnd);
  let text = '';
  for (let index = start; index < end; index += 1) {
    const byte = input[index] as number;
    if (byte !== 0x5f) text += String.fromCharCode(byte);
  }
  return text;
}
