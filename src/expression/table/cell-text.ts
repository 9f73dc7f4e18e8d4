import { codePointAt, characterWidth, encodeUtf8 } from '../utf8.ts';
import { cellKind } from './row-cells.ts';

/** The bytes of input[start, end) as text. What is not UTF-8 becomes U+FFFD: neither a number nor part of a name. */
function decode(input: Uint8Array, start: number, end: number): string {
  let text = '';
  let index = start;
  while (index < end) {
    const point = codePointAt(input, index);
    text += String.fromCodePoint(point > 0x10_ffff ? 0xfffd : point);
    index += characterWidth(input[index] as number);
  }
  return text;
}

const shortEscapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const escape = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;

/** The content of a cell as text, at most the first `bytesMax` bytes of it. */
export function cellText(input: Uint8Array, start: number, end: number, kind: number, bytesMax: number): string {
  if (kind === cellKind.absent) return '';
  const text = decode(input, start, Math.min(end, start + bytesMax));
  if (kind === cellKind.doubledQuotes) return text.replaceAll('""', '"');
  if (kind !== cellKind.jsonEscapes) return text;
  return text.replaceAll(escape, (_, code: string | undefined, short = '') =>
    code === undefined ? (shortEscapes[short] ?? short) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Whether the content of a cell is `text`, byte for byte. */
export function isCellText(input: Uint8Array, start: number, end: number, kind: number, text: Uint8Array): boolean {
  if (kind === cellKind.absent) return text.length === 0;
  if (kind === cellKind.doubledQuotes || kind === cellKind.jsonEscapes) {
    return isUnescapedText(input, start, end, kind, text);
  }
  const { length } = text;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index += 1) if (input[start + index] !== text[index]) return false;
  return true;
}

/** An escape of JSON takes six bytes for one at the most, so a cell of more bytes is another text. */
const escapedBytesMax = 6;

function isUnescapedText(input: Uint8Array, start: number, end: number, kind: number, text: Uint8Array): boolean {
  if (end - start > text.length * escapedBytesMax) return false;
  const content = cellText(input, start, end, kind, end - start);
  const bytes = new Uint8Array(content.length * 3);
  return isCellText(bytes, 0, encodeUtf8(content, bytes), cellKind.plain, text);
}
