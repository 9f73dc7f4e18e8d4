import type { Time, Timer } from '../../engine/index.ts';

/** How long the repetitions of something are counted before they are told in one line. */
const burstMs = 10_000;

/** Reports the first of many like events at once, and those that follow within a while as a count. */
export class BurstLog {
  readonly #time: Time;
  readonly #report: (count: number, fields: object) => void;
  #timer: Timer | undefined;
  #count = 0;
  #fields: object = {};

  constructor(time: Time, report: (count: number, fields: object) => void) {
    this.#time = time;
    this.#report = report;
  }

  note(fields: object): void {
    if (this.#timer === undefined) {
      this.#report(1, fields);
      this.#timer = this.#time.schedule(burstMs, () => this.flush());
      return;
    }
    this.#count += 1;
    this.#fields = fields;
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#count > 0) this.#report(this.#count, this.#fields);
    this.#count = 0;
  }
}
