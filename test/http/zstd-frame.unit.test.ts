import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { ZstdFrame } from '../../src/http/zstd-frame.ts';

function compress(bytes: number, windowLog: number, contentSizeFlag: 0 | 1): Buffer {
  const params = { [constants.ZSTD_c_windowLog]: windowLog, [constants.ZSTD_c_contentSizeFlag]: contentSizeFlag };
  return zstdCompressSync(Buffer.alloc(bytes), { params });
}

/** Takes `bytes` in blocks of this size; where the frame ended, if it did. */
function takeAll(frame: ZstdFrame, bytes: Uint8Array, blockSize: number): number | undefined {
  let taken = 0;
  while (taken < bytes.length && !frame.isComplete) taken += frame.take(bytes.subarray(taken, taken + blockSize));
  return frame.isComplete ? taken : undefined;
}

suite('frames of zstd', () => {
  for (const [name, frame, window] of [
    ['a window of 8 MiB', compress(20_000_000, 23, 0), 2 ** 23],
    ['a window of 64 MiB', compress(200_000_000, 26, 0), 2 ** 26],
    ['no content', compress(0, 20, 1), 0],
    ['content of 100 bytes', compress(100, 20, 1), 100],
    ['content of 1,000 bytes', compress(1_000, 20, 1), 1_000],
    ['content of 100,000 bytes', compress(100_000, 20, 1), 100_000],
    ['a window with a fraction', Buffer.from('28b52ffd0053010000', 'hex'), 2 ** 20 + (3 * 2 ** 20) / 8],
    ['a size of 8 bytes and a dictionary', Buffer.from('28b52ffde1010000000001000000010000', 'hex'), 2 ** 32],
    ['a frame to be passed over', Buffer.from('502a4d180400000001020304', 'hex'), 0],
    ['an empty frame to be passed over', Buffer.from('5f2a4d1800000000', 'hex'), 0],
  ] as const) {
    test(`${name}: the window is known from the header, and the end from the blocks`, () => {
      for (const blockSize of [1, 7, frame.length + 100]) {
        const followed = new ZstdFrame();
        assert.equal(takeAll(followed, Buffer.concat([frame, frame]), blockSize), frame.length);
        assert.equal(followed.windowBytes, window);
      }
    });
  }

  test('a header that is not complete says nothing', () => {
    const frame = compress(20_000_000, 23, 0);
    const followed = new ZstdFrame();
    followed.take(frame.subarray(0, 5));
    assert.equal(followed.windowBytes, undefined);
    followed.take(frame.subarray(5, 6));
    assert.equal(followed.windowBytes, 2 ** 23);
  });

  test('what is no frame, or has a block of no type, never ends', () => {
    for (const bytes of [Buffer.from('1 + 2\n'), Buffer.from('28b52ffd0053070000ff', 'hex')]) {
      const followed = new ZstdFrame();
      assert.equal(takeAll(followed, bytes, 1), undefined);
      assert.equal(followed.take(bytes), bytes.length);
    }
  });

  test('any content, with and without a checksum, ends where its frame does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300_000 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 1, max: 70_000 }),
        (length, isRandom, checksumFlag, blockSize) => {
          const content = isRandom ? randomBytes(length) : Buffer.alloc(length, '1 + 2\n');
          const frame = zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: checksumFlag } });
          assert.equal(takeAll(new ZstdFrame(), Buffer.concat([frame, frame]), blockSize), frame.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});
