import { fault } from './fault.ts';
import { costMax } from './limits.ts';

/** Counts the cost units of one line. Counted, not timed: a line has the same verdict on every machine and every day. */
export class Budget {
  /** Units charged since the last reset, never more than `costMax`. */
  used = 0;
  private readonly subject: string;

  /** `subject`: what it is counted for, a line or a row. */
  constructor(subject = 'line') {
    this.subject = subject;
  }

  /** Takes `units` for work that is about to be done; faults with BUDGET when the line has not that many left. */
  charge(units: number): void {
    this.used += units;
    if (this.used > costMax) {
      this.used = costMax;
      const { subject } = this;
      const message = `This ${subject} needs more computation than a ${subject} is allowed; split it up or use smaller numbers.`;
      fault('BUDGET', message);
    }
  }

  reset(): void {
    this.used = 0;
  }
}
