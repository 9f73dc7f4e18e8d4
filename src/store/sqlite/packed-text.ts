/**
 * Outcome text that repeats itself is stored compressed (zstd): a few bytes of an upload can stand for
 * millions of empty lines, each of which ends with the same error of 30 bytes. Only this store knows of it; readers
 * gets the text as it was recorded, so packing needs no other reader to understand it.
 *
 * Text of short results stay as they are: they gain little, and most jobs are made of them.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { StoreError } from '../../engine/index.ts';
import type { Counts } from '../../jobs/index.ts';

/** Failed lines among all, from which on a string is packed: their messages take most of it. */
const failedShareMin = 1 / 8;
/** Bytes of a line on average from which on a string is packed: a short line can have a result of 20 KB. */
const lineBytesMin = 64;
/** A shorter text is not worth the 50 µs: compared with the rest of its row and its transaction it costs nothing. */
const textBytesMin = 256;
/** The fastest levels are close to each other in size for what repeats. */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The packed text; undefined when it is better stored as it is. */
export function packOutcomes(
  { count, failed }: Pick<Counts, 'failed'> & { readonly count: number },
  text: Uint8Array,
): Uint8Array | undefined {
  if (text.length < textBytesMin) return undefined;
  if (failed < failedShareMin * count && text.length < lineBytesMin * count) return undefined;
  const packed = zstdCompressSync(text, options);
  return packed.length < text.length ? packed : undefined;
}

export function unpackText(packed: Uint8Array, bytes: number): Uint8Array {
  const text = decompress(packed, bytes);
  if (text?.length === bytes) return text;
  throw new StoreError('corrupt', 'packed outcomes cannot be unpacked; the file is damaged');
}

/** Never more than it should be, whatever a damaged file says. */
function decompress(packed: Uint8Array, bytes: number): Uint8Array | undefined {
  try {
    const { buffer, byteOffset, length } = zstdDecompressSync(packed, { maxOutputLength: bytes });
    // As what is not packed: without the methods of a Buffer, some of which differ from those of the class it extends.
    return new Uint8Array(buffer, byteOffset, length);
  } catch {
    return undefined;
  }
}
