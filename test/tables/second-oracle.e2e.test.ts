/** Tables against another implementation: Python's csv module and its fractions. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runMathmill } from '../cli/mathmill.ts';
import { createDataDirectory } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const formulas = ['net = price * qty', 'total = net * (1 + vat / 100)', 'unit = if(qty != 0, price / qty, 0)'];
const rows = 50_000;

/** Rows with everything that CSV allows in a cell of text, and numbers of few and of many digits. */
function createRows(seed: number): string {
  const random = createRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const notes = [
    '',
    'plain',
    '"a, b"',
    '"say ""yes"""',
    '"two\nlines"',
    '"ends\r\nhere"',
    'größe',
    '5" x',
    '=1+1',
    '"  "',
  ];
  const numbers = [
    () => `${below(1_000)}.${below(100)}`,
    () => `-${below(1_000)}`,
    () => `"${below(10)}.${String(below(1e9)).padStart(9, '0')}"`,
    () => ` ${below(100)}e-${below(5)} `,
    () => '0',
  ];
  const number = (): string => numbers[below(numbers.length)]?.() ?? '';
  let text = 'id,note,price,qty,vat\n';
  for (let id = 1; id <= rows; id += 1) {
    const end = below(3) === 0 ? '\r\n' : '\n';
    text += `${id},${notes[below(notes.length)]},${number()},${number()},${below(30)}${end}`;
  }
  return text;
}

describe('tables and Python', { skip: !hasPython && 'python3 is not installed' }, () => {
  const data = createDataDirectory();
  after(() => data.remove());

  for (const mode of ['decimal', 'rational']) {
    it(`agree about ${rows} rows in ${mode} mode`, async () => {
      const [input, output] = [join(data.path, `${mode}.csv`), join(data.path, `${mode}-output.csv`)];
      writeFileSync(input, createRows(mode.length));
      const args = formulas.flatMap((formula) => ['-f', formula]);
      const ended = await runMathmill(['table', input, ...args, '--mode', mode, '-o', output]);
      assert.equal(ended.code, 0, ended.stderr);
      const script = join(import.meta.dirname, 'second-oracle.py');
      const checked = spawnSync('python3', [script, input, output, mode], { encoding: 'utf8' });
      assert.deepEqual([checked.status, checked.stdout], [0, `${rows}\n`], checked.stderr);
    });
  }
});
