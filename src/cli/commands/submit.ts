import type { EvaluationSettings } from '../../expression/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { guessInputFormat, inspectInputs, nameOf, openInput, type InputFormat } from '../input-source.ts';
import { sendUpload, type Acceptance } from '../send-upload.ts';
import { formatCount } from '../text.ts';
import { showFinishedJob } from './status.ts';

export interface SubmitOptions extends EvaluationSettings {
  readonly input?: InputFormat;
  readonly name?: string;
  readonly idempotencyKey?: string;
  readonly gzip?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

const mediaTypes = { text: 'text/plain; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** `mathmill submit`: sends files or standard input to the server, each as a job. */
export async function submitCommand(
  context: CommandContext,
  api: ApiClient,
  paths: readonly string[],
  options: SubmitOptions,
): Promise<ExitCode> {
  if (paths.length > 1 && options.idempotencyKey !== undefined) {
    throw new CommandFailure('--idempotency-key belongs to one job: give one file with it');
  }
  const sizes = await inspectInputs(paths);
  const accepted: Acceptance[] = [];
  for (const [index, path] of paths.entries()) {
    const job = await sendFile(context, api, path, sizes[index], options).catch((error: unknown) => {
      throw paths.length > 1 ? nameFile(path, error) : error;
    });
    await showAcceptance(context, job, options);
    accepted.push(job);
  }
  return options.follow === true ? followJobs(context, api, accepted, options.json === true) : exitCodes.ok;
}

function nameFile(path: string, error: unknown): unknown {
  if (!(error instanceof CommandFailure)) return error;
  return new CommandFailure(`cannot submit ${nameOf(path)}: ${error.message}`, { cause: error });
}

async function sendFile(
  context: CommandContext,
  api: ApiClient,
  path: string,
  size: number | undefined,
  options: SubmitOptions,
): Promise<Acceptance> {
  const source = await openInput(path, context);
  const { mode, precision, name, idempotencyKey, gzip, progress } = options;
  const contentType = mediaTypes[options.input ?? guessInputFormat(path)];
  const settings = { contentType, query: { mode, precision, name }, idempotencyKey, gzip, progress };
  try {
    return await sendUpload(api, source, size, settings, context.messages);
  } finally {
    source.close();
  }
}

async function showAcceptance(
  { output, messages }: CommandContext,
  job: Acceptance,
  { follow = false, json = false }: SubmitOptions,
): Promise<void> {
  // With both, JSON of the finished job is all that is written.
  if (follow && json) return;
  await output.line(json ? JSON.stringify(job) : job.id);
  if (!follow && !json && messages.isTerminal) await messages.line(hint(job));
}

async function followJobs(
  { output, messages }: CommandContext,
  api: ApiClient,
  jobs: readonly Acceptance[],
  isJson: boolean,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  for (const { id } of jobs) {
    const code = await showFinishedJob({ output }, await followJob(api, id, messages), isJson);
    if (code !== exitCodes.ok) exitCode = code;
  }
  return exitCode;
}

function hint({ id, created_operations: operations }: Acceptance): string {
  return `Accepted ${formatCount(operations)} operations. Get the results with: mathmill results --follow ${id}`;
}
