import type { ByteBuffer } from './byte-buffer.ts';

export function writeBoolean(value: boolean, output: ByteBuffer): void {
  output.writeAscii(value ? 'true' : 'false');
}
