import type { PreviewBody } from '../../formats/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { inspectInputs, openInput } from '../input-source.ts';
import type { TableCommandOptions } from '../table-command-options.ts';
import { mediaTypeOfRows, rowFormatOf, toTableQuery } from '../table-options.ts';
import { formatPreview, hasFailed, readPreview } from '../table-preview.ts';

/**
 * `mathmill table --check`: what would be done, and the first rows with their results. Reads the beginning of the file only.
 * `api`: the server that checks; undefined: this process does, with the same results.
 */
export async function tableCheckCommand(
  context: CommandContext,
  api: ApiClient | undefined,
  path: string,
  options: TableCommandOptions,
): Promise<ExitCode> {
  await inspectInputs([path]);
  const source = await openInput(path, context);
  try {
    const preview = await (api === undefined
      ? previewHere(path, source.bytes, options)
      : previewThere(api, path, source.bytes, options));
    await context.output.line(options.json === true ? JSON.stringify(preview) : formatPreview(preview));
    return preview.rows.some(hasFailed) ? exitCodes.operationsFailed : exitCodes.ok;
  } finally {
    source.close();
  }
}

/** The engine is loaded here alone: a server has its own. */
async function previewHere(
  path: string,
  source: AsyncIterable<Uint8Array>,
  options: TableCommandOptions,
): Promise<PreviewBody> {
  const { previewTableHere } = await import('../preview-table-here.ts');
  return previewTableHere(path, source, options);
}

async function previewThere(
  api: ApiClient,
  path: string,
  body: AsyncIterable<Uint8Array>,
  options: TableCommandOptions,
): Promise<PreviewBody> {
  const request = {
    method: 'POST',
    path: 'api/jobs',
    query: { ...toTableQuery(options), dry_run: true },
    headers: { 'Content-Type': mediaTypeOfRows(rowFormatOf(path, options)) },
    body,
  } as const;
  return api.ask(request, readPreview);
}
