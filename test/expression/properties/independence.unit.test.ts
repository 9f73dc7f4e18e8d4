import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteBuffer, createLineEvaluator, numberModes } from '../../../src/expression/index.ts';
import type { EvaluationSettings, LineEvaluator } from '../../../src/expression/index.ts';
import { lineOf } from './expression-tree.ts';
import { hostileCorpus } from './hostile-corpus.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import type { Random } from './random.ts';
import { treeArbitrary, treeStocks } from './tree-arbitrary.ts';

const settings: readonly EvaluationSettings[] = [
  ...numberModes.map((mode) => ({ mode, precision: 34 })),
  { mode: 'decimal', precision: 1 },
  { mode: 'decimal', precision: 100 },
];

/** Lines of every kind, as bytes: good ones of all modes, and hostile ones that are short enough to be many. */
function mixedLines(random: Random): Uint8Array[] {
  const usual = numberModes.flatMap((mode) =>
    fc
      .sample(treeArbitrary(treeStocks[mode]), { seed: proofSeed, numRuns: 300 * proofFactor })
      .map((tree) => new TextEncoder().encode(lineOf(tree, random))),
  );
  const hostile = hostileCorpus.map(({ bytes }) => bytes).filter(({ length }) => length < 40);
  return shuffled([...usual, ...shuffled(hostile, random).slice(0, 2_000 * proofFactor)], random);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Result or error with its place, and the cost, in one text. */
function outcomeOf(evaluator: LineEvaluator, bytes: Uint8Array): string {
  const output = new ByteBuffer();
  const error = evaluator.evaluateBytes(bytes, 0, bytes.length, output);
  const shown =
    error === undefined ? output.asciiText() : `${error.code} ${error.column}-${error.endColumn} ${error.message}`;
  return `${shown} (${evaluator.cost})`;
}

describe('a line', () => {
  for (const { mode, precision } of settings) {
    it(`has the same outcome and cost whatever came before it, in ${mode} mode with ${precision} digits`, () => {
      const random = createRandom(proofSeed);
      const lines = mixedLines(random);
      const evaluator = createLineEvaluator({ mode, precision });
      const first = new Map(lines.map((bytes) => [bytes, outcomeOf(evaluator, bytes)]));
      const fresh = createLineEvaluator({ mode, precision });
      for (const bytes of shuffled(lines, random)) {
        // Either by an evaluator that has seen all lines, or by a fresh one.
        const again = outcomeOf(random.integer(2) === 0 ? evaluator : fresh, bytes);
        if (again !== first.get(bytes)) assert.equal(again, first.get(bytes), new TextDecoder().decode(bytes));
      }
    });
  }

  it('has the same outcome beside evaluators of all other modes that work in between', () => {
    const random = createRandom(proofSeed + 1);
    const lines = mixedLines(random).slice(0, 1_000);
    const evaluators = settings.map((each) => createLineEvaluator(each));
    const alone = evaluators.map((evaluator) => lines.map((bytes) => outcomeOf(evaluator, bytes)));
    const together = settings.map((each) => createLineEvaluator(each));
    lines.forEach((bytes, place) => {
      together.forEach((evaluator, index) => {
        assert.equal(outcomeOf(evaluator, bytes), alone[index]?.[place]);
      });
    });
  });

  it('has the same outcome as text and as bytes in the middle of others', () => {
    const random = createRandom(proofSeed + 2);
    for (const each of settings) {
      const evaluator = createLineEvaluator(each);
      const output = new ByteBuffer();
      for (const bytes of mixedLines(random).slice(0, 1_000)) {
        const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        // Bytes that are not UTF-8 have no text.
        if (new TextEncoder().encode(text).length !== bytes.length || text.includes('\ufffd')) continue;
        const input = Uint8Array.from([0x37, 0x2b, 0xff, ...bytes, 0x2b, 0x31, 0xff, 0x39]);
        output.clear();
        output.writeAscii('before');
        const error = evaluator.evaluateBytes(input, 3, 3 + bytes.length, output);
        const { cost } = evaluator;
        const outcome = evaluator.evaluateText(text);
        assert.deepEqual(
          outcome,
          error === undefined
            ? { kind: 'result', text: output.asciiText('before'.length), cost }
            : { kind: 'error', error, cost },
          JSON.stringify(text),
        );
        assert.equal(output.asciiText().startsWith('before'), true);
        if (error !== undefined) assert.equal(output.length, 'before'.length);
      }
    }
  });
});
