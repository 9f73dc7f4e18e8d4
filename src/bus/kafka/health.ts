/** Whether brokers answer and take messages. */
import type { Time } from '../../engine/index.ts';
import { describeError } from './describe-error.ts';

/** Maximum age of the last response of a broker before one is queried again: health is polled more often. */
const probeEveryMs = 5_000;
/** Faults shorter than this are part of a change of leaders. */
const errorReportDelayMs = 5_000;
/** Without traffic, an old failure to send says nothing about now. */
const failureMemoryMs = 10_000;

export class BusHealth {
  readonly #time: Time;
  readonly #probe: () => Promise<void>;
  #probing: Promise<void> | undefined;
  #answeredAt: number | undefined;
  #silentSince: number | undefined;
  #silenceReason = '';
  #failingSince: number | undefined;
  #failedAt = 0;
  #failureReason = '';

  /** `probe` resolves when a broker knows the topics; it is bounded. */
  constructor(time: Time, probe: () => Promise<void>) {
    this.#time = time;
    this.#probe = probe;
  }

  noteSent(): void {
    this.#failingSince = undefined;
  }

  noteSendFailure(error: Error, topic: string): void {
    const now = this.#time.now();
    this.#failingSince ??= now;
    this.#failedAt = now;
    this.#failureReason = `topic ${topic}: ${describeError(error)}`;
  }

  async findFaults(isSending: boolean): Promise<readonly string[]> {
    await this.#ask();
    const now = this.#time.now();
    const faults: string[] = [];
    const silentMs = now - (this.#silentSince ?? now);
    if (silentMs >= errorReportDelayMs)
      faults.push(`no broker has responded for ${seconds(silentMs)} s: ${this.#silenceReason}`);
    const failingMs = now - (this.#failingSince ?? now);
    const isFresh = isSending || now - this.#failedAt < failureMemoryMs;
    if (failingMs >= errorReportDelayMs && isFresh) {
      faults.push(`no message could be sent for ${seconds(failingMs)} s: ${this.#failureReason}`);
    }
    return faults;
  }

  async #ask(): Promise<void> {
    const now = this.#time.now();
    const isKnown = this.#answeredAt !== undefined && now - this.#answeredAt < probeEveryMs;
    if (isKnown && this.#silentSince === undefined) return;
    this.#probing ??= this.#askOnce().finally(() => {
      this.#probing = undefined;
    });
    await this.#probing;
  }

  async #askOnce(): Promise<void> {
    const askedAt = this.#time.now();
    try {
      await this.#probe();
      this.#answeredAt = this.#time.now();
      this.#silentSince = undefined;
    } catch (error) {
      this.#silentSince ??= askedAt;
      this.#silenceReason = describeError(error);
    }
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
