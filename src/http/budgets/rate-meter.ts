/** Judges how fast a client moves bytes while the server waits for it. Time in which it is not its turn does not count. */

export interface RateLimits {
  /** Bytes per second below which the client is cut off at the end of a window; 0: never. */
  readonly bytesPerSecondMin: number;
  /** How long the client is watched before it is judged. */
  readonly windowMs: number;
  /** Bytes per second below which others go first where there is no room. */
  readonly slowBytesPerSecond: number;
  /** How long it is watched before others go first. */
  readonly graceMs: number;
}

export class RateMeter {
  readonly #limits: RateLimits;
  #waitedMs = 0;
  #bytes = 0;

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Adds what was moved within the `passedMs` before now. False: the client is too slow and is to be cut off. */
  note(bytes: number, passedMs: number, isClientsTurn: boolean): boolean {
    this.#bytes += bytes;
    if (isClientsTurn) this.#waitedMs += passedMs;
    if (this.#waitedMs < this.#limits.windowMs) return true;
    const isFastEnough = this.rate >= this.#limits.bytesPerSecondMin;
    this.reset();
    return isFastEnough;
  }

  /** Begins a new window: the client has kept up. */
  reset(): void {
    this.#waitedMs = 0;
    this.#bytes = 0;
  }

  get rate(): number {
    return this.#waitedMs === 0 ? Number.POSITIVE_INFINITY : (this.#bytes * 1_000) / this.#waitedMs;
  }

  get isSlow(): boolean {
    return this.#waitedMs >= this.#limits.graceMs && this.rate < this.#limits.slowBytesPerSecond;
  }
}
