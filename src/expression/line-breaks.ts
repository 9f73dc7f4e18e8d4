/**
 * Characters that end a line for other programs, and not here. Taken as spaces they would join the numbers of several
 * lines: a file of `10 CR -4 CR` would be one operation with the result 6. So they are errors, in comments too.
 */
const names: ReadonlyMap<number, string> = new Map([
  [0x0b, 'a vertical tab (VT)'],
  [0x0c, 'a form feed (FF)'],
  [0x0d, 'a carriage return (CR)'],
  [0x85, 'a next line character (U+0085)'],
  [0x2028, 'a line separator (U+2028)'],
  [0x2029, 'a paragraph separator (U+2029)'],
]);

/** Whether a character that begins with this byte of UTF-8 can be one of them. */
export function mayBreakLine(byte: number): boolean {
  return (byte >= 0x0b && byte <= 0x0d) || byte === 0xc2 || byte === 0xe2;
}

/** Whether the byte is an ASCII character that breaks no line. */
export function isOrdinary(byte: number): boolean {
  // One comparison for both bounds of nearly all of them: what is below 0x0e becomes a large number.
  return (byte - 0x0e) >>> 0 < 0x80 - 0x0e || (byte < 0x80 && !mayBreakLine(byte));
}

/** The place of the first byte that is not ordinary; in nearly every line there is none, and it is `end`. */
export function ordinaryEnd(input: Uint8Array, start: number, end: number): number {
  for (let index = start; index < end; index += 1) {
    const byte = input[index] as number;
    if (byte >= 0x80 || (byte < 0x0e && mayBreakLine(byte))) return index;
  }
  return end;
}

/** The error message for a line that contains this character, or undefined if the character breaks no line. */
export function describeLineBreak(point: number): string | undefined {
  const name = names.get(point);
  if (name === undefined) return undefined;
  const reason = point === 0x0d ? 'A file that ends its lines with carriage returns only is read as one line. ' : '';
  return `This line contains ${name}. ${reason}Save the file with LF or CRLF line ends.`;
}
