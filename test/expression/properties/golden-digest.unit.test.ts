/**
 * One digest over the outcomes of all functions and operators in all modes on fixed lines: what a line gives may not
 * change unnoticed, between versions of the engine or of Node. A digest may be renewed only with a change that means to
 * change results, or after a look at which lines differ: the failing test prints the new value.
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

/** Functions that came after the digests below: they have one of their own, so that those of the others stay what they were. */
const addedLater: ReadonlySet<string> = new Set(['round_even']);

describe('the golden digest', () => {
  const calls = functionTable.filter(({ name }) => !addedLater.has(name)).flatMap(callsOf);

  it('is over about 10,000 lines', () => {
    assert.ok(calls.length + operations().length > 9_000, String(calls.length + operations().length));
  });
  it('of operators in all modes is unchanged', () => {
    assert.equal(digestOf(operations(), numberModes), 'd3df87dccae6bc10');
  });
  for (const [mode, digest] of [
    ['decimal', '94c4774c0b8741aa'],
    ['float64', '822ca3a03890770e'],
    ['rational', 'c87b5ff41fb3987c'],
    ['bigint', '7538372cf7ecc0b4'],
  ] as const) {
    it(`of functions in ${mode} is unchanged`, () => assert.equal(digestOf(calls, [mode]), digest));
  }
  it('of functions that were added later, in all modes, is unchanged', () => {
    const added = functionTable.filter(({ name }) => addedLater.has(name)).flatMap(callsOf);
    assert.equal(digestOf(added, numberModes), 'ce87f2eb8152aa83');
  });
});
