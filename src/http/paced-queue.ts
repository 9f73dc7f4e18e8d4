/**
 * Serves many small tasks within a share of the time of this thread. The tasks run in slices; after each slice the queue
 * rests for as long as its share demands, however long the slice took. So the tasks cost the others a bounded part of the
 * thread on any machine, and wait longer where there are more of them.
 */
export interface PacedQueue<Item> {
  /** Has the item served once, after those that wait already. An item that waits is not added again. */
  add(item: Item): void;
  delete(item: Item): void;
}

export interface PacedQueueOptions {
  /** The part of the thread's time that the queue may take, above 0 and below 1. */
  readonly share: number;
  /** Items of one slice: others wait while it runs. */
  readonly sliceItems: number;
}

/** Time in milliseconds, with fractions. */
export interface PacedQueueClock {
  now(): number;
  /** Calls `action` when the work that the slice has put off until the end of this turn is done, too. */
  afterTurn(action: () => void): void;
  schedule(delayMs: number, action: () => void): void;
}

const systemClock: PacedQueueClock = {
  now: () => performance.now(),
  // Sockets write what they were given in a tick of their own; this one comes after theirs.
  afterTurn: (action) => process.nextTick(action),
  schedule(delayMs, action) {
    if (delayMs <= 0) setImmediate(action);
    else setTimeout(action, delayMs).unref();
  },
};

/** `serve` must not throw. */
export function createPacedQueue<Item>(
  serve: (item: Item) => void,
  { share, sliceItems }: PacedQueueOptions,
  clock: PacedQueueClock = systemClock,
): PacedQueue<Item> {
  const waiting = new Set<Item>();
  let isPlanned = false;
  let restsUntil = 0;

  function plan(): void {
    if (isPlanned || waiting.size === 0) return;
    isPlanned = true;
    clock.schedule(restsUntil - clock.now(), runSlice);
  }

  function runSlice(): void {
    const startedAt = clock.now();
    let served = 0;
    for (const item of waiting) {
      waiting.delete(item);
      serve(item);
      served += 1;
      if (served === sliceItems) break;
    }
    clock.afterTurn(() => {
      const now = clock.now();
      restsUntil = now + (now - startedAt) * (1 / share - 1);
      isPlanned = false;
      plan();
    });
  }

  return {
    add(item) {
      waiting.add(item);
      plan();
    },
    delete: (item) => void waiting.delete(item),
  };
}
