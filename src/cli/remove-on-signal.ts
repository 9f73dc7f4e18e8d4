import { rmSync } from 'node:fs';

/** Signals that end the process by default: the temporary file goes first. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes the file when a signal is about to end the process, and lets the signal do so. */
export function removeOnSignal(path: string): { release(): void } {
  const remove = (signal: NodeJS.Signals): void => {
    rmSync(path, { force: true });
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of endingSignals) process.off(signal, remove);
  };
  for (const signal of endingSignals) process.on(signal, remove);
  return { release };
}
