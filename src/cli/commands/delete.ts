import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { jobPath } from '../job-document.ts';

/** `mathmill delete`: the job and its results are gone. Silent, as `rm` is. */
export async function deleteCommand(_context: CommandContext, api: ApiClient, jobId: string): Promise<ExitCode> {
  await api.ask({ method: 'DELETE', path: jobPath(jobId) });
  return exitCodes.ok;
}
