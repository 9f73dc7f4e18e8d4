import { quotedLengthMax } from './limits.ts';

/** Control, format, surrogate, private and unassigned characters, and separators other than the space: what a message must not repeat as it is. */
const unprintable = /[\p{C}\p{Z}]/gu;

/** Text of the line for a message: in quotation marks, at most 40 characters, with what cannot be seen spelled out. */
export function quote(text: string): string {
  const characters = Array.from(text);
  const shown = characters.length <= quotedLengthMax ? text : `${characters.slice(0, quotedLengthMax - 1).join('')}…`;
  return `"${shown.replaceAll(unprintable, spellOut)}"`;
}

function spellOut(character: string): string {
  return character === ' ' ? ' ' : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** `decimal, float64 or rational`. */
export function listChoices(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
