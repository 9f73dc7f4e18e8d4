import type { ApiClient } from '../api-client.ts';
import { changeJobs, type ChangeOptions } from '../change-jobs.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatJob, jobPath, readJobDocument } from '../job-document.ts';
import { toSelectionQuery, type SelectionOptions } from '../job-selection.ts';

export interface CancelOptions extends Omit<SelectionOptions, 'status'>, ChangeOptions {
  readonly all?: boolean;
}

/** `mathmill cancel`: no operation that has no outcome yet is evaluated; the results so far stay. */
export async function cancelCommand(
  context: CommandContext,
  api: ApiClient,
  jobId: string | undefined,
  options: CancelOptions,
): Promise<ExitCode> {
  const { all, name, olderThan, dryRun } = options;
  const isMany = all === true || name !== undefined || olderThan !== undefined;
  if (jobId === undefined) return cancelMany(context, api, isMany, options);
  if (isMany || dryRun === true) {
    throw new CommandFailure('give the id of one job, or conditions such as --name: not both');
  }
  const job = await api.ask({ method: 'POST', path: jobPath(jobId, 'cancel') }, readJobDocument);
  await context.output.line(options.json === true ? JSON.stringify(job) : formatJob(job));
  if (job.status === 'Completed') {
    await context.messages.line('mathmill: the job was finished before it could be cancelled');
  }
  return exitCodes.ok;
}

async function cancelMany(
  context: CommandContext,
  api: ApiClient,
  isMany: boolean,
  options: CancelOptions,
): Promise<ExitCode> {
  if (!isMany) {
    throw new CommandFailure('say which jobs: give the id of one, or at least one of --all, --name and --older-than');
  }
  const query = toSelectionQuery({ ...options, status: ['InProgress'] }, Date.now());
  const words = { verb: 'Cancel', done: 'cancelled', consequence: '' } as const;
  return changeJobs(context, api, { method: 'POST', path: 'api/jobs/cancel', query, ...words }, options);
}
