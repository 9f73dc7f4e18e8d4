import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { errorCodes, numberModes } from '../../src/expression/index.ts';
import { evaluatorOf } from './evaluate.ts';
import { hostileLines } from './hostile-lines.ts';

/** What the cost limit promises: no line takes longer than this of CPU. */
const lineMillisecondsMax = 250;

/** CPU time of this thread only: other tests and the collector's threads do not count. */
function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

describe('hostile lines', () => {
  const lines = hostileLines();

  it('are at least 300 in number', () => assert.ok(lines.length >= 300));

  for (const [mode, precision] of [
    ...numberModes.map((mode) => [mode, 34] as const),
    ['decimal', 100],
    ['decimal', 1],
  ] as const) {
    it(`end with a value or an error, in bounded time, in ${mode} mode with ${precision} digits`, () => {
      const evaluator = evaluatorOf(mode, precision);
      const slow: string[] = [];
      for (const line of lines) {
        let time = Infinity;
        // A slow first try is tried again: compilation and collection are not the line's own cost.
        for (let attempt = 0; attempt < 3 && time > lineMillisecondsMax; attempt += 1) {
          const before = cpuMilliseconds();
          const outcome = evaluator.evaluateText(line);
          time = cpuMilliseconds() - before;
          if (outcome.kind === 'result') {
            assert.match(
              outcome.text,
              /^(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?|-?[0-9]+\/[0-9]+|true|false)$/,
              line.slice(0, 80),
            );
          } else {
            assert.ok(errorCodes.includes(outcome.error.code));
            assert.ok(outcome.error.column >= 1 && outcome.error.column <= line.length + 1, line.slice(0, 80));
            assert.ok(
              outcome.error.endColumn >= outcome.error.column && outcome.error.endColumn <= line.length + 1,
              line.slice(0, 80),
            );
          }
        }
        if (time > lineMillisecondsMax) slow.push(`${line.slice(0, 60)}: ${Math.round(time)} ms`);
      }
      assert.deepEqual(slow, []);
    });
  }
});
