/** Compresses uploads, so that a large file takes less time to upload. */

/** Smaller files are there sooner than they are compressed. */
export const compressedBytesMin = 1024 * 1024;
/** Compressed data is handed over to the browser, which may keep it on disk, in pieces of this size. */
const pieceBytes = 8 * 1024 * 1024;

export function canCompress(): boolean {
  return typeof CompressionStream !== 'undefined';
}

/** `onProgress` is called with how many bytes of the source have been read. Rejects when `signal` is aborted. */
export async function compress(source: Blob, signal: AbortSignal, onProgress: (bytes: number) => void): Promise<Blob> {
  const counted = countBytes(onProgress);
  const compressed = source.stream().pipeThrough(counted, { signal }).pipeThrough(new CompressionStream('gzip'));
  const collector = createCollector();
  const reader = compressed.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return collector.finish();
    collector.add(value);
  }
}

function countBytes(onProgress: (bytes: number) => void): TransformStream<BufferSource, BufferSource> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      onProgress(bytes);
      controller.enqueue(chunk);
    },
  });
}

function createCollector() {
  const pieces: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const flush = (): void => {
    pieces.push(new Blob(parts));
    parts = [];
    size = 0;
  };
  return {
    add(part: Uint8Array<ArrayBuffer>): void {
      parts.push(part);
      size += part.length;
      if (size >= pieceBytes) flush();
    },
    finish(): Blob {
      flush();
      return new Blob(pieces);
    },
  };
}
