/** Eleven thousand lines that try to crash, hang or exhaust the engine, in every mode, each mode in a process with a small heap. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { numberModes } from '../../../src/expression/index.ts';
import type { HostileReport } from './run-hostile-corpus.ts';

/** The promise of the cost limit: no line takes more CPU time than this. */
const lineMillisecondsMax = 250;
/** Code that is counted is slower, and coverage runs beside other work: the promise is checked without it. */
const isCounted = process.env.NODE_V8_COVERAGE !== undefined;

describe('the hostile corpus', () => {
  for (const [mode, precision] of [
    ...numberModes.map((mode) => [mode, 34] as const),
    ['decimal', 1],
    ['decimal', 100],
  ] as const) {
    it(`ends with values and errors of the list in ${mode} mode with ${precision} digits, in a heap of 256 MB`, async () => {
      const program = join(import.meta.dirname, 'run-hostile-corpus.ts');
      const parameters = ['--max-old-space-size=256', program, mode, String(precision)];
      const { stdout } = await promisify(execFile)(process.execPath, parameters, { maxBuffer: 64 * 1024 * 1024 });
      const report = JSON.parse(stdout) as HostileReport;
      assert.ok(report.lines >= 300);
      assert.deepEqual(report.violations, []);
      const dear = report.slowest.filter(({ cpuMs }) => cpuMs > lineMillisecondsMax);
      if (!isCounted) assert.deepEqual(dear, []);
      assert.ok(
        report.results > 0 && Object.keys(report.byCode).length > 5,
        'the corpus reaches values and many errors',
      );
    });
  }
});
