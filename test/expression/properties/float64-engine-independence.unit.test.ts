/**
 * Float64 gives the same bytes under every JavaScript engine. The language leaves the accuracy of Math.sin, Math.exp and
 * their like open, and that of `**` on numbers; only the operations listed here are exact by specification (ECMA-262,
 * 21.3). So the mode may use no other.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const sources = new URL('../../../src/expression/', import.meta.url);
const exactMath = new Set('PI E LOG2E abs ceil clz32 floor fround imul max min round sign sqrt trunc'.split(' '));

function filesOf(folder: string): string[] {
  return readdirSync(new URL(folder, sources)).map((name) => `${folder}${name}`);
}

/** The code without its comments. */
function codeOf(file: string): string {
  return readFileSync(new URL(file, sources), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
}

/** `2 ** 10` of two integers that are written out is a constant that every engine has exactly. */
function powersOfNumbers(code: string): string[] {
  return [...code.matchAll(/[\w)\]]+ \*\* -?[\w(]+/g)]
    .map(([power]) => power)
    .filter(
      (power) =>
        !/^2 \*\* -?\d+$/.test(power) && !power.includes('BigInt(') && !/n \*\* |\*\* degree|\*\* \d+n/.test(power),
    );
}

describe('the code of float64', () => {
  for (const file of [...filesOf('float64/'), 'numbers/fixed-point.ts', 'numbers/integer-root.ts']) {
    it(`uses exact operations only: ${file}`, () => {
      const code = codeOf(file);
      const inexact = [...code.matchAll(/\bMath\.(\w+)/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => !exactMath.has(name));
      const allowed = file === 'numbers/fixed-point.ts' ? ['log2'] : [];
      assert.deepEqual(
        inexact.filter((name) => !allowed.includes(name)),
        [],
      );
      if (file.startsWith('float64/')) assert.deepEqual(powersOfNumbers(code), []);
    });
  }
});

describe('the functions of float64', () => {
  it('work, and give the same, where the inexact functions of Math throw', () => {
    const child = fileURLToPath(new URL('run-without-math.ts', import.meta.url));
    const run = (...args: readonly string[]): string =>
      execFileSync(process.execPath, [child, ...args], { encoding: 'utf8' });
    const plain = run();
    assert.ok(plain.split('\n').length > 700);
    assert.equal(run('without-math'), plain);
  });
});
