import type { TableResultFormat } from '../../formats/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { downloadResults } from '../download-results.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { isUnfinished } from '../results-response.ts';

export interface ResultsOptions {
  /** Default: text, and of a table that of its file. */
  readonly format?: TableResultFormat;
  readonly outcome?: 'all' | 'succeeded' | 'failed';
  /** As NDJSON that `mathmill repair` takes. */
  readonly failed?: boolean;
  readonly from?: number;
  readonly limit?: number;
  readonly follow?: boolean;
}

/** Each failed operation with its id and its request, of every kind of job. */
const correctable = { format: 'ndjson', outcome: 'failed', objects: 'operations' } as const;

/** `mathmill results`: the outcomes of a job in line order, as they come from the server, and checked to be all of them. */
export async function resultsCommand(
  { output, messages }: CommandContext,
  api: ApiClient,
  jobId: string,
  { format, outcome, failed, from, limit, follow }: ResultsOptions,
): Promise<ExitCode> {
  const kind = failed === true ? correctable : { format, outcome: outcome ?? 'all' };
  const answer = await downloadResults(api, jobId, { ...kind, from, limit, follow }, output);
  if (follow !== true && isUnfinished(answer)) {
    await messages.line('mathmill: the job is not finished; these are its results so far (--follow waits for all)');
  }
  return exitCodes.ok;
}
