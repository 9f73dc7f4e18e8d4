import { missingResult } from '../column-source.ts';
import type { ColumnSource } from '../column-source.ts';
import { fault } from '../fault.ts';
import { unscaled } from '../program.ts';
import { quote } from '../quote.ts';
import { cellNumberHint, createCellNumber } from './cell-number.ts';
import type { CellNumber, ReadCellNumber } from './cell-number.ts';
import { cellText, isCellText } from './cell-text.ts';
import { rowSource } from './formula-names.ts';
import { shownName } from './shown-name.ts';
import { cellKind } from './row-cells.ts';
import type { CellSyntax, RowCells } from './row-cells.ts';
import type { TableSources } from './table-sources.ts';

/** Bytes of a cell that are looked at for a number, which has at most some 1,500. A longer cell is none. */
const numberBytesMax = 8 * 1024;
/** Bytes of a cell that a message may quote. */
const quotedBytesMax = 256;

const jsonSyntax: CellSyntax = {
  decimal: '.',
  group: undefined,
  numbers: 'strict',
  missing: 'error',
  missingValues: [],
};

/** Why a formula has no result, for those that use it; `error` undefined: it is empty. */
export type WhyNoResult = (formula: number) => never;

/**
 * Reads the cells of the current row when a machine needs them, each once: a row may have a million bytes, and a
 * formula a thousand mentions of one column.
 */
export class CellReader implements ColumnSource {
  mantissa = 0;
  exponent = 0;
  isNegative = false;
  readonly failResult: WhyNoResult;
  private readonly sources: TableSources;
  private readonly syntax: CellSyntax;
  private readonly readNumber: ReadCellNumber;
  private readonly readJsonNumber: ReadCellNumber;
  private readonly decimalByte: number;
  /** Short numbers can be strings that mean: missing. */
  private readonly hasMissingNumbers: boolean;
  private cells: RowCells | undefined;
  private row = 0;
  /** By source: the row whose cell is in the arrays below. */
  private readonly rows: Float64Array;
  private readonly mantissas: Float64Array;
  private readonly exponents: Int32Array;
  private readonly numbers: (CellNumber | undefined)[] = [];
  /** 1 where a missing cell is read as 0. */
  private readonly isZero: Uint8Array;
  private serial = 0;

  constructor(sources: TableSources, syntax: CellSyntax, failResult: WhyNoResult) {
    const count = sources.columns.length + 1;
    this.sources = sources;
    this.syntax = syntax;
    this.failResult = failResult;
    this.readNumber = createCellNumber(syntax);
    this.readJsonNumber = createCellNumber(jsonSyntax);
    this.decimalByte = syntax.decimal.charCodeAt(0);
    this.hasMissingNumbers = syntax.missingValues.some((text) => /\d/.test(text));
    this.rows = new Float64Array(count).fill(-1);
    this.mantissas = new Float64Array(count);
    this.exponents = new Int32Array(count);
    this.isZero = new Uint8Array(count);
  }

  /** Turns to the cells of the row with this number. */
  open(cells: RowCells, row: number): void {
    this.cells = cells;
    this.row = row;
    this.serial += 1;
  }

  read(source: number): boolean {
    if (this.rows[source] !== this.serial) this.fetch(source);
    const exponent = this.exponents[source] as number;
    this.mantissa = this.mantissas[source] as number;
    this.exponent = exponent;
    return exponent !== unscaled;
  }

  private fetch(source: number): void {
    this.rows[source] = this.serial;
    if (source === rowSource) {
      this.mantissas[source] = this.row;
      this.exponents[source] = 0;
      return;
    }
    const { cells } = this;
    const index = this.sources.cellIndexes[source] as number;
    if (cells === undefined) return;
    const kind = cells.kinds[index] as number;
    const start = cells.starts[index] as number;
    const end = cells.ends[index] as number;
    const isShort =
      (kind === cellKind.plain ? !this.hasMissingNumbers : kind === cellKind.jsonNumber) &&
      this.fetchShort(cells.bytes, start, end, source, kind === cellKind.plain ? this.decimalByte : 0x2e);
    if (!isShort) this.fetchOther(cells.bytes, start, end, kind, source);
  }

  /** Nearly every number: a sign, and up to fifteen digits with a decimal mark among them. False: read it as text. */
  private fetchShort(bytes: Uint8Array, start: number, end: number, source: number, decimal: number): boolean {
    let position = start;
    const sign = position < end ? (bytes[position] as number) : 0;
    if (sign === 0x2d || sign === 0x2b) position += 1;
    const first = position;
    let mantissa = 0;
    while (position < end) {
      const digit = (bytes[position] as number) ^ 0x30;
      if (digit > 9) break;
      mantissa = (mantissa * 10 + digit) | 0;
      position += 1;
    }
    let width = position - first;
    let exponent = 0;
    if (width === 0) return false;
    if (position < end && bytes[position] === decimal) {
      const fraction = position + 1;
      position = fraction;
      while (position < end) {
        const digit = (bytes[position] as number) ^ 0x30;
        if (digit > 9) break;
        mantissa = (mantissa * 10 + digit) | 0;
        position += 1;
      }
      exponent = fraction - position;
      width -= exponent;
    }
    if (position !== end || width > 15) return false;
    // Nine digits fit into a machine integer.
    const size = width > 9 ? longMantissa(bytes, first, end) : mantissa;
    this.mantissas[source] = sign === 0x2d ? -size : size;
    this.exponents[source] = exponent;
    this.isZero[source] = 0;
    return true;
  }

  private fetchOther(bytes: Uint8Array, start: number, end: number, kind: number, source: number): void {
    const number = this.numberOf(bytes, start, end, kind);
    this.numbers[source] = number;
    this.exponents[source] = unscaled;
    this.isZero[source] = 0;
    if (number.kind === 'missing' && this.syntax.missing === 'zero') {
      this.mantissas[source] = 0;
      this.exponents[source] = 0;
      this.isZero[source] = 1;
    } else if (number.kind === 'number') this.scale(number.digits, number.isNegative, source);
  }

  private numberOf(bytes: Uint8Array, start: number, end: number, kind: number): CellNumber {
    if (kind === cellKind.absent) return { kind: 'missing' };
    if (kind === cellKind.jsonOther) return { kind: 'text' };
    const [from, to] = withoutSpaces(bytes, start, end);
    if (to - from > numberBytesMax) return { kind: 'text' };
    const text = cellText(bytes, from, to, kind, numberBytesMax);
    return kind === cellKind.jsonNumber ? this.readJsonNumber(text) : this.readNumber(text);
  }

  /** Notes a number of few digits as mantissa and exponent. */
  private scale(literal: string, isNegative: boolean, source: number): void {
    const [mantissa = '', exponent = '0'] = literal.split('e');
    const point = mantissa.indexOf('.');
    const digits = mantissa.replace('.', '').replace(/^0+/, '');
    if (digits.length > 15) return;
    const size = Number(digits);
    this.mantissas[source] = isNegative ? -size : size;
    this.exponents[source] = Number(exponent) - (point < 0 ? 0 : mantissa.length - point - 1);
  }

  literal(source: number): string {
    const number = this.numbers[source];
    if (number?.kind === 'number') {
      this.isNegative = number.isNegative;
      return number.digits;
    }
    return this.failCell(source, number);
  }

  private failCell(source: number, number: CellNumber | undefined): never {
    const name = shownName(this.sources.columns[source - 1]?.name ?? '');
    if (number?.kind === 'missing') {
      // oxlint-disable-next-line typescript/only-throw-error -- see missingResult
      if (this.syntax.missing === 'empty') throw missingResult;
      fault('MISSING', `${name} is missing in this row. Enter a number, or set missing to zero or empty.`);
    }
    if (number?.kind === 'limit') fault('LIMIT', `${name} ${number.message} in this row.`);
    const text = this.quotedText(source);
    const hint = cellNumberHint(text, this.syntax);
    fault('NOT_NUMBER', `${name} is not a number in this row: ${quote(text)}${hint}.`);
  }

  private quotedText(source: number): string {
    const { cells } = this;
    const index = this.sources.cellIndexes[source] as number;
    if (cells === undefined) return '';
    const kind = cells.kinds[index] as number;
    return cellText(
      cells.bytes,
      cells.starts[index] as number,
      cells.ends[index] as number,
      kind,
      quotedBytesMax,
    ).trim();
  }

  isText(comparison: number): boolean {
    const { cells } = this;
    const { source, text } = this.sources.comparisons[comparison] ?? noComparison;
    const index = this.sources.cellIndexes[source] as number;
    if (cells === undefined) return false;
    const kind = cells.kinds[index] as number;
    return isCellText(cells.bytes, cells.starts[index] as number, cells.ends[index] as number, kind, text);
  }

  /** Whether the cell read last from this source is missing, and read as 0. */
  isMissing(source: number): boolean {
    return this.isZero[source] === 1;
  }

  /** The number of a cell for a total: `scaled` if `mantissa` and `exponent` have it, else its text; undefined if it has none. */
  numberText(source: number): string | undefined {
    const isScaled = this.read(source);
    if (this.isMissing(source)) return undefined;
    if (isScaled) return 'scaled';
    const number = this.numbers[source];
    return number?.kind === 'number' ? `${number.isNegative ? '-' : ''}${number.digits}` : undefined;
  }
}

const noComparison = { source: 0, text: new Uint8Array(0) };

/** The digits of input[start, end) without the mark among them. */
function longMantissa(input: Uint8Array, start: number, end: number): number {
  let mantissa = 0;
  for (let position = start; position < end; position += 1) {
    const digit = (input[position] as number) ^ 0x30;
    if (digit <= 9) mantissa = mantissa * 10 + digit;
  }
  return mantissa;
}

/** input[start, end) without the spaces at both ends. */
function withoutSpaces(input: Uint8Array, start: number, end: number): [start: number, end: number] {
  let [from, to] = [start, end];
  while (from < to && isSpace(input[from] as number)) from += 1;
  while (to > from && isSpace(input[to - 1] as number)) to -= 1;
  return [from, to];
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
