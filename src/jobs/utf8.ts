/** UTF-8 as the Unicode standard defines it (chapter 3, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF. */

/** How many bytes at the start of `bytes` are valid UTF-8; all of them when the text is valid. */
export function validUtf8Length(bytes: Uint8Array): number {
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position);
    if (length === 0) return position;
    position += length;
  }
  return position;
}

/** Length of the well-formed sequence at `position`, or 0. */
function sequenceLength(bytes: Uint8Array, position: number): number {
  const lead = bytes[position] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[position + 1] ?? 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  if (lead < 0xe0) return 2;
  if (!isContinuation(bytes[position + 2])) return 0;
  if (lead < 0xf0) return 3;
  return isContinuation(bytes[position + 3]) ? 4 : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The end of the last whole character in `bytes[0, end)`, so that a string can be cut without splitting one. */
export function characterBoundary(bytes: Uint8Array, end: number): number {
  let boundary = end;
  while (boundary > 0 && end - boundary < 4 && isContinuation(bytes[boundary])) boundary -= 1;
  return isContinuation(bytes[boundary]) ? end : boundary;
}
