/** Jobs that were seen lately, so that they need not be looked up before each write. In memory only. */

/** Maximum number of jobs remembered. */
const jobsMax = 10_000;

export class RecentJobs {
  readonly #rememberMs: number;
  /** When a job was last seen, by `performance.now()`. */
  readonly #seenAt = new Map<string, number>();

  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  has(jobId: string): boolean {
    const seenAt = this.#seenAt.get(jobId);
    return seenAt !== undefined && performance.now() - seenAt <= this.#rememberMs;
  }

  /** `seenAt`: when the look at the job began. */
  note(jobId: string, seenAt = performance.now()): void {
    if (this.#seenAt.size >= jobsMax) this.#seenAt.clear();
    this.#seenAt.set(jobId, seenAt);
  }

  forget(jobId: string): void {
    this.#seenAt.delete(jobId);
  }
}
