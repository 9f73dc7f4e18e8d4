import type { ByteBuffer } from '../byte-buffer.ts';
import { writeFixed } from '../write-digits.ts';
import { writeShortest } from './write-shortest.ts';

/** Appends what JavaScript's `String(value)` gives for a finite double: the shortest digits that read back as the same double. `-0` is `0`. */
export function writeFloat64(value: number, output: ByteBuffer): void {
  const size = Math.abs(value);
  // At most 15 digits are never ambiguous: if such a decimal reads back as this double, it is the shortest one that does.
  if (size <= 1e15) {
    if (Math.floor(size) === size) {
      writeFixed(value < 0, size, 0, 0, output);
      return;
    }
    const places = size < 1e9 ? 6 : 3;
    const power = size < 1e9 ? 1e6 : 1e3;
    const scaled = Math.round(size * power);
    if (scaled / power === size && scaled <= 1e15) {
      const whole = Math.floor(size);
      writeFixed(value < 0, whole, scaled - whole * power, places, output);
      return;
    }
    if (writeShortest(value < 0, size, output)) return;
  }
  output.writeAscii(String(value));
}
