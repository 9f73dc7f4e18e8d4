/** How many chunks of one job may be on the bus at once, by how long they take; and how long is too long. */
import type { Job } from '../jobs/index.ts';

export interface WindowOptions {
  /** Chunks of one job on the bus at once, at most: enough to keep every evaluator busy for the time of one store commit. */
  readonly windowChunks: number;
  /**
   * A chunk should be back after this time. When they take longer, the window is narrowed to what comes back in it:
   * more on the way would not be done sooner, and stand before the chunks of small jobs.
   */
  readonly roundTripMs: number;
  /** A chunk in flight for longer than this, and clearly longer than its neighbours took, is sent again. */
  readonly resendMs: number;
}

/** However slow the way is, so many may be on it: what is sent together costs the least. */
const chunksMin = 16;
/** By how much the window is narrowed or widened at once. */
const step = 1.25;
/** What the latest chunk counts for in the average time on the way. */
const latestShare = 0.1;
/** Takeovers without progress after which a job is dispatched with a small window, since one of its lines may kill evaluators. */
const carefulTakeovers = 3;
const carefulChunks = 2;
/** How many times its neighbours' longest recent time a chunk must have been away before it is sent again. */
const resendFactor = 4;
/** How fast the memory of a slow neighbour fades, per chunk. */
const slowestDecay = 0.98;

export class JobWindow {
  readonly #options: WindowOptions;
  #chunks: number;
  #averageMs = 0;
  #slowestMs = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#chunks = options.windowChunks;
  }

  /** Chunks that the job may have in flight. */
  size({ takeovers }: Job): number {
    return takeovers >= carefulTakeovers ? carefulChunks : this.#chunks;
  }

  /** Notes the time from sending a chunk to its outcome. */
  note(tookMs: number): void {
    this.#slowestMs = Math.max(this.#slowestMs * slowestDecay, tookMs);
    this.#averageMs += (tookMs - this.#averageMs) * latestShare;
  }

  /** One step towards the size that fits, to be taken when the window is filled. */
  adjust(): void {
    const { windowChunks, roundTripMs } = this.#options;
    const wanted = this.#averageMs > roundTripMs ? this.#chunks / step : this.#chunks * step;
    this.#chunks = Math.min(windowChunks, Math.max(Math.min(chunksMin, windowChunks), Math.round(wanted)));
  }

  /** After this time in flight a chunk that was sent for the `attempt`th time is sent again. */
  patienceMs(attempt: number): number {
    const usualMs = Math.max(this.#options.resendMs, resendFactor * this.#slowestMs);
    return usualMs * 2 ** Math.min(attempt - 1, 6);
  }
}
