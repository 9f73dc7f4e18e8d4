/**
 * Collects control totals from the text of results, at some nanoseconds per digit. Decimals are cut into limbs of 15 digits,
 * which are added as integers that a double holds exactly, one sum for each power of ten; fractions are added one sum for
 * each denominator. Only numbers that are longer than that are made BigInts one by one.
 */
import { largerText, noColumnTotals, smallerText, type ColumnTotals } from './column-totals.ts';
import { parseExactNumber } from './exact-number.ts';
import { ExactSum } from './exact-sum.ts';
import { asciiText, ExtremeText } from './extreme-text.ts';

export interface TotalsCollector {
  /**
   * Adds the number that is written in `bytes[start, end)` to a column. Text that is no number (empty, `true`, `false`) does
   * not count.
   */
  add(column: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * Adds the first `rows` numbers values[row] × 10^exponent, safe integers, to a column; at least one. `addText` must add the text of
   * a row by `add`: it is called for one with the smallest and one with the largest number.
   */
  addNumbers(
    column: number,
    numbers: { readonly values: Float64Array; readonly exponent: number },
    rows: number,
    addText: (row: number) => void,
  ): void;
  /** The totals of the numbers added since the last `clear`, one for each column. */
  read(): ColumnTotals[];
  clear(): void;
}

export function createTotalsCollector(columns: number): TotalsCollector {
  const collectors = Array.from({ length: columns }, () => new ColumnCollector());
  return {
    add: (column, bytes, start, end) => (collectors[column] as ColumnCollector).add(bytes, start, end),
    addNumbers(column, { values, exponent }, rows, addText) {
      const [lowest, highest] = findExtremes(values, rows);
      addText(lowest);
      if (highest !== lowest) addText(highest);
      (collectors[column] as ColumnCollector).addBetween(values, exponent, rows, lowest, highest);
    },
    read: () => collectors.map((collector) => collector.read()),
    clear: () => collectors.forEach((collector) => collector.clear()),
  };
}

/** The rows of the smallest and of the largest number. */
function findExtremes(values: Float64Array, rows: number): readonly [number, number] {
  let [lowest, highest] = [0, 0];
  let [smallest, largest] = [values[0] as number, values[0] as number];
  for (let row = 1; row < rows; row += 1) {
    const value = values[row] as number;
    if (value < smallest) {
      smallest = value;
      lowest = row;
    } else if (value > largest) {
      largest = value;
      highest = row;
    }
  }
  return [lowest, highest];
}

/** Digits of a limb. A number of one limb is a safe integer, and two different ones have different quotients in doubles. */
const limbDigits = 15;
const limbBase = 10 ** limbDigits;
/** Digits of a number that is cut into limbs: those of the highest precision, with the zeros before them. */
const digitsMax = 8 * limbDigits;
/** A sum above this goes to the BigInts before it takes another integer: it stays a safe integer. */
const sumMax = 2 ** 52;
/** Denominators for each of which there is a sum. Beyond that they have little in common. */
const denominatorsMax = 256;
const powersOfTen = Array.from({ length: digitsMax + 1 }, (_, exponent) => 10 ** exponent);

const minusSign = 0x2d;
const point = 0x2e;
const slash = 0x2f;
const zero = 0x30;

/** A number of one limb: coefficient / 10^decimals. */
interface ShortNumber {
  value: number;
  coefficient: number;
  decimals: number;
}

class ColumnCollector {
  #count = 0;
  /** Sums of limbs, by power of ten, from -digitsMax on. */
  readonly #sums = new Float64Array(2 * digitsMax + 1);
  /** Sums of numerators. */
  readonly #fractions = new Map<number, number>();
  readonly #min: ShortNumber = { value: Infinity, coefficient: 0, decimals: 0 };
  readonly #max: ShortNumber = { value: -Infinity, coefficient: 0, decimals: 0 };
  readonly #longMin = new ExtremeText(-1);
  readonly #longMax = new ExtremeText(1);
  #rest = new ExactSum();

  add(bytes: Uint8Array, start: number, end: number): void {
    const isNegative = bytes[start] === minusSign;
    const first = isNegative ? start + 1 : start;
    let coefficient = 0;
    let pointAt = -1;
    for (let position = first; position < end; position += 1) {
      const digit = (bytes[position] as number) - zero;
      if (digit >= 0 && digit <= 9) coefficient = coefficient * 10 + digit;
      else if (digit === point - zero && pointAt < 0) pointAt = position;
      else return this.#addOther(bytes, start, end);
    }
    const decimals = pointAt < 0 ? 0 : end - pointAt - 1;
    const digits = end - first - (pointAt < 0 ? 0 : 1);
    if (digits > limbDigits) this.#addLong(bytes, start, end, digits, decimals);
    else if (digits > 0) this.#addShort(isNegative ? -coefficient : coefficient, decimals);
  }

  /** Adds numbers that are neither the smallest nor the largest: all but those of two rows. */
  addBetween(values: Float64Array, exponent: number, rows: number, lowest: number, highest: number): void {
    for (let row = 0; row < rows; row += 1) {
      if (row !== lowest && row !== highest) this.#addInteger(values[row] as number, exponent);
    }
    this.#count += rows - (lowest === highest ? 1 : 2);
  }

  #addInteger(value: number, exponent: number): void {
    const isLimb = value < limbBase && value > -limbBase && exponent <= digitsMax && exponent >= -digitsMax;
    if (isLimb) this.#addLimb(value, exponent);
    else this.#rest.addDecimal(BigInt(value), exponent);
  }

  read(): ColumnTotals {
    if (this.#count === 0) return noColumnTotals;
    for (let index = 0; index < this.#sums.length; index += 1)
      if (this.#sums[index] !== 0) this.#spill(index - digitsMax);
    this.#spillFractions();
    return {
      count: this.#count,
      sum: this.#rest.text,
      min: smallerText(writeShort(this.#min), this.#longMin.text),
      max: largerText(writeShort(this.#max), this.#longMax.text),
    };
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    this.#sums.fill(0);
    this.#fractions.clear();
    this.#min.value = Infinity;
    this.#max.value = -Infinity;
    this.#longMin.clear();
    this.#longMax.clear();
    this.#rest = new ExactSum();
  }

  #addShort(coefficient: number, decimals: number): void {
    this.#count += 1;
    this.#addLimb(coefficient, -decimals);
    // With 15 digits the quotients of different numbers differ, and stand in the same order.
    const value = decimals === 0 ? coefficient : coefficient / (powersOfTen[decimals] as number);
    if (value <= this.#min.value) note(this.#min, value, coefficient, decimals);
    if (value >= this.#max.value) note(this.#max, value, coefficient, decimals);
  }

  #addLimb(limb: number, exponent: number): void {
    const index = exponent + digitsMax;
    const sum = this.#sums[index] as number;
    if (sum > sumMax || sum < -sumMax) this.#spill(exponent);
    this.#sums[index] = (this.#sums[index] as number) + limb;
  }

  /** Digits and at most one point, but too many for one limb. */
  #addLong(bytes: Uint8Array, start: number, end: number, digits: number, decimals: number): void {
    if (digits > digitsMax) return this.#addHuge(bytes, start, end);
    const sign = bytes[start] === minusSign ? -1 : 1;
    let value = 0;
    let limb = 0;
    let left = digits;
    for (let position = sign < 0 ? start + 1 : start; position < end; position += 1) {
      const digit = (bytes[position] as number) - zero;
      if (digit < 0) continue;
      limb = limb * 10 + digit;
      left -= 1;
      if (left % limbDigits !== 0) continue;
      this.#addLimb(sign * limb, left - decimals);
      value = value * limbBase + limb;
      limb = 0;
    }
    this.#count += 1;
    this.#offer((sign * value) / (powersOfTen[decimals] as number), bytes, start, end);
  }

  /** Adds text with another sign among its digits: a fraction, an exponent, or no number at all. */
  #addOther(bytes: Uint8Array, start: number, end: number): void {
    let position = bytes[start] === minusSign ? start + 1 : start;
    const numeratorAt = position;
    let numerator = 0;
    for (; position < end && bytes[position] !== slash; position += 1) numerator = shift(numerator, bytes[position]);
    const slashAt = position;
    let denominator = 0;
    for (position += 1; position < end; position += 1) denominator = shift(denominator, bytes[position]);
    const isShort = slashAt > numeratorAt && slashAt - numeratorAt <= limbDigits && end - slashAt - 1 <= limbDigits;
    if (!isShort || !(numerator >= 0) || !(denominator > 0)) return this.#addHuge(bytes, start, end);
    this.#addFraction(numeratorAt > start ? -numerator : numerator, denominator);
    this.#offer((numeratorAt > start ? -numerator : numerator) / denominator, bytes, start, end);
  }

  #addFraction(numerator: number, denominator: number): void {
    this.#count += 1;
    const sum = this.#fractions.get(denominator);
    if (sum === undefined ? this.#fractions.size >= denominatorsMax : Math.abs(sum) > sumMax) this.#spillFractions();
    this.#fractions.set(denominator, (this.#fractions.get(denominator) ?? 0) + numerator);
  }

  #addHuge(bytes: Uint8Array, start: number, end: number): void {
    const number = parseExactNumber(asciiText(bytes, start, end));
    if (number === undefined) return;
    this.#count += 1;
    this.#rest.add(number);
    this.#offer(NaN, bytes, start, end);
  }

  #offer(value: number, bytes: Uint8Array, start: number, end: number): void {
    this.#longMin.offer(value, bytes, start, end);
    this.#longMax.offer(value, bytes, start, end);
  }

  #spill(exponent: number): void {
    this.#rest.addDecimal(BigInt(this.#sums[exponent + digitsMax] as number), exponent);
    this.#sums[exponent + digitsMax] = 0;
  }

  #spillFractions(): void {
    for (const [denominator, sum] of this.#fractions) this.#rest.addFraction(BigInt(sum), BigInt(denominator));
    this.#fractions.clear();
  }
}

/** Appends a digit; NaN for another character. */
function shift(number: number, byte: number | undefined): number {
  const digit = (byte ?? 0) - zero;
  return digit >= 0 && digit <= 9 ? number * 10 + digit : NaN;
}

/** Of equal numbers the one with fewer decimals stays, as in `shorterText`. */
function note(extreme: ShortNumber, value: number, coefficient: number, decimals: number): void {
  if (value === extreme.value && decimals >= extreme.decimals) return;
  extreme.value = value;
  extreme.coefficient = coefficient;
  extreme.decimals = decimals;
}

function writeShort({ value, coefficient, decimals }: ShortNumber): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const digits = String(Math.abs(coefficient)).padStart(decimals + 1, '0');
  const sign = coefficient < 0 ? '-' : '';
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
