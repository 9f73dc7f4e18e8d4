/** The results of a row that has all of them, each as a cell of CSV: bytes in, bytes out. */
import { tab, type Dialect } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import type { SliceRows } from './slice-rows.ts';

const point = 0x2e;
const quote = 0x22;

export class ResultCells {
  readonly #decimal: number;
  /** A result with a decimal mark would be two cells: it is put in quotes. No other result holds a delimiter. */
  readonly #isQuoted: boolean;
  /** By formula, and one more, which stays empty: the cell of the error column. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #outcomes: Uint8Array = new Uint8Array(0);

  constructor({ decimal, delimiter }: Dialect, formulas: number) {
    this.#decimal = decimal.charCodeAt(0);
    this.#isQuoted = decimal === delimiter;
    this.#starts = new Int32Array(formulas + 1);
    this.#ends = new Int32Array(formulas + 1);
  }

  /** Turns to the results of this row. */
  open({ outcomes, outcomeStart, outcomeEnd }: SliceRows): void {
    this.#outcomes = outcomes;
    let start = outcomeStart;
    for (let formula = 0; formula < this.#starts.length - 1; formula += 1) {
      let end = start;
      while (end < outcomeEnd && outcomes[end] !== tab) end += 1;
      this.#starts[formula] = start;
      this.#ends[formula] = end;
      start = end + 1;
    }
  }

  put(column: number, sink: ByteSink): void {
    const outcomes = this.#outcomes;
    const start = this.#starts[column] ?? 0;
    const end = this.#ends[column] ?? 0;
    const bytes = sink.reserve(end - start + 2);
    const first = sink.length;
    let length = first;
    let hasMark = false;
    for (let position = start; position < end; position += 1) {
      const byte = outcomes[position] ?? 0;
      if (byte === point) hasMark = true;
      bytes[length] = byte === point ? this.#decimal : byte;
      length += 1;
    }
    if (hasMark && this.#isQuoted) {
      bytes.copyWithin(first + 1, first, length);
      bytes[first] = quote;
      bytes[length + 1] = quote;
      length += 2;
    }
    sink.length = length;
  }
}
