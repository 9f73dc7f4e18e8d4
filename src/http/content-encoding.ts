/**
 * Decodes an encoded body as it arrives, with bounded memory. What is not exactly one or more whole gzip members or
 * zstd frames is rejected.
 */
import type { Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Lease } from './budgets/index.ts';
import { DecodingBounds } from './decoding-bounds.ts';
import { Problem } from './problems.ts';
import { FrameReader } from './zstd-frame-reader.ts';

export const contentEncodings = ['identity', 'gzip', 'zstd'] as const;
export type ContentEncoding = (typeof contentEncodings)[number];

/** RFC 9659 allows a window of 8 MiB in this encoding: what a decoder must be ready to hold in memory. */
const zstdWindowBitsMax = 23;
const outputBytes = 64 * 1024;
/** A window of 32 KiB, tables, and the input and output blocks. */
const gzipDecoderBytes = 192 * 1024;
/** Memory of a decoder in addition to its window: tables, a block of 128 KiB, and the input and output blocks. */
const zstdDecoderBytes = 512 * 1024;

/** Undefined: not one that is decoded here. */
export function parseContentEncoding(header: string | undefined): ContentEncoding | undefined {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '') return 'identity';
  if (name === 'x-gzip') return 'gzip';
  return contentEncodings.find((encoding) => encoding === name);
}

/** Reserves memory for a decoder, or throws what rejects the upload. */
export type ReserveMemory = (bytes: number) => Promise<Lease>;

/** The decoded bytes; throws BAD_ENCODING, or what `source` or `reserve` throws. */
export function decodeContent(
  encoding: ContentEncoding,
  source: AsyncIterable<Uint8Array>,
  reserve: ReserveMemory,
): AsyncIterable<Uint8Array> {
  switch (encoding) {
    case 'identity':
      return source;
    case 'gzip':
      return decodeGzip(source, reserve);
    case 'zstd':
      return decodeZstd(source, reserve);
  }
}

type Decoder = Transform & { readonly bytesWritten: number };

/**
 * A decoder of Node ends at the end of a member when bytes follow in the same block that are no further member, and drops
 * those bytes without a word. So the bytes it has not used are given to a new decoder, for which they are an error.
 */
async function* decodeGzip(source: AsyncIterable<Uint8Array>, reserve: ReserveMemory): AsyncGenerator<Uint8Array> {
  const bounds = new DecodingBounds('gzip');
  const input = bounds.countReceived(source);
  const lease = await reserve(gzipDecoderBytes);
  try {
    let rest: Uint8Array | undefined;
    do {
      bounds.beginMember();
      rest = yield* decodeMember(bounds, input, rest, createGunzip({ chunkSize: outputBytes }));
    } while (rest !== undefined);
  } finally {
    lease.release();
  }
}

/** Each frame has a decoder of its own, since each may ask for another amount of memory. */
async function* decodeZstd(source: AsyncIterable<Uint8Array>, reserve: ReserveMemory): AsyncGenerator<Uint8Array> {
  const bounds = new DecodingBounds('zstd');
  const frames = new FrameReader(bounds.countReceived(source));
  const memory = createGrowingLease(reserve);
  const params = { [constants.ZSTD_d_windowLogMax]: zstdWindowBitsMax };
  try {
    do {
      bounds.beginMember();
      const { windowBytes, start } = await frames.begin();
      // A decoder rejects a larger window before it takes memory for it.
      await memory.hold(zstdDecoderBytes + Math.min(windowBytes, 2 ** zstdWindowBitsMax));
      yield* decodeMember(bounds, frames, start, createZstdDecompress({ chunkSize: outputBytes, params }));
    } while (await frames.hasMore());
  } finally {
    memory.release();
  }
}

/** Decodes one member that begins with `start`; returns the bytes behind it that were read with it. */
async function* decodeMember(
  bounds: DecodingBounds,
  input: Pick<AsyncIterator<Uint8Array>, 'next'>,
  start: Uint8Array | undefined,
  decoder: Decoder,
): AsyncGenerator<Uint8Array, Uint8Array | undefined, void> {
  const feed = startFeed(input, start, decoder);
  try {
    for await (const bytes of decoder) yield bounds.countDecoded(bytes as Uint8Array);
  } catch (error) {
    throw feed.sourceError === undefined ? toEncodingProblem(bounds.name, error) : feed.sourceError;
  } finally {
    decoder.destroy();
  }
  return feed.unused();
}

/** Memory for one decoder after the other: a new lease is taken only when the next one needs more. */
function createGrowingLease(reserve: ReserveMemory) {
  let lease: Lease | undefined;
  let held = 0;
  return {
    async hold(bytes: number): Promise<void> {
      if (bytes <= held) return;
      // First the old one goes, or two uploads could wait for what the other one holds.
      lease?.release();
      lease = await reserve(bytes);
      held = bytes;
    },
    release: () => lease?.release(),
  };
}

/** Writes `first` and then the input to the decoder, until either ends. */
function startFeed(input: Pick<AsyncIterator<Uint8Array>, 'next'>, first: Uint8Array | undefined, decoder: Decoder) {
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
