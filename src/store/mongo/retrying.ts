/**
 * Tries a call again while its faults are those of a connection or of a change of primary, with exponential backoff and
 * full jitter, until a deadline that holds for all tries together. A caller waits no longer than that, whatever a
 * try that is still in progress does.
 */
import { pause, StoreError, type Logger, type Time } from '../../engine/index.ts';
import { readFault } from './mongo-errors.ts';

export interface RetryDependencies {
  readonly time: Time;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The pause before the second try is at most this; it doubles with each try. */
const firstPauseMs = 50;
/** An election takes seconds: asking more often than this brings nothing. */
const pauseMaxMs = 1_000;

/** Full jitter: those who failed together do not come back together. */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(pauseMaxMs, firstPauseMs * 2 ** (failures - 1));
}

/** `attempt` must be safe to repeat when it is unknown whether it was carried out. Throws `StoreError`. */
export async function retryUntil<Result>(
  { time, random, logger }: RetryDependencies,
  deadlineMs: number,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  let lastFault: StoreError | undefined;

  async function tryAgain(): Promise<Result> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        const fault = readFault(error);
        lastFault = new StoreError(fault.code, fault.message, { cause: error });
        if (!fault.isTransient) throw lastFault;
      }
      logger.debug({ err: lastFault, failures }, 'a database call failed; retrying');
      await pause(time, backoffMs(failures, random), deadline.signal);
      if (deadline.signal.aborted) throw lastFault;
    }
  }

  const expiry = Promise.withResolvers<never>();
  const timer = time.schedule(deadlineMs, () => {
    deadline.abort();
    const silence = `the database did not respond within ${deadlineMs / 1_000} s`;
    expiry.reject(lastFault ?? new StoreError('unavailable', silence));
  });
  try {
    return await Promise.race([tryAgain(), expiry.promise]);
  } finally {
    timer.cancel();
  }
}
