/** The commands that create, list and revoke tokens. They open the store itself, and so need no token. */
import { Option, type Command } from 'commander';
import { roles } from '../access/basics.ts';
import type { CommandContext, Finish } from './command-context.ts';
import type { CreateTokenOptions, ListTokensOptions, TokenStoreOptions } from './commands/token.ts';
import { readAge } from './job-selection.ts';
import { jsonOption, settingOption } from './option-values.ts';

const example = '\nExamples:\n';

export function addTokenCommands(program: Command, context: CommandContext, finish: Finish): void {
  const token = program
    .command('token')
    .summary('create, list and revoke the tokens of a server')
    .description(
      'Manage the tokens that a server with AUTHENTICATION=tokens demands. The commands open the store itself, also while servers run on it: the data folder of a standalone server, or with MONGODB_URI the store of a cluster. See docs/access.md.',
    )
    .helpCommand(false);

  addStoreOptions(token.command('create'))
    .summary('create a token')
    .description(
      'Create a token, and write it to standard output. It is shown only once: the store keeps a hash of it.',
    )
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .requiredOption('--name <text>', 'what it is for, for people')
    .option('--tenant <name>', 'whose jobs it can use (default: default)')
    .addOption(
      new Option('--expires <age>', 'when it becomes invalid, from now, such as 90d (default: never)').argParser(
        readAge,
      ),
    )
    .addHelpText(
      'after',
      `${example}  $ mathmill token create --role operator --name admin > operator-token\n  $ mathmill token create --tenant acme --role submitter --name nightly --expires 90d`,
    )
    .action(async (options: CreateTokenOptions) => {
      const { createTokenCommand } = await import('./commands/token.ts');
      finish(await createTokenCommand(context, options));
    });

  addStoreOptions(token.command('list'))
    .summary('list tokens, newest first')
    .description(
      'List the tokens, newest first; revoked and expired ones for 30 days. Tokens themselves cannot be shown again.',
    )
    .option('--tenant <name>', 'only those of this tenant')
    .action(async (options: ListTokensOptions) => {
      const { listTokensCommand } = await import('./commands/token.ts');
      finish(await listTokensCommand(context, options));
    });

  addStoreOptions(token.command('revoke'))
    .summary('revoke a token')
    .description('Revoke a token. Within 10 seconds no server accepts it any more.')
    .argument('<id>', 'id of the token, as "mathmill token list" shows it')
    .addHelpText('after', `${example}  $ mathmill token revoke 3hJx0PqLm2Za`)
    .action(async (id: string, options: TokenStoreOptions) => {
      const { revokeTokenCommand } = await import('./commands/token.ts');
      finish(await revokeTokenCommand(context, id, options));
    });
}

function addStoreOptions(command: Command): Command {
  return command
    .addOption(settingOption('--data-dir <folder>', 'folder that holds the jobs (DATA_DIR)'))
    .addOption(
      settingOption(
        '--mongodb-uri <uri>',
        'store of the cluster (MONGODB_URI, which keeps a password out of the list of processes)',
      ).conflicts('dataDir'),
    )
    .addOption(jsonOption());
}
