import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../../src/engine/index.ts';
import { packOutcomes, unpackText } from '../../../src/store/sqlite/packed-text.ts';

const encoder = new TextEncoder();
const error = '!EMPTY 1 1 The line is empty.\n';

function pack(text: string, count: number, failed: number): Uint8Array | undefined {
  return packOutcomes({ count, failed }, encoder.encode(text));
}

function isCorrupt(thrown: unknown): boolean {
  return thrown instanceof StoreError && thrown.code === 'corrupt';
}

describe('a text of outcomes', () => {
  it('that says the same over and over takes less than a byte a line', () => {
    for (const text of [error.repeat(512), `${error}!DIV0 1 2 Division by zero.\n`.repeat(256)]) {
      const packed = pack(text, 512, 512);
      assert.ok(packed !== undefined && packed.length < 512, `${packed?.length} bytes`);
    }
    const long = pack(`${'7'.repeat(20_000)}\n`.repeat(512), 512, 0);
    assert.ok(long !== undefined && long.length < 20_000, `${long?.length} bytes`);
  });

  it('of short results stays as it is, and so does one that is short or gains nothing', () => {
    assert.equal(pack('12345678901234567890\n'.repeat(512), 512, 0), undefined);
    assert.equal(pack(error.repeat(3), 3, 3), undefined);
    const random = Uint8Array.from(
      { length: 1_000 },
      (_, index) => (index * index * 7_919 + (index >> 3) * 104_729) % 251,
    );
    assert.equal(packOutcomes({ count: 1, failed: 1 }, random), undefined);
  });

  it('comes out of its packing as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 10, max: 50 }), (parts, times) => {
        const text = Buffer.concat(Array.from({ length: times }, () => parts).flat());
        const packed = packOutcomes({ count: 1, failed: 1 }, text);
        if (packed !== undefined) assert.deepEqual(Buffer.from(unpackText(packed, text.length)), text);
      }),
    );
  });

  it('is damaged when its packing or its length is', () => {
    const text = error.repeat(512);
    const packed = pack(text, 512, 512);
    assert.ok(packed !== undefined);
    assert.throws(() => unpackText(packed, text.length - 1), isCorrupt);
    assert.throws(() => unpackText(packed, text.length + 1), isCorrupt);
    assert.throws(() => unpackText(packed.subarray(0, -3), text.length), isCorrupt);
    assert.throws(() => unpackText(encoder.encode(text), text.length), isCorrupt);
  });
});
