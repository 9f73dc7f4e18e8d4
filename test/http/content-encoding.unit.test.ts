import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeContent, parseContentEncoding } from '../../src/http/content-encoding.ts';

async function* blocksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < bytes.length; position += size) yield bytes.subarray(position, position + size);
}

const noReservation = async () => ({ release() {} });

async function decode(encoding: 'gzip' | 'zstd', bytes: Uint8Array, blockSize = 65_536): Promise<Buffer> {
  const decoded: Uint8Array[] = [];
  for await (const block of decodeContent(encoding, blocksOf(bytes, blockSize), noReservation)) decoded.push(block);
  return Buffer.concat(decoded);
}

const isBadEncoding = (detail: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error && 'code' in error);
  assert.equal(error.code, 'BAD_ENCODING');
  assert.match(error.message, detail);
  return true;
};

suite('content encodings', () => {
  test('names', () => {
    assert.equal(parseContentEncoding(undefined), 'identity');
    assert.equal(parseContentEncoding(' GZIP '), 'gzip');
    assert.equal(parseContentEncoding('x-gzip'), 'gzip');
    assert.equal(parseContentEncoding('zstd'), 'zstd');
    for (const name of ['br', 'deflate', 'gzip, zstd', 'constructor'])
      assert.equal(parseContentEncoding(name), undefined);
  });

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    test(`${encoding}: any members, cut into any blocks, give the content of all`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 400 }),
          async (parts, blockSize) => {
            const encoded = Buffer.concat(parts.map((part) => compress(part)));
            assert.deepEqual(await decode(encoding, encoded, blockSize), Buffer.concat(parts));
          },
        ),
        { numRuns: 150 },
      );
    });

    test(`${encoding}: what follows the data is refused, in the same block and in one of its own`, async () => {
      const data = compress(Buffer.from('1 + 2\n'));
      for (const rest of [Buffer.from('garbage'), Buffer.alloc(20), Buffer.from([0x1f])]) {
        for (const blockSize of [1, data.length, 1000]) {
          await assert.rejects(decode(encoding, Buffer.concat([data, rest]), blockSize), isBadEncoding(/./));
        }
      }
    });

    test(`${encoding}: data that is cut off anywhere is refused`, async () => {
      const data = compress(randomBytes(200));
      for (let length = 0; length < data.length; length += 1) {
        await assert.rejects(decode(encoding, data.subarray(0, length)), isBadEncoding(/too early/));
      }
    });

    test(`${encoding}: an error of the source is passed on`, async () => {
      const data = compress(randomBytes(1000));
      const broken = new Error('the connection is gone');
      async function* source(): AsyncGenerator<Uint8Array> {
        yield data.subarray(0, 500);
        throw broken;
      }
      await assert.rejects(async () => {
        for await (const block of decodeContent(encoding, source(), noReservation)) assert.ok(block.length > 0);
      }, broken);
    });

    test(`${encoding}: a reader that leaves stops the reading of the source`, async () => {
      const data = compress(randomBytes(10_000_000));
      let read = 0;
      async function* source(): AsyncGenerator<Uint8Array> {
        for await (const block of blocksOf(data, 65_536)) {
          read += block.length;
          yield block;
        }
      }
      for await (const block of decodeContent(encoding, source(), noReservation)) {
        assert.ok(block.length <= 65_536);
        break;
      }
      assert.ok(read < 1_000_000, `${read} bytes were read`);
    });
  }

  test('gzip: a wrong checksum is refused', async () => {
    const data = gzipSync('1 + 2\n');
    data.writeUInt8(data.readUInt8(data.length - 8) ^ 1, data.length - 8);
    await assert.rejects(decode('gzip', data), isBadEncoding(/not valid gzip/));
  });

  test('zstd: a window that needs much memory is refused', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 26, [constants.ZSTD_c_contentSizeFlag]: 0 };
    const data = zstdCompressSync(randomBytes(20_000_000), { params });
    await assert.rejects(decode('zstd', data), isBadEncoding(/window of more than 8 MiB/));
  });

  test('zstd: few bytes may become many, and not any number', async () => {
    const repetitive = zstdCompressSync(Buffer.alloc(60 * 1024 ** 2, '1\n'));
    assert.equal((await decode('zstd', repetitive)).length, 60 * 1024 ** 2);
    const bomb = zstdCompressSync(Buffer.alloc(200 * 1024 ** 2));
    await assert.rejects(decode('zstd', bomb), /expands to more than 4096 times its size/);
  });

  test('zstd: an endless row of empty frames is refused, files that were joined are not', async () => {
    const joined = (part: Uint8Array, count: number) => Buffer.concat(Array.from({ length: count }, () => part));
    const frames = joined(zstdCompressSync(randomBytes(2_000)), 1_500);
    assert.equal((await decode('zstd', frames)).length, 3_000_000);
    const empty = joined(zstdCompressSync(Buffer.alloc(0)), 1_500);
    await assert.rejects(decode('zstd', empty), isBadEncoding(/too many small parts/));
  });

  test('zstd: memory is reserved for the window of each frame before it is decoded, and given back', async () => {
    const params = { [constants.ZSTD_c_contentSizeFlag]: 0 };
    const frames = [20, 23, 21].map((windowLog) =>
      zstdCompressSync(Buffer.alloc(10_000_000, '1\n'), {
        params: { ...params, [constants.ZSTD_c_windowLog]: windowLog },
      }),
    );
    const reserved: number[] = [];
    let released = 0;
    async function reserve(bytes: number) {
      reserved.push(bytes);
      return { release: () => void (released += 1) };
    }
    let length = 0;
    // In blocks of one byte, so that no header is there at once.
    for await (const block of decodeContent('zstd', blocksOf(Buffer.concat(frames), 1), reserve))
      length += block.length;
    assert.equal(length, 30_000_000);
    const beside = 512 * 1024;
    assert.deepEqual(reserved, [2 ** 20 + beside, 2 ** 23 + beside]);
    assert.equal(released, 2);
  });

  test('zstd: an upload without memory is not decoded', async () => {
    const full = new Error('no room');
    const reserve = async () => {
      throw full;
    };
    const decoded = decodeContent('zstd', blocksOf(zstdCompressSync('1\n'), 100), reserve);
    await assert.rejects(Array.fromAsync(decoded), full);
  });
});
