/** Reads the head of a CSV file: byte order mark, `sep=` line, header row; finds the delimiter and the names. */
import { CsvRow } from './csv-row.ts';
import { byteOrderMarkLength, type HeadReader } from './head-reader.ts';
import { cellKind } from './row-cells.ts';
import { RowScanner, scanning } from './row-scanner.ts';
import { carriageReturn, contentEnd, lineFeed, openingBytes, quote } from './table-bytes.ts';
import { columnsMax, delimiters, headBytesMax, type Delimiter, type TableHead } from './table.ts';

export interface CsvHeadOptions {
  /** Undefined: detected from the first row. */
  readonly delimiter: Delimiter | undefined;
  readonly hasHeader: boolean;
}

/** Byte order mark and `sep=;` with CRLF: so many bytes settle whether they are there. */
const preambleBytes = 10;
const separatorLine = /^sep=([,;\t|])(\r?\n|$)/i;
const lineEndAdvice = 'It contains carriage returns: save the file with LF or CRLF line ends.';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class CsvHeadReader implements HeadReader {
  readonly #options: CsvHeadOptions;
  /** Where the first row of the file begins, be it a header or not; -1: not known yet. */
  #recordStart = -1;
  #delimiter: Delimiter | undefined;
  #scanner = new RowScanner(openingBytes(undefined));
  head: TableHead | undefined;
  fault: string | undefined;
  rowsStart = 0;

  constructor(options: CsvHeadOptions) {
    this.#options = options;
  }

  read(bytes: Uint8Array, isEnd: boolean): boolean {
    if (this.#recordStart < 0) {
      if (bytes.length < preambleBytes && !isEnd) return false;
      this.#readPreamble(bytes);
    }
    return this.fault !== undefined || this.#readRecord(bytes, isEnd);
  }

  #readPreamble(bytes: Uint8Array): void {
    const start = byteOrderMarkLength(bytes);
    const match = separatorLine.exec(decoder.decode(bytes.subarray(start, preambleBytes)));
    const written = match?.[1] as Delimiter | undefined;
    const requested = this.#options.delimiter;
    this.#recordStart = start + (match?.[0].length ?? 0);
    if (written !== undefined && requested !== undefined && written !== requested) {
      this.fault = `The first line of the file sets the delimiter ${nameOf(written)}, but the request sets ${nameOf(requested)}. Set the delimiter of the file, or none.`;
    }
    this.#setDelimiter(requested ?? written);
  }

  #setDelimiter(delimiter: Delimiter | undefined): void {
    this.#delimiter = delimiter;
    this.#scanner = new RowScanner(openingBytes(delimiter));
  }

  #readRecord(bytes: Uint8Array, isEnd: boolean): boolean {
    const start = this.#recordStart;
    if (isEnd && bytes.length === start) return true;
    const end = this.#findEnd(bytes, isEnd);
    if (this.fault === undefined && end < 0 && bytes.length <= headBytesMax) return false;
    if (this.fault === undefined && (end < 0 || end > headBytesMax)) this.fault = this.#describeLength(bytes);
    if (this.fault !== undefined) return true;
    if (this.#delimiter === undefined) {
      // The quotes mean other things once the delimiter is known, so the row may end elsewhere.
      this.#setDelimiter(detectDelimiter(bytes, start, end));
      return this.#readRecord(bytes, isEnd);
    }
    this.#takeRecord(bytes, end, this.#delimiter);
    return true;
  }

  /** One past the first row, its line end included; -1: more is needed, or there is a fault. */
  #findEnd(bytes: Uint8Array, isEnd: boolean): number {
    const start = this.#recordStart;
    const found = this.#scanner.scan(bytes, start, bytes.length, 0);
    if (found >= 0) return found + 1;
    if (found === scanning.needsMore && !isEnd) return -1;
    if (found === scanning.needsMore && !this.#scanner.isBrokenAtEnd(start, bytes.length)) return bytes.length;
    this.fault = `${this.#subject} has a quote that is not closed. Close it, or write each quote inside quotes twice.`;
    return -1;
  }

  get #subject(): string {
    return this.#options.hasHeader ? 'The header' : 'The first row';
  }

  #describeLength(bytes: Uint8Array): string {
    const advice = bytes.subarray(0, headBytesMax).includes(carriageReturn) ? ` ${lineEndAdvice}` : '';
    return `${this.#subject} is longer than ${headBytesMax} bytes.${advice}`;
  }

  #takeRecord(bytes: Uint8Array, end: number, delimiter: Delimiter): void {
    const { hasHeader } = this.#options;
    const start = this.#recordStart;
    const row = new CsvRow(delimiter, Math.min(countBytes(bytes, start, end, delimiter) + 1, columnsMax));
    row.read(bytes, start, end);
    this.fault = this.#check(row) ?? this.#checkLineEnds(bytes.subarray(start, end));
    if (this.fault !== undefined) return;
    this.rowsStart = hasHeader ? end : start;
    this.head = {
      format: 'csv',
      delimiter,
      head: bytes.slice(0, this.rowsStart),
      lineEnd: hasHeader && end - contentEnd(bytes, start, end) === 2 ? '\r\n' : '\n',
      hasHeader,
      columns: Array.from({ length: row.count }, (_, index) => (hasHeader ? readName(row, index) : `c${index + 1}`)),
    };
  }

  #check(row: CsvRow): string | undefined {
    if (row.count > columnsMax) {
      return `${this.#subject} has ${row.count} columns; a table may have ${columnsMax}.`;
    }
    if (row.brokenCell < 0) return undefined;
    return `${this.#subject} has text after the closing quote of cell ${row.brokenCell + 1}. Write each quote inside quotes twice.`;
  }

  /** A file in which CR alone ends lines would be a header without rows. */
  #checkLineEnds(record: Uint8Array): string | undefined {
    const isOneLine = this.#options.hasHeader && record.at(-1) !== lineFeed && record.includes(carriageReturn);
    return isOneLine ? `The file has no line feed. ${lineEndAdvice}` : undefined;
  }
}

/** The delimiter that stands most often outside quotes in the row; of equals the one that `delimiters` lists first. */
function detectDelimiter(bytes: Uint8Array, start: number, end: number): Delimiter {
  const opening = openingBytes(undefined);
  const counts = new Map<number, number>();
  let isInside = false;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (isInside) {
      if (byte !== quote) continue;
      if (bytes[index + 1] === quote) index += 1;
      else isInside = false;
    } else if (byte === quote) isInside = index === start || opening[bytes[index - 1] ?? 0] === 1;
    else if (opening[byte] === 1) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  }
  const countOf = (delimiter: Delimiter) => counts.get(delimiter.charCodeAt(0)) ?? 0;
  return delimiters.reduce((best, each) => (countOf(each) > countOf(best) ? each : best));
}

function countBytes(bytes: Uint8Array, start: number, end: number, delimiter: Delimiter): number {
  const wanted = delimiter.charCodeAt(0);
  let count = 0;
  for (let index = start; index < end; index += 1) if (bytes[index] === wanted) count += 1;
  return count;
}

function readName(row: CsvRow, index: number): string {
  const text = decoder.decode(row.bytes.subarray(row.starts[index], row.ends[index]));
  const content = row.kinds[index] === cellKind.doubledQuotes ? text.replaceAll('""', '"') : text;
  return content.trim().normalize('NFC');
}

function nameOf(delimiter: Delimiter): string {
  return delimiter === '\t' ? 'TAB' : `"${delimiter}"`;
}
