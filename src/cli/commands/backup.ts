import { backUpFolder, checkBackup, restoreFolder, unfinishedName, type BackupReport } from '../../backup.ts';
import { readBackupConfig } from '../../config.ts';
import { printable } from '../../printable.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { nameOptions, toSettings } from '../option-names.ts';
import { removeOnSignal } from '../remove-on-signal.ts';
import { formatBytes, formatCount } from '../text.ts';

export interface BackupOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface RestoreOptions extends BackupOptions {
  readonly check?: boolean;
}

/** `mathmill backup`: a checked copy of the data folder, whose server may be running. */
export async function backupCommand(context: CommandContext, file: string, options: BackupOptions): Promise<ExitCode> {
  const report = await withFolder(context, options, (directory) =>
    removingOnSignal(file, () => backUpFolder(directory, file)),
  );
  return show(context, options, file, report, 'backed up and checked');
}

/** `mathmill restore`: puts a backup into an empty data folder, or only checks it. */
export async function restoreCommand(
  context: CommandContext,
  file: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const isCheck = options.check === true;
  const report = await withFolder(context, options, (directory) =>
    isCheck ? Promise.resolve(checkBackup(file)) : restoreFolder(file, directory),
  );
  return show(
    context,
    options,
    file,
    report,
    isCheck ? 'the backup is complete and undamaged' : 'restored and checked',
  );
}

async function withFolder(
  { environment }: CommandContext,
  { dataDir }: BackupOptions,
  act: (directory: string) => Promise<BackupReport>,
): Promise<BackupReport> {
  const given = { DATA_DIR: dataDir };
  const reading = readBackupConfig({ ...environment, ...toSettings(given) });
  if (reading.kind === 'invalid') throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
  try {
    return await act(reading.config.dataDirectory);
  } catch (error) {
    throw new CommandFailure(nameOptions(describeError(error), given), { cause: error });
  }
}

async function removingOnSignal<Result>(file: string, act: () => Promise<Result>): Promise<Result> {
  const guard = removeOnSignal(unfinishedName(file));
  try {
    return await act();
  } finally {
    guard.release();
  }
}

async function show(
  { output }: CommandContext,
  { json }: BackupOptions,
  file: string,
  { jobs, unfinishedJobs, bytes }: BackupReport,
  what: string,
): Promise<ExitCode> {
  const counts = `${formatCount(jobs)} ${jobs === 1 ? 'job' : 'jobs'}, ${formatCount(unfinishedJobs)} of them in progress`;
  const line =
    json === true
      ? JSON.stringify({ file, jobs, unfinished_jobs: unfinishedJobs, bytes })
      : `${printable(file)}: ${what}: ${counts}, ${formatBytes(bytes)}`;
  await output.line(line);
  return exitCodes.ok;
}
