import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatJobs, formatJobsWithin, readJobPage } from '../job-document.ts';
import { isSelection, toSelectionQuery, type SelectionOptions } from '../job-selection.ts';
import { formatCount } from '../text.ts';

export interface ListOptions extends SelectionOptions {
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
  const selection = toSelectionQuery(options, Date.now());
  const query = { page: options.page, size: options.size, ...selection };
  const jobs = await api.ask({ method: 'GET', path: 'api/jobs', query }, readJobPage);
  const { page, size, total, items } = jobs;
  if (options.json === true) {
    await output.line(JSON.stringify(jobs));
    return exitCodes.ok;
  }
  if (total === 0) {
    await messages.line(isSelection(selection) ? 'No job matches.' : 'There are no jobs.');
    return exitCodes.ok;
  }
  await output.line(output.isTerminal ? formatJobsWithin(output.columns, items, Date.now()) : formatJobs(items));
  const pages = Math.ceil(total / size);
  if (pages > 1) await messages.line(`Page ${page} of ${formatCount(pages)}, ${formatCount(total)} jobs in all.`);
  return exitCodes.ok;
}
