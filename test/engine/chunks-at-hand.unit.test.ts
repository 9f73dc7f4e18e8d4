import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChunksAtHand } from '../../src/engine/chunks-at-hand.ts';
import type { Chunk } from '../../src/jobs/index.ts';

/** Of 10 lines and 1,000 bytes each, from the chunk `from` on. */
function chunks(count: number, from = 0): Chunk[] {
  return Array.from({ length: count }, (_, index) => ({
    firstLine: 1 + (from + index) * 10,
    count: 10,
    text: new Uint8Array(1_000),
    faults: [],
    customIds: undefined,
  }));
}

const linesOf = (taken: readonly Chunk[]): number[] => taken.map(({ firstLine }) => firstLine);

describe('chunks at hand', () => {
  it('are taken once, in order, from the line that is asked for', () => {
    const atHand = new ChunksAtHand(1e6);
    atHand.add('a', chunks(2));
    atHand.add('a', chunks(1, 2));
    assert.deepEqual(linesOf(atHand.take('a', 1, 2)), [1, 11]);
    assert.deepEqual(linesOf(atHand.take('a', 21, 5)), [21]);
    assert.deepEqual(atHand.take('a', 31, 5), []);
  });

  it('are given up when another line is asked for', () => {
    const atHand = new ChunksAtHand(1e6);
    atHand.add('a', chunks(3));
    assert.deepEqual(atHand.take('a', 11, 1), []);
    assert.deepEqual(atHand.take('a', 1, 1), []);
  });

  it('share one budget, and what does not fit leaves no gap', () => {
    const atHand = new ChunksAtHand(3_800);
    atHand.add('a', chunks(2));
    atHand.add('b', chunks(2));
    atHand.take('a', 1, 2);
    atHand.add('b', chunks(1, 2));
    assert.deepEqual(linesOf(atHand.take('b', 1, 9)), [1]);
    atHand.add('c', chunks(3));
    assert.deepEqual(linesOf(atHand.take('c', 1, 9)), [1, 11, 21], 'the room is free again');
  });

  it('make room when a job is dropped', () => {
    const atHand = new ChunksAtHand(3_800);
    atHand.add('a', chunks(3));
    atHand.drop('a');
    atHand.drop('a');
    atHand.add('b', chunks(3));
    assert.equal(atHand.take('b', 1, 9).length, 3);
  });
});
