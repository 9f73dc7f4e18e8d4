/** The files that the main path submits in each browser, and their expected results. */
import assert from 'node:assert/strict';

export const linesTotal = 1_000_000;
export const failedLines: readonly number[] = [1_234, 500_000, 999_999];

export function lineOf(line: number): string {
  return failedLines.includes(line) ? `${line} / 0` : `${line} / 8`;
}

/** The result of a line that does not fail, or that is repaired. */
export function resultOf(line: number): string {
  return String(line / 8);
}

export function makeLines(): string {
  return Array.from({ length: linesTotal }, (_, index) => `${lineOf(index + 1)}\n`).join('');
}

/** The results of a job whose failed lines are repaired: every line of it. */
export function assertRepaired(results: string): void {
  const lines = results.split('\n');
  assert.equal(lines.length, linesTotal + 1);
  const wrong = lines.findIndex((result, index) => index < linesTotal && result !== resultOf(index + 1));
  assert.equal(wrong, -1, `line ${wrong + 1}: ${lines[wrong]}`);
}

/** A job to cancel. Each line takes an evaluator milliseconds, and no two are equal, or they would be evaluated once. */
export const slowLines = Array.from(
  { length: 40_000 },
  (_, line) => `5900! % 7919 + 5900! % 7907 + 5900! % 7901 + ${line}\n`,
).join('');

export const rowsTotal = 20_000;
export const failedRow = 13_131;
export const formulas = ['net = price * qty', 'gross = net * 1.2'] as const;

/** The quantity that is no number, and the one in its place. */
export const failedQuantity = 'many';
export const repairedQuantity = '8';

function writeRow(row: number, ofFailed = failedQuantity): string {
  return `bolt ${row},0.5,${row === failedRow ? ofFailed : row}`;
}

/** Quantities in halves and tenths, so that their products have few digits. */
export function makeTable(): string {
  const rows = Array.from({ length: rowsTotal }, (_, index) => `${writeRow(index + 1)}\n`).join('');
  return `item,price,qty\n${rows}`;
}

/** The results as CSV of a table whose failed row is repaired: every row of it. */
export function assertRepairedTable(csv: string): void {
  const lines = csv.split(/\r?\n/);
  assert.equal(lines.length, rowsTotal + 2);
  assert.equal(lines[0], 'item,price,qty,net,gross,error');
  const expectedOf = (row: number): string => {
    const quantity = row === failedRow ? Number(repairedQuantity) : row;
    // In tenths, which are whole: a product of fractions would have digits of their binary form.
    return `${writeRow(row, repairedQuantity)},${quantity / 2},${(quantity * 6) / 10},`;
  };
  const wrong = lines.findIndex((line, row) => row >= 1 && row <= rowsTotal && line !== expectedOf(row));
  assert.equal(wrong, -1, `row ${wrong}: ${lines[wrong]} is not ${expectedOf(wrong)}`);
}
