import type { Example } from './function-table.ts';
import type { NumberMode } from './number-mode.ts';

export interface ConstantRow {
  readonly name: string;
  readonly modes: readonly NumberMode[];
  readonly description: string;
  readonly examples: readonly Example[];
}

const floating: readonly NumberMode[] = ['decimal', 'float64'];

function row(name: string, description: string, result: string): ConstantRow {
  return { name, modes: floating, description, examples: [{ line: name, result }] };
}

/** The named numbers. All are irrational, so the exact modes have none of them. `true` and `false` belong to the grammar. */
export const constantTable: readonly ConstantRow[] = Object.freeze([
  row('pi', 'The circumference of a circle of diameter 1; also written π.', '3.141592653589793238462643383279503'),
  row('e', 'The base of the natural logarithm.', '2.718281828459045235360287471352662'),
  row('tau', 'Twice pi: the circumference of a circle of radius 1.', '6.283185307179586476925286766559006'),
  row('phi', 'The golden ratio, (1 + sqrt(5)) / 2.', '1.618033988749894848204586834365638'),
]);
