/**
 * The input of table benchmarks: rows `id,price,qty,vat`, the same for the same seed, and the exact total of each row,
 * `price * qty * (1 + vat / 100)`, computed in integers and without any engine that is measured.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** The formula of the benchmarks, as a user writes it. */
export const totalFormula = 'total = price * qty * (1 + vat / 100)';
export const tableHeader = 'id,price,qty,vat';

/** Rows gathered before they are written. */
const rowsPerBlock = 2_000;
const seed = 20_261_130;
const vatRates = [0, 5, 7, 10, 19, 20, 21, 25] as const;
const quantityMax = 99;
const centsMax = 99_999;
/** Digits after the decimal mark of a total: two of the price, two of the percentage. */
const totalDecimals = 4;

export interface TableRow {
  /** As it stands in the file, without its line end. */
  readonly text: string;
  /** The total in units of 10^-4: below 2^53, so a number holds it exactly. */
  readonly total: number;
}

/** The rows of a file of `count` rows, in its order. */
export function* makeTableRows(count: number): Generator<TableRow, void, void> {
  let state = seed;
  const draw = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  for (let id = 1; id <= count; id += 1) {
    const cents = 1 + draw(centsMax);
    const quantity = 1 + draw(quantityMax);
    const vat = vatRates[draw(vatRates.length)] ?? 0;
    const price = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    yield { text: `${id},${price},${quantity},${vat}`, total: cents * quantity * (100 + vat) };
  }
}

/** Writes a file of `count` rows under its header; returns its size in bytes. */
export function writeTableFile(path: string, count: number): number {
  const file = openSync(path, 'w');
  let bytes = 0;
  let block = `${tableHeader}\n`;
  let inBlock = 0;
  const flush = (): void => {
    bytes += writeSync(file, block);
    block = '';
    inBlock = 0;
  };
  try {
    for (const { text } of makeTableRows(count)) {
      block += `${text}\n`;
      inBlock += 1;
      if (inBlock === rowsPerBlock) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** A total as exact decimal text without trailing zeros, which is how Mathmill prints it. */
export function formatTotal(total: number): string {
  const digits = String(total).padStart(totalDecimals + 1, '0');
  const fraction = digits.slice(-totalDecimals).replace(/0+$/, '');
  const integer = digits.slice(0, -totalDecimals);
  return fraction === '' ? integer : `${integer}.${fraction}`;
}

const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Whether a string is exactly that number, however it is written: `2.50` and `2.5e0` are 2.5. */
export function isExactly(text: string, total: number): boolean {
  const match = decimalText.exec(text);
  if (match === null) return false;
  const [, sign = '', integer = '', fraction = '', exponent = '0'] = match;
  if (integer === '' && fraction === '') return false;
  // text = digits * 10^-scale, total = total * 10^-4.
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${integer}${fraction}`) * (sign === '-' ? -1n : 1n);
  const shift = scale - totalDecimals;
  return shift >= 0
    ? digits === BigInt(total) * 10n ** BigInt(shift)
    : digits * 10n ** BigInt(-shift) === BigInt(total);
}
