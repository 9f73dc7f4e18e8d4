import type { ByteBuffer } from '../expression/index.ts';

/**
 * The line that was evaluated last, and what came of it. Evaluation is pure, so the same line again has the same outcome at
 * the same cost, and a copy of it: millions of empty lines cost no more than the search for their ends. Where lines differ,
 * as they mostly do, a comparison ends at the first bytes.
 */
export class LastLine {
  readonly #text: Uint8Array;
  #start = 0;
  /** Before `#start`: none. */
  #end = -1;
  #outcomeStart = 0;
  #outcomeEnd = 0;
  cost = 0;
  hasFailed = false;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  isSame(start: number, end: number): boolean {
    const length = end - start;
    if (length !== this.#end - this.#start) return false;
    for (let offset = 0; offset < length; offset += 1) {
      if (this.#text[start + offset] !== this.#text[this.#start + offset]) return false;
    }
    return true;
  }

  /** Notes what the line came to: what `output` holds from `outcomeStart` on. */
  note(start: number, end: number, outcomeStart: number, output: ByteBuffer): void {
    this.#start = start;
    this.#end = end;
    this.#outcomeStart = outcomeStart;
    this.#outcomeEnd = output.length;
  }

  /** Appends its outcome once more. `output` is the one that it was noted with, and has not been cleared since. */
  repeat(output: ByteBuffer): void {
    const length = this.#outcomeEnd - this.#outcomeStart;
    output.reserve(length).copyWithin(output.length, this.#outcomeStart, this.#outcomeEnd);
    output.length += length;
  }
}
