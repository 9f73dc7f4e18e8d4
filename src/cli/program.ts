/**
 * The commands and their options. Each command lives in a module of its own that is loaded when it is called, so that
 * `mathmill eval` does not wait for a web server to be read.
 */
import { Command, Option } from 'commander';
import { readClientConfig } from '../config.ts';
import { engineVersion } from '../expression/basics.ts';
import { readPackageVersion } from '../package-version.ts';
import type { ApiClient } from './api-client.ts';
import type { CommandContext, Finish } from './command-context.ts';
import type { EvalOptions } from './commands/eval.ts';
import type { McpCommandOptions } from './commands/mcp.ts';
import type { FunctionsOptions } from './commands/functions.ts';
import type { RepairOptions } from './commands/repair.ts';
import type { ResultsOptions } from './commands/results.ts';
import type { RunOptions } from './commands/run.ts';
import type { SubmitOptions } from './commands/submit.ts';
import type { TableCommandOptions } from './table-command-options.ts';
import { addDataCommands } from './data-commands.ts';
import { CommandFailure, exitCodes, type ExitCode } from './exit-codes.ts';
import { tableResultFormats } from '../formats/basics.ts';
import { addJobCommands, type UrlOption } from './job-commands.ts';
import { nameOptions, toSettings } from './option-names.ts';
import {
  formatOption,
  inputOption,
  jsonOption,
  modeOption,
  noProgressOption,
  precisionOption,
  settingOption,
  threadsOption,
  urlOption,
  wholeNumber,
} from './option-values.ts';
import { addTokenCommands } from './token-commands.ts';
import { addTableOptions } from './table-options.ts';

export interface Program {
  /** Runs one command line. Throws `CommandFailure`, `BrokenPipe` or commander's `CommanderError`. */
  run(args: readonly string[]): Promise<ExitCode>;
}

/** The versions that a bug report needs. That of the package is the first word, for scripts. */
function describeVersion(): string {
  return `${readPackageVersion()} (engine ${engineVersion}, Node.js ${process.versions.node})`;
}

export function createProgram(context: CommandContext): Program {
  let exitCode: ExitCode = exitCodes.ok;
  const finish: Finish = (code) => {
    exitCode = code;
  };
  const program = new Command('mathmill')
    .description('Evaluate mathematical expressions, one per line: immediately, from files, or as jobs on a server.')
    .version(describeVersion(), '--version', 'show the version, and that of the expression engine')
    .helpOption('--help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureOutput({
      writeOut: (text) => context.output.show(text),
      writeErr: (text) => context.messages.show(text),
    })
    .exitOverride()
    .showHelpAfterError('Run "mathmill help" to list the commands.')
    .addHelpText(
      'after',
      `
Examples:
  $ mathmill eval "0.1 + 0.2"
  $ mathmill run operations.txt > results.txt
  $ mathmill table rows.csv -f "total = price * qty" -o totals.csv
  $ mathmill serve
  $ mathmill submit operations.txt --follow

Exit codes: 0 done; 1 done, but some operations have no result; 2 could not be done, or results are missing.`,
    );
  addLocalCommands(program, context, finish);
  addTable(program, context, finish);
  addServe(program, context, finish);
  addSubmit(program, context, finish);
  addResults(program, context, finish);
  addRepair(program, context, finish);
  addJobCommands({ program, context, finish, createClient });
  addDataCommands(program, context, finish);
  addTokenCommands(program, context, finish);
  addMcp(program, context, finish);
  return {
    async run(args) {
      await program.parseAsync(args, { from: 'user' });
      return exitCode;
    },
  };
}

async function createClient(context: CommandContext, { url }: UrlOption): Promise<ApiClient> {
  const given = { MATHMILL_URL: url };
  const reading = readClientConfig({ ...context.environment, ...toSettings(given) });
  if (reading.kind === 'invalid') throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
  const [{ createApiClient }, { readClientToken }] = await Promise.all([
    import('./api-client.ts'),
    import('./client-token.ts'),
  ]);
  return createApiClient(reading.config.serverUrl, readClientToken(reading.config));
}

function addLocalCommands(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('eval')
    .summary('evaluate expressions')
    .description('Evaluate expressions and write one result per line. Where an expression is invalid, show the place.')
    .argument('<expression...>', 'expression to evaluate; quote it, because shells interpret * and parentheses')
    // Unknown options are taken as expressions, because an expression may begin with a minus sign.
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
    .summary('evaluate files, one operation per line')
    .description(
      'Evaluate files or standard input without a server and write the results in the order of the files and lines. An invalid line gets its error in its place, and the exit code is 1. Nothing is evaluated if a file cannot be read. With several files, CSV has a first column "file" and NDJSON a first member "file", and line numbers restart in each file.',
    )
    .argument('<file...>', 'files with one operation per line, or - for standard input')
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(formatOption())
    .addOption(inputOption())
    .addOption(threadsOption())
    .addOption(noProgressOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill run operations.txt > results.txt\n  $ seq 1 100000 | mathmill run - --mode float64\n  $ mathmill run operations.txt --format csv > results.csv\n  $ mathmill run january/*.txt --format ndjson > january.ndjson',
    )
    .action(async (paths: string[], options: RunOptions) => {
      const { runCommand } = await import('./commands/run.ts');
      finish(await runCommand(context, paths, options));
    });

  program
    .command('functions')
    .summary('list operators, functions and constants')
    .description(
      'List the operators, functions and constants of expressions. With a name, describe that function or constant.',
    )
    .argument('[name]', 'a function or constant')
    .addOption(modeOption().default(undefined).conflicts('name'))
    .addOption(jsonOption())
    .action(async (name: string | undefined, options: FunctionsOptions) => {
      const { functionsCommand } = await import('./commands/functions.ts');
      finish(await functionsCommand(context, name, options));
    });
}

function addTable(program: Command, context: CommandContext, finish: Finish): void {
  const command = program
    .command('table')
    .summary('compute formulas over the rows of a CSV, TSV or NDJSON file')
    .description(
      'Write the rows of a file with the result of each formula in new columns. Every byte of the file stays as it is. Evaluates in this process, without a server, unless --server is given. Counts and control totals of the columns go to standard error. A failed cell stays empty, the last column holds its error, and the exit code is 1. See docs/tables.md.',
    )
    .argument('<file>', 'file of rows, or - for standard input');
  addTableOptions(command)
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(
      new Option('--format <format>', 'format of the results (default: that of the file)').choices(tableResultFormats),
    )
    .addOption(
      new Option('--outcome <kind>', 'include only rows that succeeded or failed')
        .choices(['all', 'succeeded', 'failed'])
        .default('all'),
    )
    .option('--spreadsheet-safe', 'put an apostrophe before cells that a spreadsheet would run as formulas')
    .option('--bare-numbers', 'write results in NDJSON as numbers instead of strings')
    .option('-o, --output <file>', 'file to write; it gets its name only when it is complete')
    .option('--check', 'only show what would be done, and the results of the first 20 rows')
    .addOption(new Option('--json', 'with --check: write JSON, for scripts').implies({ check: true }))
    .option('--quiet', 'do not write counts and totals')
    .addOption(threadsOption())
    .addOption(noProgressOption())
    .option('--server [address]', 'run it as a job on a server (default: MATHMILL_URL, or http://127.0.0.1:8080)')
    .option('--name <name>', 'with --server: name to recognize the job by')
    .option('--idempotency-key <key>', 'with --server: send the same again with this key without creating a second job')
    .option('--detach', 'with --server: write the id of the job and do not wait')
    .addHelpText(
      'after',
      `
Examples:
  $ mathmill table rows.csv -f "net = price * qty" -f "total = net * (1 + vat / 100)" -o totals.csv
  $ mathmill table rows.csv -f "total = price * qty" --check
  $ mathmill table export.csv -f "Brutto = Netto * 1.19" --delimiter ";" --decimal , > brutto.csv
  $ mathmill table rows.csv -f "total = price * qty" --outcome failed -o repair.csv`,
    )
    .action(async (path: string, options: TableCommandOptions) => {
      finish(await runTable(context, path, options));
    });
}

async function runTable(context: CommandContext, path: string, options: TableCommandOptions): Promise<ExitCode> {
  const { server } = options;
  const needsServer = (
    [
      ['name', '--name'],
      ['idempotencyKey', '--idempotency-key'],
      ['detach', '--detach'],
    ] as const
  ).find(([name]) => options[name] !== undefined);
  if (server === undefined && needsServer !== undefined) {
    throw new CommandFailure(`${needsServer[1]} is for jobs on a server: add --server`);
  }
  const api = server === undefined ? undefined : await createClient(context, server === true ? {} : { url: server });
  if (options.check === true) {
    const { tableCheckCommand } = await import('./commands/table-check.ts');
    return tableCheckCommand(context, api, path, options);
  }
  if (api !== undefined) {
    const { tableOnServerCommand } = await import('./commands/table-on-server.ts');
    return tableOnServerCommand(context, api, path, options);
  }
  const { tableCommand } = await import('./commands/table.ts');
  return tableCommand(context, path, options);
}

function addServe(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('serve')
    .summary('run a server on this machine')
    .description(
      'Run a standalone server in this process, until SIGINT or SIGTERM. All settings can be given as environment variables; see docs/configuration.md.',
    )
    .addOption(settingOption('--host <address>', 'address to listen on (HTTP_HOST; default: 127.0.0.1)'))
    .addOption(settingOption('--port <port>', 'port to listen on, 0 for any free one (HTTP_PORT; default: 8080)'))
    .addOption(settingOption('--data-dir <folder>', 'folder that holds jobs and results (DATA_DIR)'))
    .addOption(
      settingOption('--threads <count>', 'threads that evaluate (EVALUATOR_THREADS; default: the number of cores)'),
    )
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
    .summary('send files to the server as jobs')
    .description('Send files or standard input to the server, each as a job, and write the id of each job.')
    .argument('<file...>', 'files with one operation per line, or - for standard input')
    .addOption(modeOption())
    .addOption(precisionOption())
    .addOption(inputOption())
    .option('--name <name>', 'name to recognize the job by')
    .option('--idempotency-key <key>', 'send the same content again with this key without creating a second job')
    .option('--gzip', 'compress the upload, for slow networks')
    .option('--follow', 'wait until the job is finished; exit code 1 if an operation has no result')
    .addOption(jsonOption())
    .addOption(noProgressOption())
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill submit operations.txt --name nightly --follow\n  $ id=$(mathmill submit operations.txt) && mathmill results --follow $id',
    )
    .action(async (paths: string[], options: SubmitOptions & UrlOption) => {
      const { submitCommand } = await import('./commands/submit.ts');
      finish(await submitCommand(context, await createClient(context, options), paths, options));
    });
}

function addResults(program: Command, context: CommandContext, finish: Finish): void {
  const count = wholeNumber(1, Number.MAX_SAFE_INTEGER);
  program
    .command('results')
    .summary('write the results of a job')
    .description(
      'Write the results of a job in the order of its lines. If the response of the server ends before the results are complete, say so and end with exit code 2.',
    )
    .argument('<id>', 'id of the job')
    .addOption(
      new Option('--format <format>', 'format of the results (default: text; of a table, that of its file)').choices(
        tableResultFormats,
      ),
    )
    .addOption(
      new Option('--outcome <kind>', 'include only succeeded or failed operations').choices([
        'all',
        'succeeded',
        'failed',
      ]),
    )
    .addOption(
      new Option(
        '--failed',
        'write the failed operations as NDJSON that can be edited and sent back with "mathmill repair"',
      ).conflicts(['format', 'outcome']),
    )
    .addOption(new Option('--from <line>', 'first line to include').argParser(count))
    .addOption(new Option('--limit <count>', 'maximum number of results').argParser(count))
    .option('--follow', 'wait for operations that have no outcome yet')
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill results 0199... --format csv > results.csv\n  $ mathmill results 0199... --failed > failed.ndjson',
    )
    .action(async (id: string, options: ResultsOptions & UrlOption) => {
      const { resultsCommand } = await import('./commands/results.ts');
      finish(await resultsCommand(context, await createClient(context, options), id, options));
    });
}

function addRepair(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('repair')
    .summary('correct failed operations of a job')
    .description(
      'Send corrections for failed operations of a finished job, wait for the new job that has them, and write all of its results. The first job stays as it is. Without corrections (an empty file), the rest of a cancelled job is evaluated.',
    )
    .argument('<id>', 'id of the job')
    .argument('<file>', 'corrections, or - for standard input: {"id": "12", "request": "1 / 3"} per line')
    .option('--name <name>', 'name of the new job (default: that of the first)')
    .option('--idempotency-key <key>', 'send the same corrections again with this key without creating a second job')
    .addOption(
      new Option('--format <format>', 'format of the results (default: text; of a table, that of its file)').choices(
        tableResultFormats,
      ),
    )
    .option('-o, --output <file>', 'file to write; it gets its name only when it is complete')
    .option('--detach', 'write the id of the new job and do not wait')
    .addOption(noProgressOption())
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill results 0199... --failed > failed.ndjson\n  $ mathmill repair 0199... failed.ndjson -o results.txt',
    )
    .action(async (id: string, path: string, options: RepairOptions & UrlOption) => {
      const { repairCommand } = await import('./commands/repair.ts');
      finish(await repairCommand(context, await createClient(context, options), id, path, options));
    });
}

function addMcp(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('mcp')
    .summary('serve an AI assistant over the Model Context Protocol')
    .description(
      'Serve an AI assistant over the Model Context Protocol on standard input and output: tools that evaluate expressions and describe their language, and with a server also tools that submit, follow, read and cancel jobs. Without --url and MATHMILL_URL, expressions are evaluated by this process. See docs/mcp.md.',
    )
    .addOption(settingOption('--url <address>', 'URL of a server for jobs (MATHMILL_URL)'))
    .option('--folder <folder>', 'folder whose files the assistant may submit as jobs', '.')
    .addHelpText(
      'after',
      '\nExamples, as an assistant starts them:\n  $ mathmill mcp\n  $ mathmill mcp --url http://127.0.0.1:8080 --folder ~/calculations',
    )
    .action(async (options: McpCommandOptions) => {
      const { mcpCommand } = await import('./commands/mcp.ts');
      finish(await mcpCommand(context, options));
    });
}
