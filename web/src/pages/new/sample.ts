/** The beginning of the upload: enough for its format, its columns and a check. */
import type { UploadEncoding } from './detect-format.ts';

export interface Sample {
  /** Decompressed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Not even line ends are looked for in it. */
  readonly text: string;
  /** The bytes are all there is. */
  readonly isWhole: boolean;
}

/** The head of a table may have 256 KiB, and twenty rows are wanted as well. */
export const sampleBytesMax = 512 * 1024;
const lineFeed = 10;
const decoder = new TextDecoder();

export function createSample(bytes: Uint8Array<ArrayBuffer>, isWhole: boolean): Sample {
  return { bytes, text: decoder.decode(bytes), isWhole };
}

export function sampleText(text: string): Sample {
  // A character has three bytes at the most, per unit of UTF-16.
  const bytes = new TextEncoder().encode(text.slice(0, sampleBytesMax));
  return createSample(bytes, text.length <= sampleBytesMax);
}

/** Undefined for an encoding that the browser cannot read. Throws when the file cannot be read. */
export async function readSample(file: Blob, encoding: UploadEncoding): Promise<Sample | undefined> {
  if (encoding === 'zstd' || (encoding === 'gzip' && typeof DecompressionStream === 'undefined')) return undefined;
  if (encoding === 'identity') {
    const bytes = new Uint8Array(await file.slice(0, sampleBytesMax).arrayBuffer());
    return createSample(bytes, file.size <= sampleBytesMax);
  }
  return readBeginning(file.stream().pipeThrough(new DecompressionStream('gzip')));
}

async function readBeginning(stream: ReadableStream<Uint8Array>): Promise<Sample> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length < sampleBytesMax && !isWhole) {
    const { done, value } = await reader.read();
    isWhole = done;
    if (value === undefined) continue;
    parts.push(value);
    length += value.length;
  }
  // The rest is never read; a file that turns out to be damaged there is left to the server.
  await reader.cancel().catch(() => undefined);
  return createSample(join(parts, length), isWhole);
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** The bytes without the line that the end of the sample cuts, unless there is no other. */
export function wholeLines({ bytes, isWhole }: Sample): Uint8Array<ArrayBuffer> {
  const end = bytes.lastIndexOf(lineFeed) + 1;
  return isWhole || end === 0 ? bytes : bytes.subarray(0, end);
}
