/** How long a line of each job takes, as far as it is known from the slices that came back lately. */
export class LineRates {
  readonly #msPerLine = new Map<string, number>();

  estimateMs(jobId: string, lines: number): number {
    return lines * (this.#msPerLine.get(jobId) ?? msPerLineDefault);
  }

  record(jobId: string, lines: number, elapsedMs: number): void {
    const known = this.#msPerLine.get(jobId);
    const measured = Math.max(elapsedMs / lines, msPerLineMin);
    this.#msPerLine.delete(jobId);
    this.#msPerLine.set(jobId, known === undefined ? measured : known + (measured - known) * newShare);
    const [oldest] = this.#msPerLine.keys();
    if (oldest !== undefined && this.#msPerLine.size > jobsMax) this.#msPerLine.delete(oldest);
  }
}

/** A new job may be costly: three of its full chunks make up what a thread is given at first. */
const msPerLineDefault = 0.003;
/** Keeps the number of chunks that a thread is given bounded. */
const msPerLineMin = 0.0001;
/** Weight of the newest measurement. */
const newShare = 0.5;
/** Jobs remembered. Forgetting one only means that it counts as new. */
const jobsMax = 256;
