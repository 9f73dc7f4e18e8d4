/**
 * Finds where rows of CSV end, in bytes that arrive in pieces. The scanner can stop between any two bytes; what it finds
 * depends on the bytes alone, never on how they were cut.
 *
 *   outside ── quote at the start of the row or after a delimiter ──▶ inside     LF outside ends the row
 *   inside  ── quote that no second quote follows ──▶ outside                    LF inside belongs to the cell
 *
 * Three things show that a quote is broken. Each is known from the row so far, and the row then ends at its first LF:
 *   - a row that holds an LF is longer than `openQuoteBytesMax`;
 *   - after an LF in quotes, the closing quote is followed by text: most likely it was meant to open the next cell;
 *   - the text ends inside quotes.
 */
import { carriageReturn, lineFeed, quote } from './table-bytes.ts';
import { openQuoteBytesMax } from './table.ts';

/** Return values of `scan` in place of an index. */
export const scanning = { needsMore: -1, broken: -2 } as const;

export class RowScanner {
  readonly #opening: Uint8Array;
  /** Where the scan continues, counted from the start of the row: a buffer may move between two calls. */
  #offset = 0;
  #isInside = false;
  /** Of a broken row: its first LF, counted from its start; -1 when it has none. */
  firstLineFeed = -1;
  /** Of a broken row: one past the last byte that proved it, counted from its start. */
  reached = 0;
  /**
   * False: there is no quote in the bytes to be scanned (or quotes mean nothing), so rows are looked for by their LF alone,
   * which is twice as fast.
   */
  hasQuotes = true;
  /** Bytes scanned since the scanner was made. */
  bytesScanned = 0;

  /** `opening`: see `openingBytes`. */
  constructor(opening: Uint8Array) {
    this.#opening = opening;
  }

  /** Begins a row. */
  reset(): void {
    this.#offset = 0;
    this.#isInside = false;
    this.firstLineFeed = -1;
  }

  /**
   * Continues with the row that begins at `start`; the bytes known so far end at `end`. Returns the index of the LF that ends
   * the row (the scanner is ready for the next one then), or a value of `scanning`. An LF in quotes before `spansFrom`
   * breaks the row immediately.
   */
  scan(bytes: Uint8Array, start: number, end: number, spansFrom: number): number {
    const from = start + this.#offset;
    let position = from;
    if (!this.#isInside && this.firstLineFeed < 0) {
      position = this.#passOutside(bytes, start, from, end);
      if (position < end && bytes[position] === lineFeed) {
        this.bytesScanned += position - from + 1;
        this.#offset = 0;
        return position;
      }
    }
    const found = this.#scanQuotes(bytes, start, position, end, spansFrom);
    if (found === scanning.needsMore) this.bytesScanned += start + this.#offset - from;
    else this.bytesScanned += (found === scanning.broken ? start + this.reached : found + 1) - from;
    if (found >= 0) this.reset();
    return found;
  }

  /** Whether the row from `start` is broken when the text ends at `end` (after `scan` needed more). */
  isBrokenAtEnd(start: number, end: number): boolean {
    this.reached = end - start;
    // The scan may wait at a quote until it has seen what follows: when nothing does, the quote closes its cell.
    return this.#isInside && start + this.#offset + 1 !== end;
  }

  #scanQuotes(bytes: Uint8Array, start: number, from: number, end: number, spansFrom: number): number {
    const limit = start + openQuoteBytesMax;
    let position = from;
    let stop = this.firstLineFeed < 0 ? end : Math.min(end, limit);
    while (position < stop) {
      if (!this.#isInside) {
        position = this.#passOutside(bytes, start, position, stop);
        if (position === stop) break;
        if (bytes[position] === lineFeed) return position;
        this.#isInside = true;
        position += 1;
      }
      position = passInside(bytes, position, stop);
      if (position >= stop) break;
      if (bytes[position] === lineFeed) {
        position += 1;
        if (this.firstLineFeed < 0) this.firstLineFeed = position - 1 - start;
        if (position <= spansFrom || position > limit) return this.#break(position - start);
        stop = Math.min(end, limit);
        continue;
      }
      const next = this.#passQuote(bytes, start, position, end);
      if (next === scanning.broken) return next;
      if (next === scanning.needsMore) break;
      position = next;
    }
    if (this.firstLineFeed >= 0 && position >= limit && limit < end) return this.#break(openQuoteBytesMax);
    this.#offset = position - start;
    return scanning.needsMore;
  }

  /** Where the scan continues after the quote at `closing`, which may close its cell; or a value of `scanning`. */
  #passQuote(bytes: Uint8Array, start: number, closing: number, end: number): number {
    const next = closing + 1;
    if (next === end) return scanning.needsMore;
    if (bytes[next] === quote) return next + 1;
    if (this.firstLineFeed >= 0) {
      if (bytes[next] === carriageReturn && next + 1 === end) return scanning.needsMore;
      if (!this.#endsCell(bytes, next)) return this.#break(next + 1 - start);
    }
    this.#isInside = false;
    return next;
  }

  #endsCell(bytes: Uint8Array, position: number): boolean {
    const byte = bytes[position] ?? 0;
    if (byte === carriageReturn) return bytes[position + 1] === lineFeed;
    return byte === lineFeed || this.#opening[byte] === 1;
  }

  #break(reached: number): number {
    this.reached = reached;
    return scanning.broken;
  }

  /** The first LF from `position`, or the first quote that opens a cell, or `end`. */
  #passOutside(bytes: Uint8Array, start: number, position: number, end: number): number {
    if (!this.hasQuotes) return findLineFeed(bytes, position, end);
    const opening = this.#opening;
    let index = position;
    for (; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      // Nearly all bytes of a table are beyond the quote, so one comparison passes them.
      if (byte > quote) continue;
      if (byte === lineFeed) return index;
      if (byte === quote && (index === start || opening[bytes[index - 1] ?? 0] === 1)) return index;
    }
    return index;
  }
}

function findLineFeed(bytes: Uint8Array, position: number, end: number): number {
  let index = position;
  while (index < end && bytes[index] !== lineFeed) index += 1;
  return index;
}

/** The first LF or quote from `position`, or `end`. */
function passInside(bytes: Uint8Array, position: number, end: number): number {
  let index = position;
  for (; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte <= quote && (byte === quote || byte === lineFeed)) return index;
  }
  return index;
}
