/**
 * Control totals of a table's columns: of each formula, in the order given, then of each input column named by `totals`.
 * They count and add the numbers as their text say, exactly, so a sum is the same in any order of chunks: what the
 * outcomes of a chunk add is a fact inside them, and the fold collects it as it collects counts.
 */
import { compareExactNumbers, parseExactNumber } from './exact-number.ts';
import { ExactSum } from './exact-sum.ts';
import { shorterText } from './extreme-text.ts';

/** Totals of the succeeded numeric cells of one column. */
export interface ColumnTotals {
  readonly count: number;
  /**
   * Exact: a decimal text without exponent limits (`-12.5`, `1e+30`), or a fraction `n/d` that need not be reduced. Undefined:
   * it would be longer than the bounds of exact-sum.ts.
   */
  readonly sum: string | undefined;
  /** As printed; undefined while `count` is 0. Of several strings of one number the shortest. */
  readonly min: string | undefined;
  readonly max: string | undefined;
}

export const noColumnTotals: ColumnTotals = { count: 0, sum: '0', min: undefined, max: undefined };

/** The totals of two parts of a table together, column by column. A list without entries stands for a part without rows. */
export function joinColumnTotals(
  left: readonly ColumnTotals[],
  right: readonly ColumnTotals[],
): readonly ColumnTotals[] {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, index) =>
    joinColumn(left[index] ?? noColumnTotals, right[index] ?? noColumnTotals),
  );
}

function joinColumn(left: ColumnTotals, right: ColumnTotals): ColumnTotals {
  if (left.count === 0) return right;
  if (right.count === 0) return left;
  const sum = new ExactSum();
  sum.addSum(left.sum);
  sum.addSum(right.sum);
  return {
    count: left.count + right.count,
    sum: sum.text,
    min: smallerText(left.min, right.min),
    max: largerText(left.max, right.max),
  };
}

/** The text of the smaller number. Undefined stands for no number. */
export function smallerText(left: string | undefined, right: string | undefined): string | undefined {
  return chooseText(left, right, -1);
}

/** The text of the larger number. Undefined stands for no number. */
export function largerText(left: string | undefined, right: string | undefined): string | undefined {
  return chooseText(left, right, 1);
}

function chooseText(left: string | undefined, right: string | undefined, sign: number): string | undefined {
  const leftNumber = left === undefined ? undefined : parseExactNumber(left);
  const rightNumber = right === undefined ? undefined : parseExactNumber(right);
  if (leftNumber === undefined) return right;
  if (rightNumber === undefined) return left;
  const order = compareExactNumbers(leftNumber, rightNumber) * sign;
  if (order !== 0) return order > 0 ? left : right;
  return shorterText(left ?? '', right ?? '');
}
