/** Spans longer than this are copied by the engine's own routine, whose call costs as much as these bytes in a loop. */
const loopBytesMax = 96;

const encoder = new TextEncoder();

/** The bytes of a block of results as they are put together. */
export class ByteSink {
  /** Valid up to `length`; replaced by a larger array when it grows, so never keep it across a call. */
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  /** Makes room for `count` more bytes and returns the array to store them into, from `length` on. */
  reserve(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
    return this.bytes;
  }

  putByte(byte: number): void {
    this.reserve(1)[this.length] = byte;
    this.length += 1;
  }

  putSpan(source: Uint8Array, start: number, end: number): void {
    const bytes = this.reserve(end - start);
    let length = this.length;
    if (end - start > loopBytesMax) bytes.set(source.subarray(start, end), length);
    else for (let position = start; position < end; position += 1) bytes[length++] = source[position] ?? 0;
    this.length += end - start;
  }

  putBytes(source: Uint8Array): void {
    this.putSpan(source, 0, source.length);
  }

  /** The digits of a number, or other characters that are all ASCII. */
  putAscii(text: string): void {
    const bytes = this.reserve(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[this.length + index] = text.charCodeAt(index);
    this.length += text.length;
  }

  /** As UTF-8. */
  putText(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    const bytes = this.reserve(text.length * 3);
    this.length += encoder.encodeInto(text, bytes.subarray(this.length)).written;
  }

  /** All bytes so far, shared and not copied. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
