/** The command behind `make stack-start` and its like. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { install } from './install.ts';
import { StackError } from './stack-error.ts';
import { createBrokerSecurity } from './kafka-security.ts';
import { createStoreSecurity } from './mongo-security.ts';
import {
  createStack,
  defaultStackOptions,
  secureBrokerPorts,
  securityFolder,
  type PartStatus,
  type Stack,
  type StackOptions,
} from './stack.ts';

const usage = `Usage: node deploy/local-stack/main.ts COMMAND [--no-observability] [--secure]

  start           start what does not run yet; it keeps running after this command
  stop [--clean]  end it; with --clean, remove its data and logs too
  status          show each process; the exit code is 1 when one is down
  logs [NAME]     show the end of every log, or more of one
  install         fetch and build what is needed, and start nothing

--secure makes the brokers and the store demand TLS and a login, with certificates and passwords made at the first start.
--no-observability leaves out Prometheus and Jaeger, which take the longest to build.
`;
const overviewLines = 10;

const write = (text: string): void => void process.stdout.write(text);
const report = (message: string): void => write(`${message}\n`);

interface Choices {
  readonly name: string | undefined;
  readonly isClean: boolean;
  readonly isObservable: boolean;
}

type Command = (stack: Stack, choices: Choices) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  async start(stack) {
    await stack.start();
    write(formatStatus(await stack.status()));
    report(
      `\nKAFKA_URI=${stack.kafkaUri}\nMONGODB_URI=${stack.mongodbUri}\n${formatSettings(stack.securitySettings)}\nTry it:`,
    );
    report(`  curl -sS -H 'content-type: text/plain' --data-binary '1 + 2' ${stack.apiUrl}/api/jobs`);
    if (stack.prometheusUrl !== undefined) {
      report(`  curl -sS '${stack.prometheusUrl}/api/v1/query?query=mathmill_jobs_total'`);
    }
    return 0;
  },
  async stop(stack, { isClean }) {
    await stack.stop({ isClean });
    report('The stack is stopped.');
    return 0;
  },
  async status(stack) {
    const parts = await stack.status();
    write(formatStatus(parts));
    return parts.every(({ isReady }) => isReady) ? 0 : 1;
  },
  async logs(stack, { name }) {
    if (name !== undefined) write(await stack.output(name));
    else for (const part of stack.names) report(`== ${part}\n${await readOverview(stack.output(part))}`);
    return 0;
  },
  async install(_stack, { isObservable }) {
    await install(report, { isObservable });
    report('Everything that the stack needs is there.');
    return 0;
  },
};

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { clean: { type: 'boolean' }, 'no-observability': { type: 'boolean' }, secure: { type: 'boolean' } },
  });
  const [command = '', name] = positionals;
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (run === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const isObservable = values['no-observability'] !== true;
  // A stop ends what any start has begun.
  const isWhole = isObservable || command === 'stop';
  const options = isWhole ? defaultStackOptions : { ...defaultStackOptions, observability: undefined };
  const isSecure = values.secure === true || (command === 'stop' && existsSync(securityFolder(options.directory)));
  const stack = createStack(isSecure ? await secure(options) : options, report);
  return run(stack, { name, isClean: values.clean === true, isObservable });
}

async function secure(options: StackOptions): Promise<StackOptions> {
  const directory = securityFolder(options.directory);
  const security = await createBrokerSecurity({ directory });
  const storeSecurity = await createStoreSecurity({ directory });
  return { ...options, brokerPorts: secureBrokerPorts, security, storeSecurity };
}

function formatSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function formatStatus(parts: readonly PartStatus[]): string {
  const rows = parts.map(({ name, pid, address, isReady }) => {
    const state = isReady ? 'ready' : pid === undefined ? 'down' : 'does not answer';
    return `${name.padEnd(22)}${address.padEnd(24)}${(pid === undefined ? '-' : String(pid)).padEnd(10)}${state}\n`;
  });
  return `${'PROCESS'.padEnd(22)}${'ADDRESS'.padEnd(24)}${'PID'.padEnd(10)}STATE\n${rows.join('')}`;
}

async function readOverview(output: Promise<string>): Promise<string> {
  try {
    return (await output).trimEnd().split('\n').slice(-overviewLines).join('\n');
  } catch {
    return '(no log)';
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  // An error that a person can do something about needs no stack trace.
  process.stderr.write(error instanceof StackError ? `${error.message}\n` : `${String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
