import type { Example } from './function-table.ts';

/** The operators of one precedence: the reference page is made from these rows, from the lowest precedence to the highest. */
export interface OperatorRow {
  readonly symbols: readonly string[];
  /** A higher one binds more tightly; no two rows have the same. */
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
    'condition ? a : b is a if the condition is true, else b; only that one is evaluated. Both must be numbers, or both true/false values.',
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
    'Exact comparison. Comparisons cannot be chained; true/false values can only be equal or not.',
    ['0.1 + 0.2 == 0.3', 'true'],
    ['2 ≤ 1', 'false'],
  ),
  row('+ , - , −', 10, 'left', 'Sum and difference.', ['0.1 + 0.2', '0.3'], ['7 - 4 - 1', '2']),
  row(
    '* , × , · , / , ÷ , % , mod',
    12,
    'left',
    'Product, quotient and remainder, from left to right. The quotient keeps its fraction. The remainder has the sign of the dividend with %, of the divisor with mod. A % that could mean a percentage (10%, 10% - 3) is an error.',
    ['1 / 2 * 3', '1.5'],
    ['7 * 6 % 4', '2'],
    ['7 % 4 * 6', '18'],
    ['-7 % 3', '-1'],
    ['-7 mod 3', '2'],
  ),
  row(
    '- , − , + , !',
    14,
    'prefix',
    'A sign changes the sign of a number, or leaves it; ! is true if what follows is false, and binds more tightly than not.',
    ['-2 ^ 2', '-4'],
    ['!(1 == 2)', 'true'],
  ),
  row(
    '^ , **',
    16,
    'right',
    'Power. A sign can follow. An integer power can also be a superscript.',
    ['2 ^ 3 ^ 2', '512'],
    ['2 ^ -1', '0.5'],
    ['-6²', '-36'],
    ['10⁻³', '0.001'],
  ),
  row('!', 18, 'postfix', 'Factorial.', ['3! + 1', '7'], ['2 ^ 3!', '64']),
]);
