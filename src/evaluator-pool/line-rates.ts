/** Milliseconds that a line of a new job is thought to take. It may be costly: two of its full chunks fill a thread at first. */
const msPerLineDefault = 0.004;
/** Milliseconds that a slice takes in addition to its lines; bounds the number of small chunks that a thread is given. */
const msPerSlice = 0.02;
/** Weight of the newest measurement. */
const newShare = 0.5;
/** Jobs remembered. Forgetting one only means that it counts as new. */
const jobsMax = 256;

/** How long a line of each job takes, by the slices that came back lately. */
export class LineRates {
  readonly #msPerLine = new Map<string, number>();

  estimateMs(jobId: string, lines: number): number {
    return msPerSlice + lines * (this.#msPerLine.get(jobId) ?? msPerLineDefault);
  }

  record(jobId: string, lines: number, elapsedMs: number): void {
    const measured = elapsedMs / lines;
    const known = this.#msPerLine.get(jobId) ?? measured;
    this.#msPerLine.delete(jobId);
    this.#msPerLine.set(jobId, known + (measured - known) * newShare);
    const [oldest] = this.#msPerLine.keys();
    if (oldest !== undefined && this.#msPerLine.size > jobsMax) this.#msPerLine.delete(oldest);
  }
}
