/** UTF-8 without the host's decoder: the engine reads bytes, and needs text only for names, odd literals and messages. */

const replacement = 0xfffd;

/** Bytes of the character that begins with `lead`, going by its first byte alone; 1 for a byte that begins none. */
export function characterWidth(lead: number): number {
  if (lead < 0xc2) return 1;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 1;
}

/** The first byte of input[start, end) that belongs to no valid UTF-8 sequence (RFC 3629: shortest form, no surrogates), or -1. */
export function invalidUtf8At(input: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end) {
    const lead = input[index] as number;
    if (lead < 0x80) {
      index += 1;
      continue;
    }
    const width = characterWidth(lead);
    if (width === 1 || index + width > end) return index;
    const second = input[index + 1] as number;
    // The first continuation byte also decides whether a sequence is too long for its character, a surrogate, or past U+10FFFF.
    let low = 0x80;
    let high = 0xbf;
    if (lead === 0xe0) low = 0xa0;
    else if (lead === 0xed) high = 0x9f;
    else if (lead === 0xf0) low = 0x90;
    else if (lead === 0xf4) high = 0x8f;
    if (second < low || second > high) return index;
    for (let next = index + 2; next < index + width; next += 1) {
      if (((input[next] as number) & 0xc0) !== 0x80) return index;
    }
    index += width;
  }
  return -1;
}

/** How many UTF-16 units the text of input[start, end) has; stray bytes count as nothing. */
export function utf16Length(input: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let index = start; index < end; index += 1) {
    const byte = input[index] as number;
    if ((byte & 0xc0) !== 0x80) units += characterWidth(byte) === 4 ? 2 : 1;
  }
  return units;
}

/** The code point of the character at `index` of valid UTF-8. */
export function codePointAt(input: Uint8Array, index: number): number {
  const lead = input[index] as number;
  const width = characterWidth(lead);
  if (width === 1) return lead < 0x80 ? lead : replacement;
  let point = lead & (0xff >> (width + 1));
  for (let next = index + 1; next < index + width; next += 1) point = (point << 6) | ((input[next] ?? 0) & 0x3f);
  return point;
}

/** The text of input[start, end) of valid UTF-8, at most `charactersMax` characters of it. */
export function decodeUtf8(input: Uint8Array, start: number, end: number, charactersMax: number): string {
  let text = '';
  let index = start;
  for (let count = 0; index < end && count < charactersMax; count += 1) {
    const point = codePointAt(input, index);
    text += String.fromCodePoint(point > 0x10_ffff ? replacement : point);
    index += characterWidth(input[index] as number);
  }
  return text;
}

/** Writes `text` as UTF-8 into `output`, which has 3 bytes for each of its units, and returns the length. A lone surrogate becomes three bytes that are not valid UTF-8, and is so found later with its place. */
export function encodeUtf8(text: string, output: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      output[length] = point;
      length += 1;
      continue;
    }
    if (point >= 0xd800 && point < 0xdc00) {
      point = text.codePointAt(index) ?? point;
      if (point > 0xffff) index += 1;
    }
    if (point < 0x800) {
      output[length] = 0xc0 | (point >> 6);
      length += 1;
    } else {
      if (point < 0x1_0000) {
        output[length] = 0xe0 | (point >> 12);
      } else {
        output[length] = 0xf0 | (point >> 18);
        length += 1;
        output[length] = 0x80 | ((point >> 12) & 0x3f);
      }
      output[length + 1] = 0x80 | ((point >> 6) & 0x3f);
      length += 2;
    }
    output[length] = 0x80 | (point & 0x3f);
    length += 1;
  }
  return length;
}
