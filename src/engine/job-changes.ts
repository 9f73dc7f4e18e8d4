import type { JobChange, JobSignals } from './job-signals.ts';
import type { Time } from './time.ts';

/** Waits for changes of one job. A change between two calls of `next` is not missed. */
export interface JobChanges {
  /** Resolves at the next change, at the latest after `maxMs` or when the signal aborts. */
  next(maxMs: number): Promise<void>;
  close(): void;
}

/** With `isWanted` only some changes count. */
export function watchChanges(
  signals: JobSignals,
  time: Time,
  jobId: string,
  signal: AbortSignal,
  isWanted: (change: JobChange) => boolean = () => true,
): JobChanges {
  let isChanged = false;
  let wake: (() => void) | undefined;
  const noteChange = (): void => {
    isChanged = true;
    wake?.();
  };
  const unsubscribe = signals.subscribe(jobId, (change) => {
    if (isWanted(change)) noteChange();
  });
  signal.addEventListener('abort', noteChange);
  return {
    async next(maxMs) {
      if (!isChanged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = time.schedule(maxMs, resolve);
          wake = () => {
            timer.cancel();
            resolve();
          };
        });
        wake = undefined;
      }
      isChanged = false;
    },
    close() {
      unsubscribe();
      signal.removeEventListener('abort', noteChange);
    },
  };
}
