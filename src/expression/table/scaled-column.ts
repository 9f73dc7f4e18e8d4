import { powersOfTen } from '../write-digits.ts';

/**
 * The numbers of one column in the rows of a batch: values[row] × 10^exponent, each exact. All rows share the exponent, so
 * that an operation is one loop over machine numbers.
 */
export interface ScaledColumn {
  readonly values: Float64Array;
  exponent: number;
  /**
   * The highest exponent with which the decimal machine may hold one of these numbers, when it evaluates the rows one by
   * one. An operation must not succeed here where it hands over to the general machine there, which costs more.
   */
  exponentMax: number;
}

/** Places by which operands may be apart: as in `ScaledStack`. */
const distanceMax = 15;

export function createScaledColumn(rows: number): ScaledColumn {
  return { values: new Float64Array(rows), exponent: 0, exponentMax: 0 };
}

/** Each operation gives how many of the first `rows` rows have an exact result of at most `sizeMax` in `target`. */
export function multiplyColumns(
  left: ScaledColumn,
  right: ScaledColumn,
  target: ScaledColumn,
  rows: number,
  sizeMax: number,
): number {
  const [from, by, to] = [left.values, right.values, target.values];
  target.exponentMax = left.exponentMax + right.exponentMax;
  target.exponent = left.exponent + right.exponent;
  for (let row = 0; row < rows; row += 1) {
    const product = (from[row] as number) * (by[row] as number);
    if (Math.abs(product) > sizeMax) return row;
    to[row] = product;
  }
  return rows;
}

/** `sign`: 1 adds, -1 subtracts. */
export function addColumns(
  left: ScaledColumn,
  right: ScaledColumn,
  sign: number,
  target: ScaledColumn,
  rows: number,
  sizeMax: number,
): number {
  const common = Math.min(left.exponent, right.exponent);
  if (Math.max(left.exponentMax, right.exponentMax) - common > distanceMax) return 0;
  const [from, by, to] = [left.values, right.values, target.values];
  const leftScale = powersOfTen[left.exponent - common] as number;
  const rightScale = powersOfTen[right.exponent - common] as number;
  target.exponentMax = Math.min(left.exponentMax, right.exponentMax);
  target.exponent = common;
  for (let row = 0; row < rows; row += 1) {
    const first = (from[row] as number) * leftScale;
    const second = (by[row] as number) * rightScale;
    const sum = first + sign * second;
    if (Math.abs(first) > Number.MAX_SAFE_INTEGER || Math.abs(second) > Number.MAX_SAFE_INTEGER) return row;
    if (Math.abs(sum) > sizeMax) return row;
    to[row] = sum;
  }
  return rows;
}

/** A divisor that goes into a power of ten: `factor` × divisor = 10^`places`. */
export interface ScaledDivisor {
  readonly factor: number;
  readonly places: number;
  readonly exponent: number;
}

export function divideColumn(
  column: ScaledColumn,
  { factor, places, exponent }: ScaledDivisor,
  target: ScaledColumn,
  rows: number,
  sizeMax: number,
): number {
  const [from, to] = [column.values, target.values];
  const dividendMax = Number.MAX_SAFE_INTEGER / (powersOfTen[places] as number);
  target.exponentMax = column.exponentMax - exponent;
  target.exponent = column.exponent - exponent - places;
  for (let row = 0; row < rows; row += 1) {
    const dividend = from[row] as number;
    const quotient = dividend * factor;
    if (Math.abs(dividend) > dividendMax || Math.abs(quotient) > sizeMax) return row;
    to[row] = quotient;
  }
  return rows;
}

/** Rounds to an integer of 10^-places, halves away from zero or, `isEven`, to the even neighbor. */
export function roundColumn(
  column: ScaledColumn,
  places: number,
  isEven: boolean,
  target: ScaledColumn,
  rows: number,
  sizeMax: number,
): number {
  const dropped = -column.exponent - places;
  if (dropped > distanceMax) return 0;
  const [from, to] = [column.values, target.values];
  target.exponentMax = Math.max(column.exponentMax, -places);
  target.exponent = dropped > 0 ? -places : column.exponent;
  const unit = dropped > 0 ? (powersOfTen[dropped] as number) : 1;
  for (let row = 0; row < rows; row += 1) {
    const rounded = roundNumber(from[row] as number, unit, isEven);
    if (Math.abs(rounded) > sizeMax) return row;
    to[row] = rounded;
  }
  return rows;
}

/** value / unit as an integer. */
function roundNumber(value: number, unit: number, isEven: boolean): number {
  const rest = value % unit;
  const whole = (value - rest) / unit;
  const twice = Math.abs(rest) * 2;
  if (twice < unit || (isEven && twice === unit && whole % 2 === 0)) return whole;
  return rest < 0 ? whole - 1 : whole + 1;
}

export function negateColumn(column: ScaledColumn, target: ScaledColumn, rows: number): void {
  const [from, to] = [column.values, target.values];
  target.exponentMax = column.exponentMax;
  target.exponent = column.exponent;
  for (let row = 0; row < rows; row += 1) to[row] = -(from[row] as number);
}

export function copyColumn(column: ScaledColumn, target: ScaledColumn, rows: number): void {
  const [from, to] = [column.values, target.values];
  target.exponentMax = column.exponentMax;
  target.exponent = column.exponent;
  for (let row = 0; row < rows; row += 1) to[row] = from[row] as number;
}
