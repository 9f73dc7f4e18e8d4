import type { ResultSlice } from '../engine/index.ts';
import type { ResultWriter } from '../formats/index.ts';

/** Bytes gathered before they are handed on: a write for every chunk of short results would cost more than the results. */
const blockBytes = 64 * 1024;

/**
 * The bytes of an answer. Throws when `signal` ends it early, so that a part is never taken for the whole. With
 * `isLive` nothing is held back, since the next slice may take its time.
 */
export async function* renderResults(
  slices: AsyncIterable<ResultSlice>,
  writer: ResultWriter,
  signal: AbortSignal,
  isLive: boolean,
): AsyncGenerator<Uint8Array, void, void> {
  let block: Uint8Array[] = writer.head === '' ? [] : [Buffer.from(writer.head)];
  let length = writer.head.length;
  for await (const slice of slices) {
    const bytes = writer.write(slice);
    block.push(bytes);
    length += bytes.length;
    if (length >= blockBytes || (isLive && length > 0)) {
      yield Buffer.concat(block, length);
      block = [];
      length = 0;
    }
    if (writer.isDone) break;
  }
  if (signal.aborted && !writer.isDone) throw new Error('the answer was ended before it was complete');
  if (length > 0) yield Buffer.concat(block, length);
}
