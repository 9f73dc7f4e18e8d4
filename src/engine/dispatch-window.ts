/**
 * How many chunks an instance has on the bus, by how long they wait there. Time that evaluators worked on a chunk does not
 * count, so that costly lines use every evaluator there is; only the queue before them does: more in flight than what keeps
 * them busy would not be done sooner, and delays the chunks of small jobs. All jobs of an instance share one window, so that
 * many of them make one queue and not many.
 */
export interface WindowOptions {
  /** Chunks in flight at the start. */
  readonly windowChunks: number;
  /** Lower bound of the window while chunks are cheap: what is sent together costs the least, however slow the way is. */
  readonly windowChunksMin: number;
  /** Upper bound of the window. */
  readonly windowChunksMax: number;
  /** Bytes of text of one job in flight. A single larger chunk may be in flight alone. */
  readonly windowBytesMax: number;
  /** Chunks should wait about this long; when they wait longer, the window is narrowed. */
  readonly queueMs: number;
  /** Chunks of all jobs in flight, however many jobs there are. A job with none in flight may send one more, up to twice this. */
  readonly inFlightChunksMax: number;
}

/** Lower bound of the window, whatever chunks cost. */
const chunksMin = 16;
/** Work in flight at the lower bound: what is on the bus when a job is cancelled is evaluated all the same. */
const workMsMax = 2_000;
/** A job gets at least so many, since a fill of one or two chunks costs as much as one of these. */
const shareMin = 4;
/** By how much the window is narrowed or widened in one step. */
const step = 1.25;
/** Weight of the latest chunk in the average times. */
const latestShare = 0.1;

export class DispatchWindow {
  readonly options: WindowOptions;
  /** Chunks of all jobs in flight. */
  chunks = 0;
  /** Jobs that have chunks left to send. */
  openJobs = 0;
  #size: number;
  #waitedMs = 0;
  #serviceMs = 0;
  #landed = 0;
  /** Whether more would have been in flight if the window had been wider, since its last step. */
  #isUsed = false;

  constructor(options: WindowOptions) {
    this.options = options;
    this.#size = options.windowChunks;
  }

  /** Chunks that one job may have in flight. */
  get share(): number {
    const size = Math.floor(this.#size / Math.max(1, this.openJobs));
    return Math.max(size, Math.min(shareMin, this.options.windowChunks));
  }

  /**
   * Notes how long a chunk that has just come back waited, and how long an evaluator worked on it. Takes a step when half a
   * window of chunks has come back.
   */
  note(waitedMs: number, serviceMs: number): void {
    this.#waitedMs += (waitedMs - this.#waitedMs) * latestShare;
    this.#serviceMs += (serviceMs - this.#serviceMs) * latestShare;
    this.#landed += 1;
    this.#isUsed ||= this.chunks >= this.#size / 2;
    if (this.#landed < this.#size / 2) return;
    this.#landed = 0;
    this.#adjust();
    this.#isUsed = false;
  }

  get #lowerBound(): number {
    const { windowChunks, windowChunksMin } = this.options;
    return Math.max(Math.min(chunksMin, windowChunks), Math.min(windowChunksMin, workMsMax / this.#serviceMs));
  }

  #adjust(): void {
    const { windowChunksMax, queueMs } = this.options;
    if (this.#waitedMs > queueMs) this.#size = Math.max(this.#lowerBound, this.#size / step);
    else if (this.#isUsed) this.#size = Math.min(windowChunksMax, this.#size * step);
  }
}
