import type { ResultSlice } from '../engine/index.ts';
import type { ResultWriter } from '../formats/index.ts';
import type { Turns } from './turns.ts';

/** Bytes gathered before they are handed on: a write for every chunk of short results would cost more than the results. */
const blockBytes = 64 * 1024;

export interface RenderOptions {
  /** Nothing is held back, since the next slice may take its time. */
  readonly isLive: boolean;
  readonly turns: Turns;
}

/**
 * The bytes of an answer. Throws when `signal` ends it early, so that a part is never taken for the whole. Each
 * block waits for its turn.
 */
export async function* renderResults(
  slices: AsyncIterable<ResultSlice>,
  writer: ResultWriter,
  signal: AbortSignal,
  { isLive, turns }: RenderOptions,
): AsyncGenerator<Uint8Array, void, void> {
  let block: Uint8Array[] = [writer.head];
  let length = writer.head.length;
  await turns.next();
  for await (const slice of slices) {
    const bytes = writer.write(slice);
    block.push(bytes);
    length += bytes.length;
    if (length >= blockBytes || (isLive && length > 0)) {
      yield Buffer.concat(block, length);
      block = [];
      length = 0;
      await turns.next();
    }
    if (writer.isDone) break;
  }
  if (signal.aborted && !writer.isDone) throw new Error('the response ended before it was complete');
  if (length > 0) yield Buffer.concat(block, length);
}

/**
 * The whole body when it is short, else its blocks; undefined when `signal` ended it. A whole body has a length, by which
 * every client can check that nothing is missing, and an error meanwhile leads to a problem document.
 */
export async function gatherShort(
  blocks: AsyncGenerator<Uint8Array, void, void>,
  signal: AbortSignal,
): Promise<Uint8Array | AsyncIterable<Uint8Array> | undefined> {
  try {
    const first = await blocks.next();
    if (first.done === true) return new Uint8Array(0);
    const second = await blocks.next();
    return second.done === true ? first.value : prepend([first.value, second.value], blocks);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function* prepend(head: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array, void, void>) {
  try {
    yield* head;
    yield* rest;
  } finally {
    await rest.return();
  }
}
