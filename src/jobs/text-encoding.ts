/** Recognizes text that is not UTF-8 by its first bytes: Windows programs save UTF-16 under the name "Unicode". */

export type ForeignEncoding = 'UTF-16' | 'UTF-32';

/** So many bytes at the start of a string settle its encoding. */
export const encodingBytes = 4;

/**
 * The encoding that a string begins in, if that is UTF-16 or UTF-32: with a byte order mark, or with the NUL bytes that
 * every ASCII character has there. `start` holds at least the first four bytes, or the whole text: of a shorter one only
 * a byte order mark counts, for two bytes may as well be a NUL byte in a line of UTF-8.
 */
export function findForeignEncoding(start: Uint8Array): ForeignEncoding | undefined {
  const [a, b, c, d] = start;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32';
  return findByNuls(start);
}

/** Every ASCII character is one byte that is not NUL and one or three that are; the order of the bytes is unknown. */
function findByNuls(start: Uint8Array): ForeignEncoding | undefined {
  if (start.length < encodingBytes) return undefined;
  const [a, b, c, d] = start;
  if (a === 0 ? b !== 0 && c === 0 && d !== 0 : b === 0 && c !== 0 && d === 0) return 'UTF-16';
  if (b === 0 && c === 0 && (a === 0) !== (d === 0)) return 'UTF-32';
  return undefined;
}
