/** Bounds the work that few encoded bytes can cause. */
import { Problem } from './problems.ts';

/**
 * Bytes that any upload may have after decompression, however small it was: repetitive files of that size are ordinary
 * tests, and the server has memory and time for them.
 */
export const freeDecodedBytes = 64 * 1024 ** 2;
/**
 * Beyond those, decoded bytes for each encoded one. gzip cannot exceed 1,032, and files of few different lines reach 1,000
 * to 3,000 with zstd; a file made to do harm exceeds 30,000.
 */
export const decodedPerEncodedMax = 4_096;
/** A member costs a decoder, about 0.1 ms. Files that were joined have hundreds of them, and each has some content. */
const freeMembers = 1_000;
const encodedBytesPerMember = 1_024;

export class DecodingBounds {
  readonly name: string;
  #received = 0;
  #decoded = 0;
  #members = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Passes the encoded bytes on. */
  countReceived(source: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
    const input = source[Symbol.asyncIterator]();
    return {
      next: async () => {
        const next = await input.next();
        if (next.done !== true) this.#received += next.value.length;
        return next;
      },
    };
  }

  countDecoded(bytes: Uint8Array): Uint8Array {
    this.#decoded += bytes.length;
    if (this.#decoded <= freeDecodedBytes + this.#received * decodedPerEncodedMax) return bytes;
    throw new Problem(
      'TOO_MANY_BYTES',
      `The ${this.name} data expands to more than ${decodedPerEncodedMax} times its size. Send the file without compression.`,
    );
  }

  beginMember(): void {
    this.#members += 1;
    if (this.#members <= freeMembers + this.#received / encodedBytesPerMember) return;
    throw new Problem(
      'BAD_ENCODING',
      `The ${this.name} data consists of too many small parts. Decompress it, and compress it again as a whole.`,
    );
  }
}
