/** Time as the engine sees it: passed in, so that a simulation can own it. */
export interface Timer {
  cancel(): void;
}

export interface Time {
  /** Milliseconds since 1970. May jump. */
  now(): number;
  /** Runs `action` once after `delayMs`. A waiting timer does not keep the process alive. */
  schedule(delayMs: number, action: () => void): Timer;
}

export const systemTime: Time = {
  now: () => Date.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`, or immediately when `signal` aborts. */
export async function pause(time: Time, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = time.schedule(delayMs, wake);
    signal?.addEventListener('abort', wake);
  });
}

/** A task that runs again and again, never concurrently. */
export interface PeriodicTask {
  start(): void;
  /** Runs the task as soon as the current run, if any, is over. */
  wake(): void;
  /** Resolves when the current run is over; no other follows. */
  stop(): Promise<void>;
}

/** Runs `action` every `intervalMs`, counted from the end of the last run; what it throws goes to `onError`. */
export function createPeriodicTask(
  time: Time,
  intervalMs: number,
  action: () => Promise<void>,
  onError: (error: unknown) => void,
): PeriodicTask {
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  let isWanted = false;
  let isAwake = false;

  async function run(): Promise<void> {
    isAwake = false;
    try {
      await action();
    } catch (error) {
      onError(error);
    }
    running = undefined;
    if (isWanted) plan(isAwake ? 0 : intervalMs);
  }

  function plan(delayMs: number): void {
    timer?.cancel();
    timer = time.schedule(delayMs, () => {
      running = run();
    });
  }

  return {
    start() {
      if (isWanted) return;
      isWanted = true;
      if (running === undefined) plan(0);
    },
    wake() {
      isAwake = true;
      if (isWanted && running === undefined) plan(0);
    },
    async stop() {
      isWanted = false;
      timer?.cancel();
      await running;
    },
  };
}
