import type { ApiClient } from '../api-client.ts';
import { changeJobs, type ChangeOptions } from '../change-jobs.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { jobPath } from '../job-document.ts';
import { isSelection, toSelectionQuery, type SelectionOptions } from '../job-selection.ts';

export interface DeleteOptions extends SelectionOptions, ChangeOptions {
  readonly finished?: boolean;
}

/** `mathmill delete`: deletes a job and its results. Prints nothing, like `rm`, except the count for several jobs. */
export async function deleteCommand(
  context: CommandContext,
  api: ApiClient,
  jobId: string | undefined,
  options: DeleteOptions,
): Promise<ExitCode> {
  const status = options.finished === true ? (['Completed', 'Cancelled'] as const) : options.status;
  const query = toSelectionQuery({ ...options, ...(status !== undefined && { status }) }, Date.now());
  if (jobId !== undefined) return deleteOne(api, jobId, isSelection(query) || options.dryRun === true);
  if (!isSelection(query)) {
    throw new CommandFailure(
      'say which jobs: give the id of one, or at least one of --finished, --status, --name and --older-than',
    );
  }
  const words = { verb: 'Delete', done: 'deleted', consequence: ' with their results' } as const;
  return changeJobs(context, api, { method: 'DELETE', path: 'api/jobs', query, ...words }, options);
}

async function deleteOne(api: ApiClient, jobId: string, isMany: boolean): Promise<ExitCode> {
  if (isMany) throw new CommandFailure('give the id of one job, or conditions such as --finished: not both');
  await api.ask({ method: 'DELETE', path: jobPath(jobId) }, (value) => (value === undefined ? 'deleted' : undefined));
  return exitCodes.ok;
}
