/** The life of an application's process: settings, start, a signal, an orderly stop, an exit code. */
import type { ConfigReading, Environment } from './config.ts';
import { keepMemorySmall } from './wiring.ts';
import { printableLines } from './printable.ts';
import { startFailedExitCode, startUnlessSignalled, waitForSignal } from './process-signals.ts';

export interface Running {
  /** Takes no new work, finishes or hands back what it has, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Timeout of a stop: other instances take over the work that is left, as after a crash. */
export const stopMs = 25_000;
const aliveMs = 3_600_000;

/** Runs until a signal. Sets the exit code: 0 after an orderly stop, 2 when it could not start or stop. */
export async function runApplication<Config>(
  name: string,
  readConfig: (environment: Environment) => ConfigReading<Config>,
  start: (config: Config) => Promise<Running>,
): Promise<void> {
  keepMemorySmall();
  const reading = readConfig(process.env);
  if (reading.kind === 'invalid') {
    complain(name, ['invalid settings', ...reading.problems.map((problem) => `  ${problem}`)].join('\n'));
    return;
  }
  // Between two tries to reach a broker or the store, nothing else keeps the process from ending.
  setInterval(() => undefined, aliveMs);
  const ending = waitForSignal(() => process.stderr.write(`${name}: stopped immediately\n`));
  try {
    const running = await startUnlessSignalled(start(reading.config), ending);
    await ending.signalled;
    setTimeout(() => {
      complain(name, `the shutdown took longer than ${stopMs / 1_000} s and is cut off`);
      process.exit();
    }, stopMs).unref();
    await running.stop();
  } catch (error) {
    complain(name, error instanceof Error ? error.message : String(error));
  } finally {
    ending.close();
  }
  process.exit();
}

function complain(name: string, message: string): void {
  process.stderr.write(`${name}: ${printableLines(message)}\n`);
  process.exitCode = startFailedExitCode;
}
