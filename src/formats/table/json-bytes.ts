/** JSON, written byte by byte. */
import type { ByteSink } from './byte-sink.ts';

const quote = 0x22;
const backslash = 0x5c;
const controlsEnd = 0x20;
/** Bytes that one byte of a string becomes at most: `\u0000`. */
const escapeBytesMax = 6;

const escapes = Array.from({ length: controlsEnd }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** Writes a span of UTF-8 as a JSON string, with its quotes. */
export function putJsonString(source: Uint8Array, start: number, end: number, sink: ByteSink): void {
  const bytes = sink.reserve(2 + (end - start) * escapeBytesMax);
  let length = sink.length;
  bytes[length++] = quote;
  for (let position = start; position < end; position += 1) {
    const byte = source[position] ?? 0;
    if (byte < controlsEnd) {
      for (const escaped of escapes[byte] ?? []) bytes[length++] = escaped;
      continue;
    }
    if (byte === quote || byte === backslash) bytes[length++] = backslash;
    bytes[length++] = byte;
  }
  bytes[length++] = quote;
  sink.length = length;
}
