import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ByteBuffer } from '../../src/expression/byte-buffer.ts';
import { writeShortest } from '../../src/expression/float64/write-shortest.ts';
import { createRandom } from './properties/random.ts';

const output = new ByteBuffer();
const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** Compares with the host; returns whether the size was decided. */
function agrees(size: number): boolean {
  output.clear();
  if (!writeShortest(false, size, output)) {
    assert.equal(output.length, 0, `${size} was refused, and something of it written`);
    return false;
  }
  assert.equal(output.asciiText(), String(size));
  return true;
}

function neighbour(size: number, steps: number): number {
  value[0] = size;
  words[0] = (words[0] as number) + steps;
  return value[0];
}

describe('the shortest text of a double', () => {
  it("is the host's, for doubles of all sizes", () => {
    const random = createRandom(20_261_129);
    let decided = 0;
    let all = 0;
    for (let round = 0; round < 300_000; round += 1) {
      words[0] = random.fraction() * 2 ** 32;
      words[1] = ((1_006 + random.integer(67)) << 20) | (random.fraction() * 2 ** 20);
      const size = value[0] as number;
      if (Number.isInteger(size) || size < 1e-5 || size >= 1e15) continue;
      all += 1;
      if (agrees(size)) decided += 1;
    }
    assert.ok(decided > 0.95 * all, `${decided} of ${all} were decided`);
  });

  it('is the same beside decimals of few digits, which are where one digit more or less matters', () => {
    const random = createRandom(7);
    for (let round = 0; round < 100_000; round += 1) {
      const digits = 1 + random.integer(16);
      const decimal = Math.floor(random.fraction() * 10 ** digits) / 10 ** random.integer(20);
      for (const size of [decimal, neighbour(decimal, 1), neighbour(decimal, -1)]) {
        if (!Number.isInteger(size)) agrees(size);
      }
    }
  });

  it('leaves powers of two, ties, and what has an exponent to the host', () => {
    for (const size of [0.5, 0.25, 2 ** -10, 1e-6, 1e-300, 1e15, 5e-324, 1.7976931348623157e308]) {
      assert.equal(agrees(size), false, String(size));
    }
  });

  for (const [size, isNegative, text] of [
    [0.1 + 0.2, false, '0.30000000000000004'],
    [0.1 + 0.2, true, '-0.30000000000000004'],
    [1 / 3, false, '0.3333333333333333'],
    [2 / 3, false, '0.6666666666666666'],
    [0.0001 / 7, false, '0.000014285714285714287'],
    [123_456_789_012_345.67, false, '123456789012345.67'],
    [99.999_999_999_999_986, false, '99.99999999999999'],
    [9.999_999_999_999_998, false, '9.999999999999998'],
  ] as const) {
    it(`of ${size} is ${text}`, () => {
      output.clear();
      assert.ok(writeShortest(isNegative, size, output));
      assert.equal(output.asciiText(), text);
    });
  }
});
