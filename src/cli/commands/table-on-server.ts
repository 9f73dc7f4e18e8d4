import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { downloadResults } from '../download-results.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { inspectInputs, openInput } from '../input-source.ts';
import type { JobDocument } from '../job-document.ts';
import { sendUpload, type Acceptance } from '../send-upload.ts';
import type { TableCommandOptions } from '../table-command-options.ts';
import { mediaTypeOfRows, rowFormatOf, toTableQuery } from '../table-options.ts';
import type { ResultsPart } from '../results-response.ts';
import { formatTableReport, readTotals } from '../table-report.ts';
import { withSink } from '../with-sink.ts';

/** `mathmill table --server`: the same as a job on a server, followed to its end. */
export async function tableOnServerCommand(
  context: CommandContext,
  api: ApiClient,
  path: string,
  options: TableCommandOptions,
): Promise<ExitCode> {
  if (options.detach === true) {
    await context.output.line((await sendTable(context, api, path, options)).id);
    return exitCodes.ok;
  }
  const job = await withSink(context, options.output, path, async (sink) => {
    const { id } = await sendTable(context, api, path, options);
    const finished = await followJob(api, id, context.messages);
    await downloadResults(api, id, toPart(options), sink);
    return finished;
  });
  await report(context, job, options);
  return job.succeeded === job.operations ? exitCodes.ok : exitCodes.operationsFailed;
}

async function sendTable(
  context: CommandContext,
  api: ApiClient,
  path: string,
  options: TableCommandOptions,
): Promise<Acceptance> {
  const [size] = await inspectInputs([path]);
  const source = await openInput(path, context);
  const { name, idempotencyKey, progress } = options;
  const contentType = mediaTypeOfRows(rowFormatOf(path, options));
  const query = { ...toTableQuery(options), name };
  try {
    return await sendUpload(api, source, size, { contentType, query, idempotencyKey, progress }, context.messages);
  } finally {
    source.close();
  }
}

function toPart({ format, outcome, spreadsheetSafe, bareNumbers }: TableCommandOptions): ResultsPart {
  return {
    format,
    outcome,
    spreadsheet_safe: spreadsheetSafe,
    results: bareNumbers === true ? 'number' : undefined,
  };
}

async function report({ messages }: CommandContext, job: JobDocument, options: TableCommandOptions): Promise<void> {
  if (options.quiet === true) return;
  const counts = { rows: job.operations, failed: job.operations - job.succeeded };
  await messages.line(formatTableReport(counts, readTotals(job.totals) ?? {}));
}
