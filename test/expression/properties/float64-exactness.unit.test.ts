import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget } from '../../../src/expression/budget.ts';
import { power } from '../../../src/expression/float64/power.ts';
import { writeFloat64 } from '../../../src/expression/float64/write-float64.ts';
import { ByteBuffer } from '../../../src/expression/index.ts';
import { nearestDouble, powerOfDouble, ratioOf } from './exact-doubles.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import type { Random } from './random.ts';

const words = new DataView(new ArrayBuffer(8));

/** Any finite double, each bit pattern as likely as any other. */
function anyDouble(random: Random): number {
  for (;;) {
    words.setUint32(0, random.integer(2 ** 32));
    words.setUint32(4, random.integer(2 ** 32));
    const value = words.getFloat64(0);
    if (Number.isFinite(value)) return value;
  }
}

describe('exact doubles as the oracle', () => {
  it('reads back what it took apart', () => {
    const random = createRandom(proofSeed);
    for (let count = 0; count < 2_000; count += 1) {
      const value = Math.abs(anyDouble(random));
      const [numerator, denominator] = ratioOf(value);
      assert.equal(nearestDouble(numerator, denominator), value);
    }
    assert.equal(nearestDouble(1n, 2n ** 1_075n), 0, 'the half of the least double is a tie, and 0 is even');
    assert.equal(nearestDouble(3n, 2n ** 1_075n), 2 ** -1_073);
    assert.equal(nearestDouble(1n, 3n), 1 / 3);
    assert.equal(nearestDouble(10n ** 400n, 10n ** 100n), 1e300);
    assert.equal(nearestDouble(10n ** 400n, 1n), Infinity);
  });
});

describe('whole powers of doubles', () => {
  const random = createRandom(proofSeed);
  const bases: readonly (readonly [kind: string, base: () => number])[] = [
    ['two decimal places', () => random.integer(2_000) / 100 - 10],
    ['near 1', () => 1 + (random.fraction() - 0.5) / 50],
    ['any fraction', () => (random.fraction() - 0.5) * 2 ** random.integer(20)],
    ['any double', () => anyDouble(random)],
    ['whole', () => random.integer(1_000)],
  ];
  for (const [kind, base] of bases) {
    it(`are correctly rounded: ${kind}`, () => {
      for (let count = 0; count < 2_500 * proofFactor; count += 1) {
        const x = base();
        const n = random.integer(kind === 'near 1' ? 3_000 : 80) - 30;
        if (x === 0 && n < 0) continue;
        const computed = power(x, n, new Budget());
        const exact = powerOfDouble(x, n);
        if (computed !== exact) assert.equal(computed, exact, `${x}^${n}`);
      }
    });
  }
});

describe('the text of doubles', () => {
  const random = createRandom(proofSeed);
  const kinds: readonly (readonly [kind: string, value: () => number])[] = [
    ['any double', () => anyDouble(random)],
    ['decimals', () => random.integer(10 ** random.integer(16)) / 10 ** random.integer(8)],
    [
      'neighbours of decimals',
      () => neighbour(random.integer(10 ** 9) / 10 ** random.integer(7), random.integer(5) - 2),
    ],
    ['whole numbers', () => random.integer(2 ** random.integer(64))],
    [
      'sums of decimals',
      () => random.integer(1_000) / 10 + random.integer(1_000) / 100 + random.integer(1_000) / 1_000,
    ],
    ['powers of ten and their neighbours', () => neighbour(10 ** (random.integer(640) - 320), random.integer(3) - 1)],
  ];
  for (const [kind, value] of kinds) {
    it(`is that of the host: ${kind}`, () => {
      const output = new ByteBuffer();
      for (let count = 0; count < 40_000 * proofFactor; count += 1) {
        const sign = random.integer(2) === 0 ? 1 : -1;
        const written = sign * value();
        output.clear();
        writeFloat64(written, output);
        const text = output.asciiText();
        if (text !== String(written)) assert.equal(text, String(written));
      }
    });
  }
});

function neighbour(value: number, steps: number): number {
  words.setFloat64(0, value);
  words.setBigInt64(0, words.getBigInt64(0) + BigInt(steps));
  const moved = words.getFloat64(0);
  return Number.isFinite(moved) ? moved : value;
}
