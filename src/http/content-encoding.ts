/**
 * Decodes an encoded body as it arrives, with bounded memory. What is not exactly one or more whole gzip members or
 * zstd frames is refused.
 */
import type { Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { Problem } from './problems.ts';

export const contentEncodings = ['identity', 'gzip', 'zstd'] as const;
export type ContentEncoding = (typeof contentEncodings)[number];

/** RFC 9659 allows a window of 8 MiB in this encoding: what a decoder must be ready to hold in memory. */
const zstdWindowBitsMax = 23;
const outputBytes = 64 * 1024;

/** Undefined: not one that is decoded here. */
export function parseContentEncoding(header: string | undefined): ContentEncoding | undefined {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '') return 'identity';
  if (name === 'x-gzip') return 'gzip';
  return contentEncodings.find((encoding) => encoding === name);
}

/** The decoded bytes; throws BAD_ENCODING, or what `source` throws. */
export function decodeContent(encoding: ContentEncoding, source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  switch (encoding) {
    case 'identity':
      return source;
    case 'gzip':
      return decodeMembers('gzip', source, () => createGunzip({ chunkSize: outputBytes }));
    case 'zstd':
      return decodeMembers('zstd', source, createZstdDecoder);
  }
}

function createZstdDecoder(): Decoder {
  return createZstdDecompress({
    chunkSize: outputBytes,
    params: { [constants.ZSTD_d_windowLogMax]: zstdWindowBitsMax },
  });
}

type Decoder = Transform & { readonly bytesWritten: number };

/**
 * A decoder of Node ends at the end of a member when other bytes follow in the same block, and drops those bytes without
 * a word. So the bytes it has not used are given to a new decoder, until there are none: a further member is decoded,
 * and anything else is an error.
 */
async function* decodeMembers(
  name: string,
  source: AsyncIterable<Uint8Array>,
  createDecoder: () => Decoder,
): AsyncGenerator<Uint8Array, void, void> {
  const input = source[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  do {
    const decoder = createDecoder();
    const feed = startFeed(input, rest, decoder);
    try {
      for await (const bytes of decoder) yield bytes as Uint8Array;
    } catch (error) {
      throw feed.sourceError === undefined ? toEncodingProblem(name, error) : feed.sourceError;
    } finally {
      decoder.destroy();
    }
    rest = feed.unused();
  } while (rest !== undefined);
}

/** Writes `first` and then the input to the decoder, until either ends. */
function startFeed(input: AsyncIterator<Uint8Array>, first: Uint8Array | undefined, decoder: Decoder) {
  let fed = 0;
  let last: Uint8Array = new Uint8Array(0);
  const feed = {
    sourceError: undefined as unknown,
    /** The bytes behind the end of the member, which were fed but not used. */
    unused(): Uint8Array | undefined {
      const count = fed - decoder.bytesWritten;
      return count > 0 ? last.subarray(last.length - count) : undefined;
    },
  };

  async function write(bytes: Uint8Array): Promise<void> {
    fed += bytes.length;
    last = bytes;
    await new Promise<void>((resolve) => {
      // The decoder may never call back for a block that it did not use up; it is destroyed then.
      decoder.once('close', resolve);
      decoder.write(bytes, () => {
        decoder.off('close', resolve);
        resolve();
      });
    });
  }

  async function run(): Promise<void> {
    if (first !== undefined) await write(first);
    while (!decoder.destroyed && feed.unused() === undefined) {
      const next = await input.next();
      if (decoder.destroyed) return;
      if (next.done === true) {
        decoder.end();
        return;
      }
      await write(next.value);
    }
  }

  run().catch((error: unknown) => {
    feed.sourceError = error;
    decoder.destroy(error instanceof Error ? error : new Error('the source failed'));
  });
  return feed;
}

function toEncodingProblem(name: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return new Problem('BAD_ENCODING', `The ${name} data ends too early.`);
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    const detail = 'The zstd data needs a window of more than 8 MiB; compress it without --long and --ultra.';
    return new Problem('BAD_ENCODING', detail);
  }
  if (!/^(?:Z_|ZSTD_)/.test(code)) return error;
  return new Problem('BAD_ENCODING', `The body is not valid ${name} data, or other bytes follow it.`);
}
