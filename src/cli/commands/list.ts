import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatJobs, readJobPage } from '../job-document.ts';
import { formatCount } from '../text.ts';

export interface ListOptions {
  readonly page: number;
  readonly size: number;
  readonly json?: boolean;
}

/** `mathmill list`: the jobs of the server, newest first. */
export async function listCommand(
  { output, messages }: CommandContext,
  api: ApiClient,
  options: ListOptions,
): Promise<ExitCode> {
  const answer = await api.ask({
    method: 'GET',
    path: 'api/jobs',
    query: { page: options.page, size: options.size },
  });
  const { page, size, total, items } = readJobPage(answer);
  if (options.json === true) {
    await output.line(JSON.stringify(answer));
    return exitCodes.ok;
  }
  if (total === 0) {
    await messages.line('There are no jobs.');
    return exitCodes.ok;
  }
  await output.line(formatJobs(items));
  const pages = Math.ceil(total / size);
  if (pages > 1) await messages.line(`Page ${page} of ${formatCount(pages)}, ${formatCount(total)} jobs in all.`);
  return exitCodes.ok;
}
