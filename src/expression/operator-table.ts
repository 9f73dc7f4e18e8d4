import type { Example } from './function-table.ts';

/** What one group of operators is: the reference page is made from these rows, from the loosest to the tightest. */
export interface OperatorRow {
  readonly symbols: readonly string[];
  /** A higher one binds tighter. */
  readonly precedence: number;
  readonly grouping: 'left' | 'right' | 'none' | 'prefix' | 'postfix';
  readonly description: string;
  readonly examples: readonly Example[];
}

function row(
  symbols: string,
  precedence: number,
  grouping: OperatorRow['grouping'],
  description: string,
  ...examples: readonly (readonly [line: string, result: string])[]
): OperatorRow {
  return {
    symbols: symbols.split(' , '),
    precedence,
    grouping,
    description,
    examples: examples.map(([line, result]) => ({ line, result })),
  };
}

export const operatorTable: readonly OperatorRow[] = Object.freeze([
  row(
    '? :',
    1,
    'right',
    'condition ? a : b is a if the condition is true, else b; only that one is evaluated. Both must be numbers, or both truth values.',
    ['2 > 1 ? 10 : 1 / 0', '10'],
  ),
  row('|| , or', 2, 'left', 'True if either side is true; the right side is evaluated only if the left is false.', [
    '1 > 2 or 2 > 1',
    'true',
  ]),
  row('&& , and', 4, 'left', 'True if both sides are true; the right side is evaluated only if the left is true.', [
    '1 < 2 && 2 < 1',
    'false',
  ]),
  row('not', 6, 'prefix', 'True if what follows is false.', ['not 1 == 2', 'true']),
  row(
    '== , != , ≠ , < , <= , ≤ , > , >= , ≥',
    8,
    'none',
    'Exact comparison. Comparisons cannot be chained; truth values can only be equal or not.',
    ['0.1 + 0.2 == 0.3', 'true'],
    ['2 ≤ 1', 'false'],
  ),
  row('+ , - , −', 10, 'left', 'Sum and difference.', ['0.1 + 0.2', '0.3'], ['7 - 4 - 1', '2']),
  row('* , × , · , / , ÷', 12, 'left', 'Product and quotient; the quotient is never cut to a whole number.', [
    '1 / 2 * 3',
    '1.5',
  ]),
  row(
    '% , mod',
    12,
    'left',
    'What is left of a division: with the sign of the dividend by %, with that of the divisor by mod. A percent sign after a number (10%) is refused, never guessed at.',
    ['-7 % 3', '-1'],
    ['-7 mod 3', '2'],
  ),
  row('- , − , +', 14, 'prefix', 'The number with its sign changed, or as it is.', ['-2 ^ 2', '-4']),
  row('!', 14, 'prefix', 'True if what follows is false; binds tighter than not.', ['!(1 == 2)', 'true']),
  row('^ , **', 16, 'right', 'Power. A sign may follow.', ['2 ^ 3 ^ 2', '512'], ['2 ^ -1', '0.5']),
  row('!', 18, 'postfix', 'Factorial.', ['3! + 1', '7']),
]);
