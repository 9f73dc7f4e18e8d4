/** When a chunk in flight counts as lost: after a time that grows with how long its neighbors took. */

/** How many times its neighbors' longest recent time a chunk must have been in flight before it is sent again. */
const resendFactor = 4;
/** How fast the memory of a slow neighbor fades, per chunk. */
const slowestDecay = 0.98;

export class ResendTimeout {
  readonly #resendMs: number;
  #slowestMs = 0;

  /** `resendMs`: the shortest such time. */
  constructor(resendMs: number) {
    this.#resendMs = resendMs;
  }

  /** Notes the time from sending a chunk to its outcome. */
  note(tookMs: number): void {
    this.#slowestMs = Math.max(this.#slowestMs * slowestDecay, tookMs);
  }

  /** For a chunk that was sent for the `attempt`th time. */
  read(attempt: number): number {
    const usualMs = Math.max(this.#resendMs, resendFactor * this.#slowestMs);
    return usualMs * 2 ** Math.min(attempt - 1, 6);
  }
}
