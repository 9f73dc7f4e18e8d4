import type { ApiClient } from '../api-client.ts';
import type { ResultFormat } from '../../formats/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { jobPath } from '../job-document.ts';
import { ReaderGone } from '../output.ts';

export interface ResultsOptions {
  readonly format: ResultFormat;
  readonly outcome: 'all' | 'succeeded' | 'failed';
  readonly from?: number;
  readonly limit?: number;
  readonly follow?: boolean;
}

/** `mathmill results`: the outcomes of a job in line order, as they come from the server. */
export async function resultsCommand(
  { output, messages }: CommandContext,
  api: ApiClient,
  jobId: string,
  options: ResultsOptions,
): Promise<ExitCode> {
  const { format, outcome, from, limit, follow } = options;
  const answer = await api.open({
    method: 'GET',
    path: jobPath(jobId, 'results'),
    query: { format, outcome, from, limit, follow },
    headers: { Accept: '*/*' },
    isPatient: true,
  });
  try {
    for await (const bytes of answer as AsyncIterable<Uint8Array>) await output.write(bytes);
  } catch (error) {
    if (error instanceof CommandFailure || error instanceof ReaderGone) throw error;
    const reason = describeError(error);
    throw new CommandFailure(`${api.address} broke off before the results were complete: ${reason}`, { cause: error });
  }
  const status = answer.headers['mathmill-job-status'];
  if (follow !== true && (status === 'InProgress' || status === 'Cancelling')) {
    await messages.line('mathmill: the job is not finished; these are its results so far (--follow waits for all)');
  }
  return exitCodes.ok;
}
