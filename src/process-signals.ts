/** How a process that serves ends: by signals, and with which exit code when it cannot start. */

/** As the commands end with when something could not be done, and unlike the 1 of an uncaught exception. */
export const startFailedExitCode = 2;

/**
 * A signal to the terminal's whole process group also reaches the process that passes signals on (bin/mathmill.mjs), so
 * one key press may arrive twice. Two presses in so short a time are one.
 */
const repeatMs = 250;

export interface Ending {
  /** Resolves at the first signal. */
  readonly signalled: Promise<void>;
  /** From here on signals do what they do by default. */
  close(): void;
}

/**
 * Waits for SIGTERM or SIGINT, or until the process that started this one as its child is gone. The second signal ends
 * the process where it stands, which the store survives; `sayGoodbye` may write a last line before.
 */
export function waitForSignal(sayGoodbye: () => void): Ending {
  const { promise: signalled, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      resolve();
    } else if (now - firstAt > repeatMs) {
      sayGoodbye();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
  };
  const abandon = (): void => resolve();
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', abandon);
  process.channel?.unref();
  return {
    signalled,
    close(): void {
      process.off('SIGTERM', end);
      process.off('SIGINT', end);
      process.off('disconnect', abandon);
    },
  };
}

/**
 * Resolves when the process has started. A signal before that ends the process where it stands: the start may be waiting
 * for others, and what it has begun survives as it survives a crash.
 */
export async function startUnlessSignalled<Running>(
  starting: Promise<Running>,
  ending: Pick<Ending, 'signalled'>,
): Promise<Running> {
  const isSignalled = ending.signalled.then(() => true);
  if (await Promise.race([isSignalled, starting.then(() => false)])) process.exit(0);
  return starting;
}
