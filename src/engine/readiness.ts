/** Which parts of a process cannot serve now, for probes and metrics. */
import type { FailingPart } from './job-service.ts';
import { pause, type Time } from './time.ts';

/** A part that does not answer the check within this time counts as failing: shorter than probes commonly wait. */
const checkMs = 2_500;

export interface CheckedPart extends Pick<FailingPart, 'part' | 'isRequired'> {
  /** Rejects when the part cannot serve. */
  readonly check: () => Promise<void>;
}

/** Checks all parts concurrently; one that hangs hides none of the others. */
export async function findFailingParts(time: Time, parts: readonly CheckedPart[]): Promise<readonly FailingPart[]> {
  const found = await Promise.all(parts.map((part) => checkPart(time, part)));
  return found.filter((failing) => failing !== undefined);
}

async function checkPart(time: Time, { part, isRequired, check }: CheckedPart): Promise<FailingPart | undefined> {
  const answered = new AbortController();
  const timeout = pause(time, checkMs, answered.signal).then(() => {
    throw new Error('timed out');
  });
  try {
    await Promise.race([check(), timeout]);
    return undefined;
  } catch (error) {
    return { part, isRequired, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    // Ends the timer; its rejection comes after the race and is not read.
    timeout.catch(() => {});
    answered.abort();
  }
}
