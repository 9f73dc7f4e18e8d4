/** The rows of a slice with their outcomes, one after the other. */
import { isUtf8 } from 'node:buffer';
import type { ResultSlice } from '../../engine/index.ts';
import {
  cancelledError,
  decodeRowOutcome,
  endsAtFirstLineFeed,
  errorMark,
  lineFeed,
  nextRowEnd,
  tab,
  type Dialect,
  type LineFault,
  type RowOutcome,
} from '../../jobs/index.ts';

const carriageReturn = 0x0d;
const quote = 0x22;
const nothing = new Uint8Array(0);
const cancelledOutcome: RowOutcome = { kind: 'error', error: cancelledError };

/** The properties describe the row that the last `next` has come to. */
export class SliceRows {
  /** The bytes of the rows; none when the slice has no chunk. */
  readonly text: Uint8Array;
  readonly outcomes: Uint8Array;
  /** The number of the row, from 1 on. */
  line: number;
  /** Its first byte. */
  start = 0;
  /** One past its last byte before its line end. */
  contentEnd = 0;
  /** One past its line end. */
  end = 0;
  outcomeStart = 0;
  /** Where the LF of its outcome is. */
  outcomeEnd = -1;
  readonly isCancelled: boolean;

  readonly #dialect: Dialect;
  readonly #faults: readonly LineFault[];
  readonly #lastLine: number;
  readonly #hasQuotes: boolean;
  #nextFault = 0;
  #isUtf8: boolean | undefined;

  constructor(slice: ResultSlice, dialect: Dialect) {
    this.text = slice.chunk?.text ?? nothing;
    this.outcomes = slice.outcomes.text;
    this.isCancelled = slice.outcomes.cancelled > 0;
    this.line = slice.firstLine - 1;
    this.#dialect = dialect;
    this.#faults = slice.chunk?.faults ?? [];
    this.#lastLine = slice.toLine;
    this.#hasQuotes = dialect.format === 'csv' && this.text.includes(quote);
    while (this.line < slice.fromLine - 1) this.next();
  }

  /** Whether a row of CSV may continue after an LF. */
  get hasQuotes(): boolean {
    return this.#hasQuotes;
  }

  /** Whether all rows of the chunk are UTF-8. */
  get isUtf8(): boolean {
    this.#isUtf8 ??= isUtf8(this.text);
    return this.#isUtf8;
  }

  /** Continues to the next row of the slice; false when there is none. */
  next(): boolean {
    if (this.line >= this.#lastLine) return false;
    this.line += 1;
    this.#passRow();
    if (!this.isCancelled) this.#passOutcome();
    return true;
  }

  /** Whether a formula or the whole row has no result. */
  get isFailed(): boolean {
    return this.isCancelled || this.outcomes[this.outcomeStart] === errorMark;
  }

  /** Whether the row as a whole has no result. */
  get isRejected(): boolean {
    return this.isFailed && (this.isCancelled || this.outcomes[this.outcomeStart + 1] !== tab);
  }

  readOutcome(): RowOutcome {
    return this.isCancelled
      ? cancelledOutcome
      : decodeRowOutcome(decodeText(this.outcomes, this.outcomeStart, this.outcomeEnd));
  }

  /** The row without its line end. What is not UTF-8 in it becomes U+FFFD. */
  readText(): string {
    return decodeText(this.text, this.start, this.contentEnd);
  }

  #passRow(): void {
    const { text } = this;
    this.start = this.end;
    this.end = nextRowEnd(text, this.start, this.#dialect, !this.#hasQuotes || this.#isBroken());
    let end = this.end;
    if (end > this.start && text[end - 1] === lineFeed) {
      end -= 1;
      if (end > this.start && text[end - 1] === carriageReturn) end -= 1;
    }
    this.contentEnd = end;
  }

  #passOutcome(): void {
    const { outcomes } = this;
    const start = this.outcomeEnd + 1;
    let end = start;
    while (end < outcomes.length && outcomes[end] !== lineFeed) end += 1;
    this.outcomeStart = start;
    this.outcomeEnd = end;
  }

  /** A quote of the row is never closed, so the row ends at its first line break. Faults are in line order. */
  #isBroken(): boolean {
    if (this.#faults.length === 0) return false;
    while ((this.#faults[this.#nextFault]?.line ?? this.line) < this.line) this.#nextFault += 1;
    const fault = this.#faults[this.#nextFault];
    return fault?.line === this.line && endsAtFirstLineFeed(fault);
  }
}

function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
