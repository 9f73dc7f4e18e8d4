import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { formatJob, jobPath, readJobDocument, type JobDocument } from '../job-document.ts';

export interface StatusOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** `mathmill status`: what became of a job so far, or with `follow` in the end. */
export async function statusCommand(
  { output, messages }: CommandContext,
  api: ApiClient,
  jobId: string,
  options: StatusOptions,
): Promise<ExitCode> {
  const isJson = options.json === true;
  if (options.follow === true) return showFinishedJob({ output }, await followJob(api, jobId, messages), isJson);
  const job = await api.ask({ method: 'GET', path: jobPath(jobId) }, readJobDocument);
  await output.line(isJson ? JSON.stringify(job) : formatJob(job));
  return exitCodes.ok;
}

/** Shows a job that was waited for; the exit code is 0 if every operation has a result. */
export async function showFinishedJob(
  { output }: Pick<CommandContext, 'output'>,
  job: JobDocument,
  isJson: boolean,
): Promise<ExitCode> {
  await output.line(isJson ? JSON.stringify(job) : formatJob(job));
  return job.succeeded === job.operations ? exitCodes.ok : exitCodes.operationsFailed;
}
