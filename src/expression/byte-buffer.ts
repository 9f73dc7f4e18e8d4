import { encodeUtf8 } from './utf8.ts';

const capacityMin = 64;

/** A growing run of bytes. Writers reserve room first and then store into `bytes` directly, so that short strings cost no call a byte. */
export class ByteBuffer {
  /** Valid up to `length`; replaced by a larger array when it grows, so never keep it across a `reserve`. */
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1_024) {
    this.bytes = new Uint8Array(Math.max(capacity, capacityMin));
  }

  /** Makes room for `count` more bytes and returns the array to write them into, from `length` on. */
  reserve(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
    return this.bytes;
  }

  writeByte(byte: number): void {
    this.reserve(1)[this.length] = byte;
    this.length += 1;
  }

  /** Appends text whose characters are all ASCII, such as every number. */
  writeAscii(text: string): void {
    const count = text.length;
    const bytes = this.reserve(count);
    const start = this.length;
    for (let index = 0; index < count; index += 1) bytes[start + index] = text.charCodeAt(index);
    this.length = start + count;
  }

  /** Appends text of any characters as UTF-8, U+FFFD for half a surrogate pair. */
  writeText(text: string): void {
    // A UTF-16 unit takes three bytes at most.
    const bytes = this.reserve(text.length * 3);
    this.length += encodeUtf8(text.toWellFormed(), bytes.subarray(this.length));
  }

  /** Appends bytes[start, end). They are few as a rule: a view of them would cost more than the loop. */
  writeBytes(bytes: Uint8Array, start: number, end: number): void {
    const target = this.reserve(end - start);
    const offset = this.length - start;
    for (let index = start; index < end; index += 1) target[offset + index] = bytes[index] as number;
    this.length += end - start;
  }

  clear(): void {
    this.length = 0;
  }

  /** The bytes written so far, shared and not copied: valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** The bytes from `start` on as text, provided that all are ASCII. */
  asciiText(start = 0): string {
    let text = '';
    // In pieces, since each byte is one argument of the call.
    for (let from = start; from < this.length; from += 4_096) {
      text += String.fromCharCode(...this.bytes.subarray(from, Math.min(from + 4_096, this.length)));
    }
    return text;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
