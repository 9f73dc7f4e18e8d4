import { readConfig, type Config, type Environment } from '../../config.ts';
import { keepMemorySmall } from '../../wiring.ts';
import { startUnlessSignalled, waitForSignal } from '../../process-signals.ts';
import { startStandalone } from '../../standalone.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { nameOptions, toSettings, type GivenOptions } from '../option-names.ts';

/** How long the process may take to end on its own. */
const lingerMs = 200;

/** `mathmill serve`: everything in one process, until a signal ends it. */
export async function serveCommand(context: CommandContext, given: GivenOptions): Promise<ExitCode> {
  keepMemorySmall();
  const config = readSettings(context.environment, given);
  const ending = waitForSignal(() => context.messages.show('mathmill: stopped immediately\n'));
  try {
    const server = await startUnlessSignalled(startServer(config, given), ending);
    await context.messages.line(greet(server.url, config));
    await ending.signalled;
    await context.messages.line('mathmill: stopping; a second signal stops it immediately');
    await server.stop();
    // Everything is stopped; only an export of telemetry without a response could still keep the process from ending.
    setTimeout(() => process.exit(), lingerMs).unref();
  } finally {
    ending.close();
  }
  return exitCodes.ok;
}

function readSettings(environment: Environment, given: GivenOptions): Config {
  const reading = readConfig({ ...environment, ...toSettings(given) });
  if (reading.kind === 'ok') return reading.config;
  const count = reading.problems.length;
  const head = count === 1 ? '1 invalid setting' : `${count} invalid settings`;
  const problems = reading.problems.map((problem) => `  ${nameOptions(problem, given)}`);
  throw new CommandFailure([head, ...problems].join('\n'));
}

async function startServer(config: Config, given: GivenOptions) {
  try {
    return await startStandalone(config);
  } catch (error) {
    throw new CommandFailure(`cannot start: ${nameOptions(describeError(error), given)}`, { cause: error });
  }
}

function greet(url: string, { dataDirectory, authentication }: Config): string {
  const post = `curl --data-binary @- -H 'Content-Type: text/plain' ${url}/api/jobs`;
  return [
    `Mathmill serves at ${url} and keeps its data in ${dataDirectory}`,
    (authentication ?? 'none') !== 'none'
      ? `Each request needs a token; to create one:  mathmill token create --role operator --name me --data-dir ${dataDirectory}`
      : `Open it in a browser, or try:  printf '1 + 2\\nsqrt(2)\\n' | ${post}`,
  ].join('\n');
}
