/** Reads the cells of one row of CSV into spans of bytes: plain loops, nothing allocated per row. */
import { cellKind, type RowCells } from './row-cells.ts';
import { carriageReturn, lineFeed, quote } from './table-bytes.ts';
import type { Delimiter } from './table.ts';

export class CsvRow implements RowCells {
  readonly #delimiter: number;
  bytes: Uint8Array = new Uint8Array(0);
  starts: Int32Array;
  ends: Int32Array;
  kinds: Uint8Array;
  count = 0;
  /** 0-based index of the first cell whose quoting is broken; -1: none. Such a cell is its raw text, with the quote. */
  brokenCell = -1;

  /** `capacity`: the cells whose places are kept; those beyond it are counted only. */
  constructor(delimiter: Delimiter, capacity: number) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.kinds = new Uint8Array(capacity);
  }

  /**
   * Reads the row at `start` up to its line end or `limit`, whichever comes first; returns where it stopped, which is the
   * index of the LF or `limit`.
   */
  read(bytes: Uint8Array, start: number, limit: number): number {
    const { starts, ends, kinds } = this;
    const delimiter = this.#delimiter;
    this.bytes = bytes;
    this.brokenCell = -1;
    let count = 0;
    let position = start;
    for (;;) {
      if (position < limit && bytes[position] === quote) {
        position = this.#readQuoted(bytes, count, position, limit);
      } else {
        const cellStart = position;
        for (; position < limit; position += 1) {
          const byte = bytes[position];
          if (byte === delimiter || byte === lineFeed) break;
        }
        // A place outside of the arrays is not kept.
        starts[count] = cellStart;
        ends[count] = position;
        kinds[count] = cellKind.plain;
      }
      count += 1;
      if (position >= limit || bytes[position] === lineFeed) break;
      position += 1;
    }
    this.count = count;
    if (position > start && bytes[position] === lineFeed && bytes[position - 1] === carriageReturn) {
      this.#trim(count - 1, position - 1);
    }
    return position;
  }

  #trim(last: number, contentEnd: number): void {
    const end = this.ends[last];
    if (end !== undefined && end > contentEnd) this.ends[last] = contentEnd;
  }

  /** Reads the cell whose opening quote is at `open`; returns where its delimiter or line end is. */
  #readQuoted(bytes: Uint8Array, index: number, open: number, limit: number): number {
    let kind: number = cellKind.plain;
    let position = open + 1;
    for (;;) {
      while (position < limit && bytes[position] !== quote) position += 1;
      if (bytes[position + 1] !== quote || position + 1 >= limit) break;
      kind = cellKind.doubledQuotes;
      position += 2;
    }
    if (position >= limit) return this.#keepBroken(index, open, limit);
    const next = position + 1;
    if (next < limit && !this.#endsCell(bytes, next, limit)) {
      return this.#keepBroken(index, open, this.#findCellEnd(bytes, next, limit));
    }
    this.starts[index] = open + 1;
    this.ends[index] = position;
    this.kinds[index] = kind;
    return bytes[next] === carriageReturn && next < limit ? next + 1 : next;
  }

  #endsCell(bytes: Uint8Array, position: number, limit: number): boolean {
    const byte = bytes[position];
    if (byte === this.#delimiter || byte === lineFeed) return true;
    // A row that is known to end at `limit` may have its CR just before it.
    return byte === carriageReturn && bytes[position + 1] === lineFeed && position + 1 <= limit;
  }

  #findCellEnd(bytes: Uint8Array, position: number, limit: number): number {
    let index = position;
    while (index < limit && bytes[index] !== this.#delimiter && bytes[index] !== lineFeed) index += 1;
    return index;
  }

  #keepBroken(index: number, open: number, end: number): number {
    if (this.brokenCell < 0) this.brokenCell = index;
    this.starts[index] = open;
    this.ends[index] = end;
    this.kinds[index] = cellKind.plain;
    return end;
  }
}
