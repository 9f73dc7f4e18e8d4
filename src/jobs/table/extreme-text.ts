/** The smallest, or the largest, of numbers that doubles cannot distinguish: nearly all are passed over by their doubles. */
import { compareExactNumbers, parseExactNumber, type ExactNumber } from './exact-number.ts';

/** Relative error that is allowed for in the double of a number, many times what a few divisions and products make. */
const doubleError = 2 ** -46;

export class ExtremeText {
  /** 1: the largest; -1: the smallest. */
  readonly #sign: number;
  #number: ExactNumber | undefined;
  /** Of the number: what is further off than this is no match for it. */
  #limit = -Infinity;
  text: string | undefined;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /** Takes the number that is written in bytes[start, end), which is about `value` (NaN: unknown), if it goes further. */
  offer(value: number, bytes: Uint8Array, start: number, end: number): void {
    const reach = value * this.#sign;
    if (reach + Math.abs(reach) * doubleError < this.#limit || this.#isSame(bytes, start, end)) return;
    const text = asciiText(bytes, start, end);
    const number = parseExactNumber(text);
    if (number === undefined || !this.#isBeyond(number, text)) return;
    this.text = text;
    this.#number = number;
    this.#limit = Number.isNaN(value) ? -Infinity : reach - Math.abs(reach) * doubleError;
  }

  clear(): void {
    this.text = undefined;
    this.#number = undefined;
    this.#limit = -Infinity;
  }

  /** Columns often repeat one number. */
  #isSame(bytes: Uint8Array, start: number, end: number): boolean {
    const { text } = this;
    if (text === undefined || text.length !== end - start) return false;
    for (let index = 0; index < text.length; index += 1)
      if (text.charCodeAt(index) !== bytes[start + index]) return false;
    return true;
  }

  #isBeyond(number: ExactNumber, text: string): boolean {
    if (this.#number === undefined || this.text === undefined) return true;
    const order = compareExactNumbers(number, this.#number) * this.#sign;
    return order > 0 || (order === 0 && shorterText(text, this.text) === text);
  }
}

/** The shorter one; of two equally long ones the first in the order of characters. */
export function shorterText(left: string, right: string): string {
  if (left.length !== right.length) return left.length < right.length ? left : right;
  return left < right ? left : right;
}

export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let position = start; position < end; position += 1) text += String.fromCharCode(bytes[position] as number);
  return text;
}
