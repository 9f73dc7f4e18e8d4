/** The commands that show and change jobs of a server. */
import { Option, type Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { CommandContext, Finish } from './command-context.ts';
import type { CancelOptions } from './commands/cancel.ts';
import type { DeleteOptions } from './commands/delete.ts';
import type { ListOptions } from './commands/list.ts';
import type { StatusOptions } from './commands/status.ts';
import { nameOption, olderThanOption, statusOption } from './job-selection.ts';
import { jsonOption, urlOption, wholeNumber } from './option-values.ts';

export interface UrlOption {
  readonly url?: string;
}

/** Dependencies of the commands. */
interface JobCommands {
  readonly program: Command;
  readonly context: CommandContext;
  readonly finish: Finish;
  readonly createClient: (context: CommandContext, options: UrlOption) => Promise<ApiClient>;
}

export function addJobCommands(commands: JobCommands): void {
  addStatus(commands);
  addList(commands);
  addCancel(commands);
  addDelete(commands);
}

function addStatus({ program, context, finish, createClient }: JobCommands): void {
  program
    .command('status')
    .summary('show the progress of a job')
    .description('Show the progress of a job.')
    .argument('<id>', 'id of the job')
    .addOption(urlOption())
    .option('--follow', 'wait until the job is finished; exit code 1 if an operation has no result')
    .addOption(jsonOption())
    .action(async (id: string, options: StatusOptions & UrlOption) => {
      const { statusCommand } = await import('./commands/status.ts');
      finish(await statusCommand(context, await createClient(context, options), id, options));
    });
}

function addList({ program, context, finish, createClient }: JobCommands): void {
  program
    .command('list')
    .summary('list the jobs of the server')
    .description(
      'List the jobs of the server, newest first: all of them, or those that match every condition. On a terminal the columns are short and names are cut to fit; elsewhere nothing is cut.',
    )
    .addOption(
      new Option('--page <number>', 'page to show').default(1).argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(new Option('--size <count>', 'jobs per page, 1 to 100').default(30).argParser(wholeNumber(1, 100)))
    .addOption(statusOption())
    .addOption(nameOption())
    .addOption(olderThanOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill list --status in-progress\n  $ mathmill list --status completed,cancelled --name nightly',
    )
    .action(async (options: ListOptions & UrlOption) => {
      const { listCommand } = await import('./commands/list.ts');
      finish(await listCommand(context, await createClient(context, options), options));
    });
}

/** Adds the options of the commands that change many jobs. */
function addConditions(command: Command): Command {
  return command
    .addOption(nameOption())
    .addOption(olderThanOption())
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only show how many jobs match')
    .addOption(jsonOption())
    .addOption(urlOption());
}

function addCancel({ program, context, finish, createClient }: JobCommands): void {
  const command = program
    .command('cancel')
    .summary('stop jobs and keep their results so far')
    .description(
      'Stop a job and keep its results so far; or, without an id, every job in progress that matches all conditions. For several jobs it asks first on a terminal.',
    )
    .argument('[id]', 'id of the job')
    .option('--all', 'all jobs in progress');
  addConditions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill cancel 0199...\n  $ mathmill cancel --name nightly --older-than 2h',
    )
    .action(async (id: string | undefined, options: CancelOptions & UrlOption) => {
      const { cancelCommand } = await import('./commands/cancel.ts');
      finish(await cancelCommand(context, await createClient(context, options), id, options));
    });
}

function addDelete({ program, context, finish, createClient }: JobCommands): void {
  const command = program
    .command('delete')
    .summary('delete jobs with their results')
    .description(
      'Delete a job with its results; or, without an id, every job that matches all conditions, at least one of which is required. For several jobs it asks first on a terminal.',
    )
    .argument('[id]', 'id of the job')
    .option('--finished', 'only jobs that are completed or cancelled')
    .addOption(statusOption().conflicts('finished'));
  addConditions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill delete 0199...\n  $ mathmill delete --finished --older-than 7d\n  $ mathmill delete --status cancelled --name nightly --dry-run',
    )
    .action(async (id: string | undefined, options: DeleteOptions & UrlOption) => {
      const { deleteCommand } = await import('./commands/delete.ts');
      finish(await deleteCommand(context, await createClient(context, options), id, options));
    });
}
