/** The commands that work on the data folder of a standalone server, and not through a server. */
import type { Command, Option } from 'commander';
import type { CommandContext, Finish } from './command-context.ts';
import type { BackupOptions, RestoreOptions } from './commands/backup.ts';
import type { CheckOptions } from './commands/check.ts';
import type { MigrateOptions } from './commands/migrate.ts';
import { jsonOption, noProgressOption, settingOption } from './option-values.ts';

export function addDataCommands(program: Command, context: CommandContext, finish: Finish): void {
  addBackup(program, context, finish);
  addRestore(program, context, finish);
  addCheck(program, context, finish);
  addMigrate(program, context, finish);
}

const dataDirOption = (what: string): Option => settingOption('--data-dir <folder>', `${what} (DATA_DIR)`);

function addBackup(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('backup')
    .summary('copy the jobs of this machine into a file')
    .description(
      'Copy all jobs of a standalone server, running or not, into one file, as of one moment, and check the copy. The file must not exist; it has its name only when the copy is complete. See docs/backup.md.',
    )
    .argument('<file>', 'file to write')
    .addOption(dataDirOption('folder that holds the jobs'))
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ mathmill backup --data-dir ./data mathmill-$(date +%F).db')
    .action(async (file: string, options: BackupOptions) => {
      const { backupCommand } = await import('./commands/backup.ts');
      finish(await backupCommand(context, file, options));
    });
}

function addRestore(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('restore')
    .summary('put a backup into an empty data folder')
    .description(
      'Check a backup and put it into an empty data folder. A server that starts on the folder continues the jobs that were in progress.',
    )
    .argument('<file>', 'backup to read')
    .option('--check', 'only check that the backup is complete and undamaged')
    .addOption(dataDirOption('folder to restore into'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ mathmill restore --check mathmill-2026-11-30.db\n  $ mathmill restore mathmill-2026-11-30.db --data-dir ./restored && mathmill serve --data-dir ./restored',
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { restoreCommand } = await import('./commands/backup.ts');
      finish(await restoreCommand(context, file, options));
    });
}

function addCheck(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('check')
    .summary('check that every job of a store is whole')
    .description(
      'Read every job of a store, such as one that was restored, and count those that are complete, those that continue when the applications run, and those of which lines, outcomes or counters are missing. The store is that of a cluster, which may be running, or with --data-dir that of a stopped standalone server. Exit code 1: some jobs are not whole. See docs/backup.md.',
    )
    .addOption(
      settingOption(
        '--mongodb-uri <uri>',
        'store of the cluster (MONGODB_URI, which keeps a password out of the list of processes)',
      ).conflicts('dataDir'),
    )
    .addOption(settingOption('--data-dir <folder>', 'folder that holds the jobs of a standalone server'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ MONGODB_URI=mongodb://mongo-1,mongo-2,mongo-3/mathmill?replicaSet=rs0 mathmill check\n  $ mathmill check --data-dir ./restored',
    )
    .action(async (options: CheckOptions) => {
      const { checkCommand } = await import('./commands/check.ts');
      finish(await checkCommand(context, options));
    });
}

function addMigrate(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command('migrate')
    .summary('copy the jobs of this machine into a cluster')
    .description(
      'Copy the jobs of a stopped standalone server into the store of a cluster, which may be running, and compare every byte. The jobs here are not changed. If interrupted, run it again to continue. Exit code 1: some jobs could not be copied. See docs/migrating.md.',
    )
    .addOption(settingOption('--data-dir <folder>', 'folder that holds the jobs (DATA_DIR)'))
    .addOption(
      settingOption(
        '--mongodb-uri <uri>',
        'store of the cluster (MONGODB_URI, which keeps a password out of the list of processes)',
      ),
    )
    .option('--dry-run', 'only show what would be copied, and compare what is there')
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
