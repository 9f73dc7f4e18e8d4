/**
 * One digest over the outcomes of all functions and operators in all modes on fixed lines: what a line gives may not
 * change unnoticed, between versions of the engine or of Node. A digest may be renewed only with a change that means to
 * change results, or after a look at which lines differ: the failing test prints the new value.
 *
 * The functions of float64 that come from the host's Math have a digest of their own: it alone may change with Node.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLineEvaluator, functionTable, numberModes, type NumberMode } from '../../../src/expression/index.ts';

const values = [
  '0',
  '1',
  '2',
  '-3',
  '7',
  '10',
  '0.5',
  '-0.25',
  '1.5',
  '3.14159',
  '1e-9',
  '123456789.125',
  '-1e20',
  '1/3',
  '170',
];
const operators = ['+', '-', '*', '/', '%', 'mod', '^', '<', '<=', '==', '!='];
/** What float64 takes from the host. */
const hostFunctions = new Set([
  'exp',
  'expm1',
  'ln',
  'log',
  'log2',
  'log10',
  'log1p',
  'cbrt',
  'nthroot',
  'pow',
  'hypot',
  'deg',
  'rad',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'atan2',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
]);

function callsOf({ name, arity }: (typeof functionTable)[number]): string[] {
  const lines: string[] = [];
  for (let count = arity.min; count <= Math.min(arity.max, arity.min + 2, 3); count += 1) {
    for (let index = 0; index < values.length ** Math.min(count, 2); index += 1) {
      const picked = Array.from(
        { length: count },
        (_, place) => values[Math.floor(index / values.length ** (place % 2)) % values.length],
      );
      lines.push(`${name}(${picked.join(', ')})`);
    }
  }
  return lines;
}

function operations(): string[] {
  return values.flatMap((left) =>
    values.flatMap((right) => operators.map((operator) => `(${left}) ${operator} (${right})`)),
  );
}

function digestOf(lines: readonly string[], modes: readonly NumberMode[]): string {
  const hash = createHash('sha256');
  for (const mode of modes) {
    const evaluator = createLineEvaluator({ mode, precision: 34 });
    for (const line of lines) {
      const outcome = evaluator.evaluateText(line);
      hash.update(outcome.kind === 'result' ? `${outcome.text}\n` : `!${outcome.error.code} ${outcome.error.column}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

describe('the golden digest', () => {
  const own = functionTable.filter(({ name }) => !hostFunctions.has(name)).flatMap(callsOf);
  const host = functionTable.filter(({ name }) => hostFunctions.has(name)).flatMap(callsOf);

  it('is over about 10,000 lines', () => {
    assert.ok(
      own.length + host.length + operations().length > 9_000,
      String(own.length + host.length + operations().length),
    );
  });
  it('of operators in all modes is unchanged', () => {
    assert.equal(digestOf(operations(), numberModes), '726a9a1d67450681');
  });
  it('of functions in the exact modes and decimal, and of float64’s own, is unchanged', () => {
    const digests = [digestOf(own, numberModes), digestOf(host, ['decimal', 'rational', 'bigint'])];
    assert.deepEqual(digests, ['ded32dfc63e17cdc', 'c6cde2b198716313']);
  });
  it('of what float64 takes from the host is unchanged', () => {
    assert.equal(digestOf(host, ['float64']), 'ae190a83b6821846');
  });
});
