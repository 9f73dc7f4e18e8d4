/**
 * Turns of the event loop for streams that could continue without end: a store that responds immediately and a client that
 * reads fast leave no time for others. Each turn belongs to one stream, however many there are.
 *
 * New connections go first. Only one is accepted per iteration of the event loop, so with a block of a stream in each
 * iteration, the last of five hundred connections would wait for seconds.
 */
export interface Turns {
  /** Resolves when it is the caller's turn, in the order of the calls. */
  next(): Promise<void>;
  /** A connection was accepted: others may be waiting behind it. */
  noteConnection(): void;
}

/** However many connections come, a stream gets a turn after this time. */
const waitMsMax = 20;

export function createTurns(now: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];
  let servedAt = 0;
  let isConnecting = false;

  function serve(): void {
    if (!isConnecting || now() - servedAt >= waitMsMax) {
      servedAt = now();
      waiting.shift()?.();
    }
    isConnecting = false;
    if (waiting.length > 0) setImmediate(serve);
  }

  return {
    next: async () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 1) setImmediate(serve);
      }),
    noteConnection() {
      isConnecting = true;
    },
  };
}
