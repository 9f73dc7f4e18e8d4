import type { TableResultFormat } from '../../formats/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { downloadResults } from '../download-results.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { inspectInputs, openInput } from '../input-source.ts';
import { jobPath, type JobDocument } from '../job-document.ts';
import { sendUpload, type Acceptance } from '../send-upload.ts';
import { formatCount } from '../text.ts';
import { withSink } from '../with-sink.ts';

export interface RepairOptions {
  readonly name?: string;
  readonly idempotencyKey?: string;
  /** Default: text, and of a table that of its file. */
  readonly format?: TableResultFormat;
  readonly output?: string;
  readonly detach?: boolean;
  readonly progress: boolean;
}

/** `mathmill repair`: sends corrections, waits for the repaired job, and writes all of its results. */
export async function repairCommand(
  context: CommandContext,
  api: ApiClient,
  jobId: string,
  path: string,
  options: RepairOptions,
): Promise<ExitCode> {
  if (options.detach === true) {
    await context.output.line((await sendCorrections(context, api, jobId, path, options)).id);
    return exitCodes.ok;
  }
  const job = await withSink(context, options.output, path, async (sink) => {
    const { id } = await sendCorrections(context, api, jobId, path, options);
    const finished = await followJob(api, id, context.messages);
    await downloadResults(api, id, { format: options.format, outcome: 'all' }, sink);
    return finished;
  });
  await context.messages.line(describe(job));
  return job.succeeded === job.operations ? exitCodes.ok : exitCodes.operationsFailed;
}

async function sendCorrections(
  context: CommandContext,
  api: ApiClient,
  jobId: string,
  path: string,
  { name, idempotencyKey, progress }: RepairOptions,
): Promise<Acceptance> {
  const [size] = await inspectInputs([path]);
  const source = await openInput(path, context);
  const settings = {
    contentType: 'application/x-ndjson',
    path: jobPath(jobId, 'repair'),
    query: { name },
    idempotencyKey,
    progress,
  };
  try {
    return await sendUpload(api, source, size, settings, context.messages);
  } finally {
    source.close();
  }
}

/** The id is needed for whatever comes next, such as another repair. */
function describe({ id, operations, succeeded }: JobDocument): string {
  const failed = operations - succeeded;
  const outcome = failed === 0 ? 'every operation has a result' : `${formatCount(failed)} without a result`;
  return `Repaired as job ${id}: ${formatCount(operations)} operations, ${outcome}`;
}
