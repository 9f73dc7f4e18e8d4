/** The life of an application's process: settings, start, a signal, an orderly stop, an exit code. */
import type { ConfigReading, Environment } from './config.ts';
import { keepMemorySmall } from './parts.ts';
import { waitForSignal } from './process-signals.ts';

export interface Running {
  /** Takes no new work, finishes or hands back what it has, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Nobody waits for ever: what a stop has not done by then is done by others, as after a crash. */
export const stopMs = 25_000;
const aliveMs = 3_600_000;

/** Runs until a signal. Sets the exit code: 0 after an orderly stop, 1 when it could not start or stop. */
export async function runApplication<Config>(
  name: string,
  readConfig: (environment: Environment) => ConfigReading<Config>,
  start: (config: Config) => Promise<Running>,
): Promise<void> {
  keepMemorySmall();
  const reading = readConfig(process.env);
  if (reading.kind === 'invalid') {
    complain(name, ['wrong settings', ...reading.problems.map((problem) => `  ${problem}`)].join('\n'));
    return;
  }
  // Between two tries to reach a broker or the store, nothing else keeps the process from ending.
  setInterval(() => undefined, aliveMs);
  const ending = waitForSignal(() => process.stderr.write(`${name}: stopped at once\n`));
  try {
    const starting = start(reading.config);
    // A signal that comes while others are still waited for ends the process; nothing has been begun yet.
    const first = await Promise.race([starting, ending.signalled]);
    if (first === undefined) {
      starting.catch(() => undefined);
      process.exit(0);
    }
    const running = await starting;
    await ending.signalled;
    setTimeout(() => {
      complain(name, `the stop took longer than ${stopMs / 1_000} s and is cut off`);
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
  process.stderr.write(`${name}: ${message}\n`);
  process.exitCode = 1;
}
