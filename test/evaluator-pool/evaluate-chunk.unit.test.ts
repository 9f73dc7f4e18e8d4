import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  evaluateChunk,
  evaluateLines,
  evaluationSettings,
  type LineRunWatch,
} from '../../src/evaluator-pool/evaluate-chunk.ts';
import { ByteBuffer, createLineEvaluator, engineVersion, type LineEvaluator } from '../../src/expression/index.ts';
import { countErrors, decodeOutcomes, type ChunkOutcomes } from '../../src/jobs/index.ts';
import { requestOf, shownOutcomes } from './pool-fixture.ts';

const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });
const sentences = ['1 + 1', '2 +', '7 * 6', '0.5 + 0.25', '1 / 0', '2 ^ 20'];

const bigint = createLineEvaluator({ mode: 'bigint', precision: 34 });

function plainText({ text }: ChunkOutcomes): string {
  return Buffer.from(text).toString();
}

describe('evaluateChunk', () => {
  it('gives one outcome a line in the outcome encoding, and counts', () => {
    const outcomes = evaluateChunk(requestOf(sentences), evaluator);
    assert.deepEqual(shownOutcomes(outcomes), ['2', '!SYNTAX', '42', '0.75', '!DIV0', '1048576']);
    assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cancelled], [4, 2, 0]);
    assert.ok(Buffer.from(outcomes.text).toString().startsWith('2\n!SYNTAX '));
    const cost = sentences.reduce((sum, line) => sum + evaluator.evaluateText(line).cost, 0);
    assert.equal(outcomes.cost, cost);
  });

  it('keeps columns and non-ASCII messages of errors', () => {
    const fault = { line: 12, code: 'ENCODING', message: 'byte “ÿ” 😀', column: 3, endColumn: 4 } as const;
    const outcomes = evaluateChunk(requestOf(['1', 'x'], { firstLine: 11, faults: [fault] }), evaluator);
    const { line: _line, ...error } = fault;
    assert.deepEqual(decodeOutcomes(outcomes.text), [
      { kind: 'result', text: '1' },
      { kind: 'error', error },
    ]);
  });

  it('does not evaluate a line with a fault, and charges nothing for it', () => {
    const fault = { line: 1, code: 'TOO_LONG', message: 'too long', column: 0, endColumn: 0 } as const;
    const outcomes = evaluateChunk(requestOf(['1 + 1'], { faults: [fault] }), evaluator);
    assert.deepEqual([shownOutcomes(outcomes), outcomes.cost], [['!TOO_LONG'], 0]);
  });

  it('gives BUDGET to the lines after those that used the budget up, but a fault stays a fault', () => {
    const line = '1 + 1';
    const { cost } = evaluator.evaluateText(line);
    const fault = { line: 4, code: 'EMPTY', message: 'empty', column: 0, endColumn: 0 } as const;
    const request = requestOf([line, line, line, '', line], { costMax: cost * 2, faults: [fault] });
    const outcomes = evaluateChunk(request, evaluator);
    assert.deepEqual(shownOutcomes(outcomes), ['2', '2', '!BUDGET', '!EMPTY', '!BUDGET']);
    assert.equal(outcomes.cost, cost * 2);
    const [, , budget] = decodeOutcomes(outcomes.text);
    assert.ok(budget?.kind === 'error');
    assert.match(budget.error.message, /job's computation budget is used up/);
  });

  it('gives a line that repeats the outcome and the cost of each time, and evaluates it once', () => {
    const lines = ['', '', '1 / 0', '1 / 0', '1 / 1', '1 / 1', '1 / 0', '2', '12', '2', '2', '', ' ', ' '];
    let evaluations = 0;
    const counting: LineEvaluator = {
      evaluateText: (line) => evaluator.evaluateText(line),
      evaluateBytes(...given) {
        evaluations += 1;
        return evaluator.evaluateBytes(...given);
      },
      get cost() {
        return evaluator.cost;
      },
    };
    const outcomes = evaluateChunk(requestOf(lines), counting);
    const alone = lines.map((line) => evaluateChunk(requestOf([line]), evaluator));
    assert.equal(plainText(outcomes), alone.map(plainText).join(''));
    for (const name of ['succeeded', 'failed', 'cost'] as const) {
      const sum = alone.reduce((total, { [name]: value }) => total + value, 0);
      assert.equal(outcomes[name], sum, name);
    }
    assert.equal(evaluations, 9);
  });

  it('does not take a line with a fault for the one before it, nor the one after for a line with a fault', () => {
    const fault = { line: 2, code: 'TOO_LONG', message: 'too long', column: 0, endColumn: 0 } as const;
    const outcomes = evaluateChunk(requestOf(['2', '2', '2'], { faults: [fault] }), evaluator);
    assert.deepEqual(shownOutcomes(outcomes), ['2', '!TOO_LONG', '2']);
  });

  it('repeats results that outgrow the memory for outcomes', () => {
    const { text } = evaluateChunk(
      requestOf(
        Array.from({ length: 100 }, () => '10^900'),
        { mode: 'bigint' },
      ),
      bigint,
    );
    assert.equal(Buffer.from(text).toString(), `1${'0'.repeat(900)}\n`.repeat(100));
  });

  it('finds the end of long lines', () => {
    const long = `1${' + 1'.repeat(5_000)}`;
    assert.deepEqual(shownOutcomes(evaluateChunk(requestOf([long, '2', long]), evaluator)), ['5001', '2', '5001']);
  });

  it('fails when lines are missing from the text', () => {
    assert.throws(() => evaluateChunk(requestOf(['1'], { count: 2 }), evaluator), /ends with LF/);
  });
});

describe('evaluateLines', () => {
  /** A watch that ends the run whenever it is asked, and notes what it is told. */
  function impatientWatch(): LineRunWatch & { readonly lines: number[] } {
    const lines: number[] = [];
    return { lines, beforeLine: (index) => void lines.push(index), isOver: () => true };
  }

  it('goes on where it stopped, with the same bytes and counts as at a stretch', () => {
    const lines = Array.from({ length: 50 }, (_, index) => sentences[index % sentences.length] ?? '');
    const fault = { line: 120, code: 'EMPTY', message: 'empty', column: 0, endColumn: 0 } as const;
    const request = requestOf(lines, { firstLine: 101, faults: [fault] });
    const whole = evaluateChunk(request, evaluator);
    const output = new ByteBuffer();
    const watch = impatientWatch();
    let [index, start, succeeded, failed, cost, runs] = [0, 0, 0, 0, 0, 0];
    while (index < lines.length) {
      const run = { ...request, start, firstLine: 101 + index, count: lines.length - index };
      const result = evaluateLines(run, evaluator, output, watch);
      assert.ok(result.count > 0);
      index += result.count;
      start = result.end;
      succeeded += result.succeeded;
      failed += result.failed;
      cost += result.cost;
      runs += 1;
    }
    assert.ok(runs > 1);
    assert.equal(watch.lines.length, lines.length);
    const text = output.view().slice();
    const errors = countErrors(text, failed);
    assert.deepEqual({ succeeded, failed, errors, cancelled: 0, cost, engine: engineVersion, text }, whole);
  });

  it('asks after a single line that was costly', () => {
    const costly = { ...evaluator, cost: 1_000_000, evaluateBytes: () => undefined };
    const result = evaluateLines({ ...requestOf(['a', 'b']), start: 0 }, costly, new ByteBuffer(), impatientWatch());
    assert.equal(result.count, 1);
  });
});

describe('evaluationSettings', () => {
  it('takes the modes of the engine and refuses others', () => {
    assert.deepEqual(evaluationSettings({ mode: 'bigint', precision: 1 }), { mode: 'bigint', precision: 1 });
    assert.throws(() => evaluationSettings({ mode: 'Decimal', precision: 34 }), /number mode/);
    assert.throws(() => evaluationSettings({ mode: 'decimal', precision: 101 }), /precision/);
    assert.throws(() => evaluationSettings({ mode: 'decimal', precision: 1.5 }), /precision/);
  });
});
