/** Formulas beside exact fractions of integers, and formulas that use others beside one formula with all of them in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { createLineEvaluator, numberModes } from '../../../src/expression/index.ts';
import { lineOf } from '../properties/expression-tree.ts';
import { createRandom } from '../properties/random.ts';
import { treeArbitrary, treeStocks } from '../properties/tree-arbitrary.ts';
import { answersOf, cellsOf, compiledOf, evaluatorOf } from './table-case.ts';

const header = ['a', 'b', 'c', 'd'];

/** digits × 10^-places, as a cell with this decimal mark and this sign between groups. */
interface ExactCell {
  readonly digits: bigint;
  readonly places: number;
}

const exactCells = fc.record({
  digits: fc.oneof(fc.bigInt({ min: -999n, max: 999n }), fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })),
  places: fc.nat(4),
});

function writtenCell({ digits, places }: ExactCell, decimal: string, group: string): string {
  const size = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  const whole = size.slice(0, size.length - places).replaceAll(/\B(?=(\d{3})+$)/g, group);
  const fraction = places === 0 ? '' : decimal + size.slice(size.length - places);
  return `${digits < 0n ? '-' : ''}${whole}${fraction}`;
}

/** A product of four numbers of four places has sixteen. */
const places = 20;

/** The value of the chain of operators, with all its places. */
function exactly(cells: readonly ExactCell[], operators: readonly string[]): string {
  const [first = 0n, ...rest] = cells.map((cell) => cell.digits * 10n ** BigInt(4 - cell.places));
  // Products first, then sums, each as a number of units of 10^-20.
  const terms: { sign: bigint; factors: bigint[] }[] = [{ sign: 1n, factors: [first] }];
  operators.forEach((operator, index) => {
    const value = rest[index] ?? 0n;
    if (operator === '*') terms.at(-1)?.factors.push(value);
    else terms.push({ sign: operator === '+' ? 1n : -1n, factors: [value] });
  });
  const sum = terms.reduce((total, { sign, factors }) => {
    const product = factors.reduce((value, factor) => value * factor, 1n);
    return total + sign * product * 10n ** BigInt(places - 4 * factors.length);
  }, 0n);
  return decimalText(sum);
}

function decimalText(units: bigint): string {
  const size = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const text = `${size.slice(0, -places)}.${size.slice(-places)}`;
  return units < 0n ? `-${text}` : text;
}

describe('formulas of sums and products', () => {
  it('are exact', () => {
    const styles = fc.constantFrom(['.', ','], [',', '.'], [',', ' '], ['.', '’'], ['.', '']);
    const operators = fc.array(fc.constantFrom('+', '-', '*'), { minLength: 3, maxLength: 3 });
    const rows = fc.array(exactCells, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(styles, operators, rows, ([decimal = '.', group = ''], signs, cells) => {
        const sum = `a ${signs.map((sign, index) => `${sign} ${header[index + 1] ?? ''}`).join(' ')}`;
        const formula = `x = fixed(${sum}, ${places})`;
        const evaluator = evaluatorOf({
          header,
          formulas: [formula],
          precision: 100,
          cells: { decimal: decimal === ',' ? ',' : '.', group: group === '' ? undefined : group },
        });
        const written = cells.map((cell) => writtenCell(cell, decimal, group));
        assert.deepEqual(
          answersOf(evaluator, cellsOf(written)),
          [exactly(cells, signs)],
          `${formula} ${written.join(' ')}`,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Below, decimal mode treats a printed number and a rounded result alike. */
const shortResult = /^-?[\d.]{1,30}(?:e-\d+)?$/;

describe('a formula that uses another', () => {
  for (const mode of numberModes) {
    it(`takes the number that was printed, in ${mode} mode`, () => {
      const stock = treeStocks[mode];
      const lines = createLineEvaluator({ mode, precision: 34 });
      const inner = treeArbitrary({ ...stock, names: [...stock.names, 'a', 'b'] });
      const outer = treeArbitrary({ ...stock, names: [...stock.names, 'inner', 'inner'] });
      const check = (first: string, second: string): void => {
        const compiled = compiledOf({ header, mode, formulas: [`outer = ${second}`, `inner = ${first}`] });
        if (compiled.kind === 'refused') return;
        const [outcome = '', printed = ''] = answersOf(compiled.createEvaluator(), cellsOf(['12', '-3', '0', '7']));
        if (mode === 'decimal' ? !shortResult.test(printed) : !/^-?\d/.test(printed)) return;
        const line = lines.evaluateText(second.replaceAll('inner', `(${printed})`));
        const expected = line.kind === 'result' ? line.text : line.error.code;
        assert.equal(line.kind === 'result' ? outcome : outcome.split(' ')[0], expected, `${second}, ${first}`);
      };
      fc.assert(
        fc.property(inner, outer, fc.nat(), (first, second, seed) => {
          check(lineOf(first, createRandom(seed)), lineOf(second, createRandom(seed)));
        }),
        { numRuns: 500 },
      );
    });
  }
});
