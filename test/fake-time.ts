import type { Time } from '../src/engine/index.ts';

export interface FakeTime extends Time {
  /** Moves the clock, and runs what falls due on the way, in order. */
  advance(ms: number): Promise<void>;
}

export function createFakeTime(): FakeTime {
  let now = 1_000_000;
  const timers = new Map<object, { readonly at: number; readonly action: () => void }>();
  return {
    now: () => now,
    schedule(delayMs, action) {
      const timer = { cancel: () => void timers.delete(timer) };
      timers.set(timer, { at: now + delayMs, action });
      return timer;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = Array.from(timers)
          .filter(([, { at }]) => at <= end)
          .sort(([, left], [, right]) => left.at - right.at)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now = due[1].at;
        due[1].action();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
  };
}
