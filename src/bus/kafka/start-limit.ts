/** How long a start waits for a cluster that cannot be used yet. */
import type { Time } from '../../engine/index.ts';
import { describeError } from './describe-error.ts';
import { findConnectionFault } from './security/index.ts';

/** For faults that an operator has to fix: brokers that are starting may not know a user yet. */
const faultLimitMs = 5_000;
/** For faults that may also pass. They are reported within 15 s, too. */
const uncertainFaultLimitMs = 10_000;

export class StartLimit {
  readonly #time: Time;
  readonly #limitMs: number;
  readonly #startedAt: number;
  #faultySince: number | undefined;

  constructor(time: Time, limitMs: number) {
    this.#time = time;
    this.#limitMs = limitMs;
    this.#startedAt = time.now();
  }

  /** The error of the start after one more failed attempt; undefined while it should try again. */
  findFailure(error: unknown, brokers: string): Error | undefined {
    const now = this.#time.now();
    const reason = describeError(error);
    const fault = findConnectionFault(error);
    this.#faultySince = fault === undefined ? undefined : (this.#faultySince ?? now);
    const faultMs = fault?.isUncertain === true ? uncertainFaultLimitMs : faultLimitMs;
    if (now - (this.#faultySince ?? now) >= faultMs) {
      return new Error(`cannot use Kafka at ${brokers}: ${reason}`, { cause: error });
    }
    if (now - this.#startedAt < this.#limitMs) return undefined;
    return new Error(unavailableMessage(brokers, this.#limitMs, reason), { cause: error });
  }
}

function unavailableMessage(brokers: string, waitedMs: number, reason: string): string {
  return (
    `Kafka at ${brokers} or its topics are not available after ${Math.round(waitedMs / 1000)} s (${reason}). ` +
    'Check that the brokers run, that KAFKA_URI names them, and that the topics exist.'
  );
}
