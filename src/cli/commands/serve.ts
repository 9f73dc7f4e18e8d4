import { setFlagsFromString } from 'node:v8';
import { readConfig, type Config } from '../../config.ts';
import { startStandalone } from '../../standalone.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';

/** Settings given on the command line, by the environment variable that each one stands in for. */
export type ServeOverrides = Readonly<Record<string, string | undefined>>;

/**
 * A signal to the terminal's whole process group also reaches the process that passes signals on (bin/mathmill.mjs), so
 * one key press may arrive twice. Two presses in so short a time are one.
 */
const repeatMs = 250;

/** `mathmill serve`: everything in one process, until a signal ends it. */
export async function serveCommand(context: CommandContext, overrides: ServeOverrides): Promise<ExitCode> {
  keepMemorySmall();
  const config = readSettings({ ...context.environment, ...definedOnly(overrides) });
  const ending = waitForSignal(context);
  try {
    const server = await startServer(config);
    await context.messages.line(greet(server.url, config.dataDirectory));
    await ending.signalled;
    await context.messages.line('mathmill: stopping; once more to stop at once');
    await server.stop();
  } finally {
    ending.close();
  }
  return exitCodes.ok;
}

/**
 * Streams make much garbage of short life, for which V8 lets its nursery grow to 128 MiB a thread. A nursery of its first
 * size is collected more often at the same total cost, and keeps the server below 400 MB whatever it streams.
 */
function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function definedOnly(overrides: ServeOverrides): Record<string, string> {
  const entries = Object.entries(overrides).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function readSettings(environment: Readonly<Record<string, string | undefined>>): Config {
  const reading = readConfig(environment);
  if (reading.kind === 'ok') return reading.config;
  const count = reading.problems.length;
  const head = count === 1 ? 'a setting is wrong' : `${count} settings are wrong`;
  throw new CommandFailure([head, ...reading.problems.map((problem) => `  ${problem}`)].join('\n'));
}

async function startServer(config: Config) {
  try {
    return await startStandalone(config);
  } catch (error) {
    throw new CommandFailure(`cannot start: ${describeError(error)}`, { cause: error });
  }
}

function greet(url: string, dataDirectory: string): string {
  return [
    `Mathmill serves at ${url} and keeps its data in ${dataDirectory}`,
    `Try:  printf '1 + 2\\nsqrt(2)\\n' | curl --data-binary @- -H 'Content-Type: text/plain' ${url}/api/jobs`,
  ].join('\n');
}

/**
 * Resolves at the first SIGTERM or SIGINT, or when the process that started this one as its child is gone; the second
 * one ends the process where it stands, which the store survives.
 */
function waitForSignal(context: CommandContext) {
  const { promise: signalled, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      resolve();
    } else if (now - firstAt > repeatMs) {
      context.messages.stream.write('mathmill: stopped at once\n');
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
