import { ZstdFrame } from './zstd-frame.ts';

const nothing = new Uint8Array(0);

/** Reads zstd data frame by frame: between two calls of `begin`, `next` gives the bytes of one frame and no others. */
export class FrameReader {
  readonly #input: AsyncIterator<Uint8Array>;
  #frame = new ZstdFrame();
  /** Bytes that were read and not given yet. */
  #rest: Uint8Array = nothing;

  constructor(input: AsyncIterator<Uint8Array>) {
    this.#input = input;
  }

  /** Begins the next frame: its window, and its bytes as far as they had to be read for that. */
  async begin(): Promise<{ readonly windowBytes: number; readonly start: Uint8Array }> {
    this.#frame = new ZstdFrame();
    let start: Uint8Array = nothing;
    while (this.#frame.windowBytes === undefined) {
      const next = await this.next();
      // The decoder says that the data ends too early.
      if (next.done === true) break;
      start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
    }
    return { windowBytes: this.#frame.windowBytes ?? 0, start };
  }

  /** The next bytes of the frame. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#frame.isComplete || !(await this.hasMore())) return { done: true, value: undefined };
    const count = this.#frame.take(this.#rest);
    const value = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return { done: false, value };
  }

  /** Whether the input has further bytes. */
  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#input.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}
