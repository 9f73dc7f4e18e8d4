import { readConfig, type Config } from '../../config.ts';
import { keepMemorySmall } from '../../parts.ts';
import { waitForSignal } from '../../process-signals.ts';
import { startStandalone } from '../../standalone.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';

/** Settings given on the command line, by the environment variable that each one stands in for. */
export type ServeOverrides = Readonly<Record<string, string | undefined>>;

/** How long the process may take to end by itself. */
const lingerMs = 200;

/** `mathmill serve`: everything in one process, until a signal ends it. */
export async function serveCommand(context: CommandContext, overrides: ServeOverrides): Promise<ExitCode> {
  keepMemorySmall();
  const config = readSettings({ ...context.environment, ...definedOnly(overrides) });
  const ending = waitForSignal(() => context.messages.stream.write('mathmill: stopped at once\n'));
  try {
    const server = await startServer(config);
    await context.messages.line(greet(server.url, config.dataDirectory));
    await ending.signalled;
    await context.messages.line('mathmill: stopping; once more to stop at once');
    await server.stop();
    // Everything is stopped; only a sending of telemetry that nobody answers could still keep the process from ending.
    setTimeout(() => process.exit(), lingerMs).unref();
  } finally {
    ending.close();
  }
  return exitCodes.ok;
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
