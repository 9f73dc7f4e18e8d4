/** Changes all jobs that match: counts them, asks for confirmation on a terminal, and sends the request until there are no more. */
import { createInterface } from 'node:readline/promises';
import type { ApiClient, ApiRequest } from './api-client.ts';
import type { CommandContext } from './command-context.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { readJobPage } from './job-document.ts';
import type { SelectionQuery } from './job-selection.ts';
import { formatCount } from './text.ts';

export interface ChangeOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export interface JobChange {
  readonly method: ApiRequest['method'];
  readonly path: string;
  /** Which jobs are changed. */
  readonly query: SelectionQuery;
  /** `Delete`, for the question. */
  readonly verb: string;
  /** `deleted`, for the report; also the member of the response that holds the number. */
  readonly done: string;
  /** Text of the question after the number of jobs. */
  readonly consequence: string;
}

export async function changeJobs(
  { input, output, messages }: CommandContext,
  api: ApiClient,
  change: JobChange,
  options: ChangeOptions,
): Promise<ExitCode> {
  const query = { ...change.query, size: 1 };
  const { total } = await api.ask({ method: 'GET', path: 'api/jobs', query }, readJobPage);

  async function report(count: number, text: string): Promise<ExitCode> {
    if (options.json === true) await output.line(JSON.stringify({ matching: total, [change.done]: count }));
    else await messages.line(text);
    return exitCodes.ok;
  }

  if (options.dryRun === true) return report(0, `${formatJobCount(total)} would be ${change.done}.`);
  if (total === 0) return report(0, 'No job matches.');
  if (options.yes !== true && input.isTTY && messages.isTerminal) {
    const question = `${change.verb} ${formatJobCount(total)}${change.consequence}? [y/N] `;
    if (!(await isConfirmed({ input, messages }, question))) return report(0, `No job was ${change.done}.`);
  }
  const count = await changeAll(api, change);
  return report(count, `${formatJobCount(count)} ${change.done}.`);
}

/** One request changes a bounded number of jobs. */
async function changeAll(api: ApiClient, { method, path, query, done }: JobChange): Promise<number> {
  let count = 0;
  for (let more = true; more;) {
    const answer = await api.ask({ method, path, query }, (value) => readChange(value, done));
    count += answer.count;
    ({ more } = answer);
  }
  return count;
}

function readChange(value: unknown, done: string): { readonly count: number; readonly more: boolean } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { [done]: count, more } = value as Record<string, unknown>;
  return typeof count === 'number' && typeof more === 'boolean' ? { count, more } : undefined;
}

/** The end of the input is a no, and so is an interruption; neither ends the line of the question. */
async function isConfirmed(
  { input, messages }: Pick<CommandContext, 'input' | 'messages'>,
  question: string,
): Promise<boolean> {
  const lines = createInterface({ input, output: messages.stream });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('\n')));
  try {
    const answer = await Promise.race([lines.question(question), ended]);
    if (answer === '\n') await messages.line();
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

function formatJobCount(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'job' : 'jobs'}`;
}
