import type { Time, Timer } from './time.ts';

/** How long the repetitions of something are counted before they are logged in one line. */
const burstMs = 10_000;

/** Logs the first of many similar events immediately, and those that follow within a while as a count. */
export class RateLimitedLog {
  readonly #time: Time;
  readonly #report: (count: number, fields: object) => void;
  readonly #atOnceMax: number;
  #timer: Timer | undefined;
  #reported = 0;
  #count = 0;
  #fields: object = {};

  /** `atOnceMax`: how many are reported one by one before the counting begins. */
  constructor(time: Time, report: (count: number, fields: object) => void, atOnceMax = 1) {
    this.#time = time;
    this.#report = report;
    this.#atOnceMax = atOnceMax;
  }

  note(fields: object): void {
    this.#timer ??= this.#time.schedule(burstMs, () => this.flush());
    if (this.#reported < this.#atOnceMax) {
      this.#reported += 1;
      this.#report(1, fields);
      return;
    }
    this.#count += 1;
    this.#fields = fields;
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#reported = 0;
    if (this.#count > 0) this.#report(this.#count, this.#fields);
    this.#count = 0;
    this.#fields = {};
  }
}
