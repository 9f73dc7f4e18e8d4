/** Reads the beginning of an NDJSON file: a byte order mark, and the members of the first row that is an object. */
import { byteOrderMarkLength, type HeadReader } from './head-reader.ts';
import { decodeName } from './json-row.ts';
import { JsonWalker } from './json-walker.ts';
import { lineFeed } from './table-bytes.ts';
import { columnsMax, headBytesMax, type TableHead } from './table.ts';

export class JsonHeadReader implements HeadReader {
  readonly #walker = new JsonWalker();
  /** Where the first line that was not looked at begins, and where its LF is not. */
  #lineStart = -1;
  #searched = 0;
  head: TableHead | undefined;
  fault: string | undefined;
  rowsStart = 0;

  read(bytes: Uint8Array, isEnd: boolean): boolean {
    if (this.#lineStart < 0) this.#begin(bytes);
    if (isEnd && bytes.length === this.rowsStart) return true;
    while (this.head === undefined && this.fault === undefined && this.#lineStart < bytes.length) {
      const found = bytes.indexOf(lineFeed, this.#searched);
      this.#searched = found < 0 ? bytes.length : found + 1;
      if (found < 0 && !isEnd) break;
      this.#readLine(bytes, this.#searched);
    }
    this.#giveUp(bytes, isEnd);
    return this.head !== undefined || this.fault !== undefined;
  }

  #begin(bytes: Uint8Array): void {
    this.rowsStart = byteOrderMarkLength(bytes);
    this.#lineStart = this.rowsStart;
    this.#searched = this.rowsStart;
  }

  #readLine(bytes: Uint8Array, end: number): void {
    const walker = this.#walker;
    const columns = new Set<string>();
    walker.open(bytes, this.#lineStart, end);
    while (end <= headBytesMax && walker.next()) columns.add(decodeName(bytes, walker));
    this.#lineStart = end;
    if (walker.closing < 0) return;
    if (columns.size > columnsMax) {
      this.fault = `The first row has ${columns.size} members; a table may have ${columnsMax} columns.`;
    } else this.head = this.#describe(bytes, [...columns]);
  }

  #describe(bytes: Uint8Array, columns: readonly string[]): TableHead {
    const head = bytes.slice(0, this.rowsStart);
    return { format: 'ndjson', delimiter: ',', head, lineEnd: '\n', hasHeader: false, columns };
  }

  #giveUp(bytes: Uint8Array, isEnd: boolean): void {
    if (this.head !== undefined || this.fault !== undefined) return;
    if (bytes.length > headBytesMax) {
      this.fault = `There is no JSON object in the first ${headBytesMax} bytes. Write one object per line.`;
    } else if (isEnd) this.fault = 'No line of the file is a JSON object. Write one object per line.';
  }
}
