import { characterWidth, codePointAt } from './utf8.ts';

/**
 * Minus signs, hyphens and dashes that documents hold in place of `-`. The em dash is not one of them: word CPU
 * write it for `--` too, so that it could be one minus sign or two.
 */
const dashes: ReadonlySet<number> = new Set([0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xfe63]);

const asterisk = 0x2217;
const divisionSlash = 0x2215;

/** The full-width forms of all printable ASCII characters, in the same order. */
const fullWidthMin = 0xff01;
const fullWidthMax = 0xff5e;
const fullWidthDistance = 0xfee0;

/** Spaces of Unicode that people paste: no-break, typographic and ideographic ones, and the byte order mark. */
function isUnicodeSpace(point: number): boolean {
  return (
    point === 0xa0 ||
    point === 0x1680 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000 ||
    point === 0xfeff
  );
}

/** The ASCII character that looks like `point`, which is not ASCII itself, and means the same; 0 if there is none. */
export function toAscii(point: number): number {
  // Most of what is met, such as `×`, comes before the first of the others.
  if (point < 0x1680) return point === 0xa0 ? 0x20 : 0;
  if (isUnicodeSpace(point)) return 0x20;
  if (dashes.has(point)) return 0x2d;
  if (point === asterisk) return 0x2a;
  if (point === divisionSlash) return 0x2f;
  return point >= fullWidthMin && point <= fullWidthMax ? point - fullWidthDistance : 0;
}

/**
 * A line with characters outside ASCII as the scanner reads it: those that look like one of ASCII are replaced by it, so
 * that every rule about `-` or about digits holds for them too. Remembers where each byte was in the line as written.
 * Signs that could become another one next to a neighbor, such as `×` (`××` is no power), stay as they are.
 */
export class ReadableLine {
  bytes = new Uint8Array(0);
  length = 0;
  /** By byte, and for the end of the line: the place in the line as written. */
  private places = new Int32Array(0);

  /** Reads input[start, end), which is valid UTF-8. */
  read(input: Uint8Array, start: number, end: number): void {
    if (this.bytes.length < end - start) this.grow(end - start);
    const { bytes, places } = this;
    let length = 0;
    let index = start;
    while (index < end) {
      const byte = input[index] as number;
      const width = byte < 0x80 ? 1 : characterWidth(byte);
      const ascii = byte < 0x80 ? byte : toAscii(codePointAt(input, index));
      const next = index + width;
      if (ascii > 0) {
        bytes[length] = ascii;
        places[length] = index;
        length += 1;
      } else length = this.copy(input, index, next, length);
      index = next;
    }
    places[length] = end;
    this.length = length;
  }

  /** Where in the line as written the byte at `index` was. */
  placeOf(index: number): number {
    return this.places[index] as number;
  }

  /** Copies input[start, end) to `at`, and returns where it ends. */
  private copy(input: Uint8Array, start: number, end: number, at: number): number {
    for (let index = start; index < end; index += 1) {
      this.bytes[at + index - start] = input[index] as number;
      this.places[at + index - start] = index;
    }
    return at + end - start;
  }

  private grow(bytes: number): void {
    const capacity = Math.max(bytes, this.bytes.length * 2);
    this.bytes = new Uint8Array(capacity);
    this.places = new Int32Array(capacity + 1);
  }
}
