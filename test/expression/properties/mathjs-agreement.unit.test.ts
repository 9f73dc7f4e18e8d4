import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLineEvaluator, numberModes, precisionDefault } from '../../../src/expression/index.ts';
import type { LineEvaluator, NumberMode } from '../../../src/expression/index.ts';
import { lineOf, mathjsLineOf } from './expression-tree.ts';
import { createPeer, notAsked, policies } from './mathjs-peer.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import { treeArbitrary, treeStocks } from './tree-arbitrary.ts';

const runs: Readonly<Record<NumberMode, number>> = { decimal: 4_000, float64: 8_000, rational: 4_000, bigint: 8_000 };

/** Errors that tell what is wrong with a value; the lines have no others. */
const valueErrors: ReadonlySet<string> = new Set(['DIV0', 'DOMAIN', 'OVERFLOW', 'INEXACT', 'RANGE', 'TOO_BIG']);

function valueOf(evaluator: LineEvaluator, line: string): string | undefined {
  const outcome = evaluator.evaluateText(line);
  if (outcome.kind === 'result') return outcome.text;
  assert.ok(valueErrors.has(outcome.error.code), `${JSON.stringify(line)} is ${outcome.error.code}`);
  return undefined;
}

for (const mode of numberModes) {
  describe(`${mode} mode beside mathjs`, () => {
    const evaluator = createLineEvaluator({ mode, precision: precisionDefault });

    it('agrees on random expressions, but for what the policies say', () => {
      const plain = createPeer(mode, []);
      const corrected = createPeer(mode, policies);
      let asked = 0;
      let values = 0;
      const property = fc.property(treeArbitrary(treeStocks[mode]), fc.nat(), (tree, spacing) => {
        const line = lineOf(tree, createRandom(spacing));
        const theirLine = mathjsLineOf(tree);
        const ours = valueOf(evaluator, line);
        let theirs = plain(theirLine);
        if (theirs === notAsked) return;
        if (theirs !== ours) theirs = corrected(theirLine);
        if (theirs === notAsked) return;
        asked += 1;
        if (ours !== undefined) values += 1;
        assert.equal(ours, theirs, `${JSON.stringify(line)}, for mathjs: ${theirLine}`);
      });
      const numRuns = runs[mode] * proofFactor;
      fc.assert(property, { seed: proofSeed, numRuns });
      // Else the test would prove nothing.
      assert.ok(asked > numRuns / 2, `only ${asked} cases were put to mathjs`);
      assert.ok(values > numRuns / 3, `only ${values} cases have a value`);
    });

    for (const policy of policies) {
      const line = policy.examples[mode];
      if (line === undefined) continue;
      it(`needs the policy: ${policy.reason}`, () => {
        const ours = valueOf(evaluator, line);
        assert.notEqual(createPeer(mode, [])(line), ours, 'mathjs agrees without it: drop the policy');
        assert.equal(createPeer(mode, [policy])(line), ours);
      });
    }
  });
}
