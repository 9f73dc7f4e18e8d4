/**
 * The commands and their options. Each command lives in a module of its own that is loaded when it is called, so that
 * `mathmill eval` does not wait for a web server to be read.
 */
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { readClientConfig } from '../config.ts';
import { readPackageVersion } from '../package-version.ts';
import type { ApiClient } from './api-client.ts';
import type { CommandContext } from './command-context.ts';
import type { CancelOptions } from './commands/cancel.ts';
import type { EvalOptions } from './commands/eval.ts';
import type { FunctionsOptions } from './commands/functions.ts';
import type { ListOptions } from './commands/list.ts';
import type { MigrateOptions } from './commands/migrate.ts';
import type { ResultsOptions } from './commands/results.ts';
import type { RunOptions } from './commands/run.ts';
import type { StatusOptions } from './commands/status.ts';
import type { SubmitOptions } from './commands/submit.ts';
import { CommandFailure, exitCodes, type ExitCode } from './exit-codes.ts';
import {
  formatOption,
  inputOption,
  jsonOption,
  modeOption,
  noProgressOption,
  precisionOption,
  urlOption,
  wholeNumber,
} from './option-values.ts';

/** What a command hands back when it is done. */
type Finish = (exitCode: ExitCode) => void;

interface UrlOption {
  readonly url?: string;
}

export interface Program {
  /** Runs one command line. Throws `CommandFailure`, `ReaderGone` or commander's `CommanderError`. */
  run(args: readonly string[]): Promise<ExitCode>;
}

export function createProgram(context: CommandContext): Program {
  let exitCode: ExitCode = exitCodes.ok;
  const finish: Finish = (code) => {
    exitCode = code;
  };
  const program = new Command('mathmill')
    .description('Evaluates mathematical operations, one a line: at once, from files, or as jobs on a server.')
    .version(readPackageVersion(), '--version', 'show the version')
    .helpOption('--help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureOutput({
      writeOut: (text) => void context.output.stream.write(text),
      writeErr: (text) => void context.messages.stream.write(text),
    })
    .exitOverride()
    .showHelpAfterError('See "mathmill help" for what there is.')
    .addHelpText(
      'after',
      `
Examples:
  $ mathmill eval "0.1 + 0.2"
  $ mathmill run operations.txt > results.txt
  $ mathmill serve
  $ mathmill submit operations.txt --follow

Exit codes: 0 done; 1 done, but some operations have no result; 2 could not be done.`,
    );
  addLocalCommands(program, context, finish);
  addServe(program, context, finish);
  addSubmit(program, context, finish);
  addResults(program, context, finish);
  addJobCommands(program, context, finish);
  addMigrate(program, context, finish);
  return {
    async run(args) {
      await program.parseAsync(args, { from: 'user' });
      return exitCode;
    },
  };
}

async function createClient(context: CommandContext, { url }: UrlOption): Promise<ApiClient> {
  const environment = url === undefined ? context.environment : { MATHMILL_URL: url };
  const reading = readClientConfig(environment);
  if (reading.kind === 'invalid') {
    const problem = reading.problems.join('\n');
    throw new CommandFailure(url === undefined ? problem : problem.replace('MATHMILL_URL', '--url'));
  }
  const { createApiClient } = await import('./api-client.ts');
  return createApiClient(reading.config.serverUrl);
}

function addLocalCommands(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('eval')
    .summary('evaluate expressions')
    .description('Evaluates expressions and writes one result a line. Where an expression is wrong, shows the place.')
    .argument('<expression...>', 'what to evaluate; quote it, or the shell will take it apart')
    // An expression may begin with a sign, as options do; so there are no short options here, and what is none is one.
    .allowUnknownOption()
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill eval "1/3 + 1/6" --mode rational\n  $ mathmill eval "-2 ^ 2" "10!"',
    )
    .action(async (expressions: string[], options: EvalOptions) => {
      const { evalCommand } = await import('./commands/eval.ts');
      finish(await evalCommand(context, expressions, options));
    });

  program
    .command('run')
    .summary('evaluate a file, one operation a line')
    .description(
      'Evaluates a file or standard input without a server and writes the results in the order of the lines. A line that is wrong gets its error in its place, and the exit code is 1.',
    )
    .argument('<file>', 'file with one operation a line, or - for standard input')
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(formatOption())
    .addOption(inputOption())
    .addOption(
      new Option('--threads <count>', 'threads that evaluate')
        .default(availableParallelism(), 'the number of cores')
        .argParser(wholeNumber(1, 1024)),
    )
    .addOption(noProgressOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill run operations.txt > results.txt\n  $ seq 1 100000 | mathmill run - --mode float64\n  $ mathmill run operations.txt --format csv > results.csv',
    )
    .action(async (path: string, options: RunOptions) => {
      const { runCommand } = await import('./commands/run.ts');
      finish(await runCommand(context, path, options));
    });

  program
    .command('functions')
    .summary('list operators, functions and constants')
    .description('Lists what expressions can be made of. With a name, tells all about that function or constant.')
    .argument('[name]', 'a function or constant')
    .addOption(modeOption().default(undefined).conflicts('name'))
    .addOption(jsonOption())
    .action(async (name: string | undefined, options: FunctionsOptions) => {
      const { functionsCommand } = await import('./commands/functions.ts');
      finish(await functionsCommand(context, name, options));
    });
}

function addServe(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('serve')
    .summary('run a server on this machine')
    .description(
      'Runs a whole Mathmill in this process, until SIGINT or SIGTERM. All settings can be given as environment variables; see docs/configuration.md.',
    )
    .option('--host <address>', 'address to listen on (HTTP_HOST; default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for any free one (HTTP_PORT; default: 8080)')
    .option('--data-dir <folder>', 'folder that holds jobs and results (DATA_DIR)')
    .option('--threads <count>', 'threads that evaluate (EVALUATOR_THREADS; default: the number of cores)')
    .addHelpText('after', '\nExample:\n  $ mathmill serve --port 9000 --data-dir ./data')
    .action(async (options: Readonly<Record<'host' | 'port' | 'dataDir' | 'threads', string | undefined>>) => {
      const { serveCommand } = await import('./commands/serve.ts');
      const overrides = {
        HTTP_HOST: options.host,
        HTTP_PORT: options.port,
        DATA_DIR: options.dataDir,
        EVALUATOR_THREADS: options.threads,
      };
      finish(await serveCommand(context, overrides));
    });
}

function addSubmit(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('submit')
    .summary('send a file to the server as a job')
    .description('Sends a file or standard input to the server as a job and writes the id of the job.')
    .argument('<file>', 'file with one operation a line, or - for standard input')
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(inputOption())
    .option('--name <name>', 'a name to recognise the job by')
    .option('--idempotency-key <key>', 'sending the same content again with this key makes no second job')
    .option('--gzip', 'compress on the way, for slow networks')
    .option('--follow', 'wait for the job to be finished; exit code 1 if an operation has no result')
    .addOption(jsonOption())
    .addOption(noProgressOption())
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill submit operations.txt --name nightly --follow\n  $ id=$(mathmill submit operations.txt) && mathmill results --follow $id',
    )
    .action(async (path: string, options: SubmitOptions & UrlOption) => {
      const { submitCommand } = await import('./commands/submit.ts');
      finish(await submitCommand(context, await createClient(context, options), path, options));
    });
}

function addResults(program: Command, context: CommandContext, finish: Finish): void {
  const count = wholeNumber(1, Number.MAX_SAFE_INTEGER);
  program
    .command('results')
    .summary('write the results of a job')
    .description('Writes the results of a job in the order of its lines.')
    .argument('<id>', 'id of the job')
    .addOption(formatOption())
    .addOption(
      new Option('--outcome <kind>', 'which operations').choices(['all', 'succeeded', 'failed']).default('all'),
    )
    .addOption(new Option('--from <line>', 'number of the first line').argParser(count))
    .addOption(new Option('--limit <count>', 'how many results at most').argParser(count))
    .option('--follow', 'wait for operations that are still being evaluated')
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill results 0199... --format csv > results.csv\n  $ mathmill results 0199... --outcome failed --format ndjson',
    )
    .action(async (id: string, options: ResultsOptions & UrlOption) => {
      const { resultsCommand } = await import('./commands/results.ts');
      finish(await resultsCommand(context, await createClient(context, options), id, options));
    });
}

function addJobCommands(program: Command, context: CommandContext, finish: Finish): void {
  const withId = (name: string, summary: string): Command =>
    program
      .command(name)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
      .argument('<id>', 'id of the job')
      .addOption(urlOption());

  withId('status', 'show how far a job is')
    .option('--follow', 'wait for it to be finished; exit code 1 if an operation has no result')
    .addOption(jsonOption())
    .action(async (id: string, options: StatusOptions & UrlOption) => {
      const { statusCommand } = await import('./commands/status.ts');
      finish(await statusCommand(context, await createClient(context, options), id, options));
    });

  program
    .command('list')
    .summary('list the jobs of the server')
    .description('Lists the jobs of the server, the newest first.')
    .addOption(
      new Option('--page <number>', 'which page').default(1).argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(new Option('--size <count>', 'jobs a page, 1 to 100').default(30).argParser(wholeNumber(1, 100)))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options: ListOptions & UrlOption) => {
      const { listCommand } = await import('./commands/list.ts');
      finish(await listCommand(context, await createClient(context, options), options));
    });

  withId('cancel', 'stop a job and keep its results so far')
    .addOption(jsonOption())
    .action(async (id: string, options: CancelOptions & UrlOption) => {
      const { cancelCommand } = await import('./commands/cancel.ts');
      finish(await cancelCommand(context, await createClient(context, options), id, options));
    });

  withId('delete', 'delete a job with its results').action(async (id: string, options: UrlOption) => {
    const { deleteCommand } = await import('./commands/delete.ts');
    finish(await deleteCommand(context, await createClient(context, options), id));
  });
}

function addMigrate(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('migrate')
    .summary('copy the jobs of this machine into a cluster')
    .description(
      'Copies the jobs that a server on this machine has kept into the store of a cluster, compares every byte, and changes no job here. The server must be stopped; the cluster may be at work. Cut short, the next run goes on. Exit code 1: some jobs could not be copied. See docs/migrating.md.',
    )
    .option('--data-dir <folder>', 'folder that holds the jobs (DATA_DIR)')
    .option(
      '--mongodb-uri <uri>',
      'store of the cluster (MONGODB_URI, which keeps a password out of the list of processes)',
    )
    .option('--dry-run', 'only say what would be copied, and compare what is there')
    .option('--verbose', 'write a line for each job')
    .addOption(noProgressOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ MONGODB_URI=mongodb://mongo-1,mongo-2,mongo-3/mathmill?replicaSet=rs0 mathmill migrate --data-dir ./data',
    )
    .action(async (options: MigrateOptions) => {
      const { migrateCommand } = await import('./commands/migrate.ts');
      finish(await migrateCommand(context, options));
    });
}
