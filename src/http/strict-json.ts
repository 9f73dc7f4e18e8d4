/**
 * Reads JSON bodies so that nothing in them is lost or changed without a word. `JSON.parse` alone keeps the last of two
 * equal keys and rounds long numbers, and a decoder puts U+FFFD in the place of bytes that are not UTF-8.
 */
import { isUtf8 } from 'node:buffer';
import { findForeignEncoding, isNameEnd, stringEnd } from '../jobs/index.ts';
import { Problem } from './problems.ts';

const decoder = new TextDecoder('utf-8');
/** Every number of at most this many digits is a double that prints as it was written. */
const exactDigitsMax = 15;
const longNumber = new RegExp(`(?:\\d\\.?){${exactDigitsMax + 1}}`);

/** Throws NOT_UTF8 or INVALID_JSON. A UTF-8 byte order mark is dropped, as in every other upload. */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeStrictUtf8(bytes);
  if (text.trim() === '') throw new Problem('INVALID_JSON', 'The body is empty; send a JSON object.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('INVALID_JSON');
  }
  checkTokens(text);
  return value;
}

/** The text of a body that must be UTF-8 as a whole. Throws NOT_UTF8. */
export function decodeStrictUtf8(bytes: Uint8Array): string {
  const encoding = findForeignEncoding(bytes);
  if (encoding !== undefined) throw notUtf8(encoding);
  if (!isUtf8(bytes)) throw new Problem('NOT_UTF8', 'The body is not valid UTF-8.');
  return decoder.decode(bytes);
}

export function notUtf8(encoding: string): Problem {
  return new Problem('NOT_UTF8', `The body is ${encoding}. Save or send it as UTF-8.`);
}

/**
 * Finds a key that is there twice, and numbers too long to be kept. The text is valid JSON, so a string that a colon
 * follows is a key. Keys of all objects are taken together: no body has an object inside another.
 */
function checkTokens(text: string): void {
  const keys = new Set<string>();
  let outside = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', outside)) {
    checkNumbers(text, outside, start);
    outside = stringEnd(text, start);
    if (!isNameEnd(text, outside)) continue;
    const key = JSON.parse(text.slice(start, outside)) as string;
    if (keys.has(key)) throw new Problem('INVALID_JSON', `The key ${JSON.stringify(key)} appears more than once.`);
    keys.add(key);
  }
  checkNumbers(text, outside, text.length);
}

/** Looks at what is between two strings. */
function checkNumbers(text: string, start: number, end: number): void {
  if (end - start <= exactDigitsMax || !longNumber.test(text.slice(start, end))) return;
  const detail = `A number has more than ${exactDigitsMax} digits, which JSON readers round. Send operations as strings.`;
  throw new Problem('INVALID_JSON', detail);
}
