import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatJob, jobPath, readJobDocument } from '../job-document.ts';

export interface CancelOptions {
  readonly json?: boolean;
}

/** `mathmill cancel`: no operation that has no outcome yet is evaluated; the results so far stay. */
export async function cancelCommand(
  { output, messages }: CommandContext,
  api: ApiClient,
  jobId: string,
  options: CancelOptions,
): Promise<ExitCode> {
  const job = readJobDocument(await api.ask({ method: 'POST', path: jobPath(jobId, 'cancel') }));
  await output.line(options.json === true ? JSON.stringify(job) : formatJob(job));
  if (job.status === 'Completed') await messages.line('mathmill: the job was finished before it could be cancelled');
  return exitCodes.ok;
}
