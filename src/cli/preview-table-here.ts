/** The dry run of a table in this process. */
import { isUtf8 } from 'node:buffer';
import { previewTable, type PreviewVerdict, type TableOptions, type Upload } from '../engine/index.ts';
import { createEvaluatorPool } from '../evaluator-pool/index.ts';
import { describePreview, type PreviewBody } from '../formats/index.ts';
import { planTable } from '../tables/index.ts';
import { CommandFailure } from './exit-codes.ts';
import { nameOf } from './input-source.ts';
import type { TableCommandOptions } from './table-command-options.ts';
import { rowFormatOf, toFailure, toTableOptions } from './table-options.ts';

/** Throws a `CommandFailure` when something is wrong with the table. */
export async function previewTableHere(
  path: string,
  source: AsyncIterable<Uint8Array>,
  options: TableCommandOptions,
): Promise<PreviewBody> {
  const { mode, precision } = options;
  const format = rowFormatOf(path, options);
  const table = toTableOptions(options, format);
  const upload: Upload = { source, format, mode, precision, name: undefined, idempotencyKey: undefined, table };
  const pool = createEvaluatorPool({}, { threads: 1 });
  try {
    await pool.start();
    const verdict = await previewTable({ planTable, chunkEvaluator: pool, isUtf8 }, upload);
    if (verdict.kind === 'preview') return describePreview(verdict.preview, options);
    throw describeRefusal(path, verdict, table);
  } finally {
    await pool.stop();
  }
}

function describeRefusal(
  path: string,
  verdict: Exclude<PreviewVerdict, { kind: 'preview' }>,
  table: TableOptions,
): CommandFailure {
  if (verdict.kind === 'bad-table') return toFailure(verdict.fault, table);
  if (verdict.kind === 'empty') return new CommandFailure(`${nameOf(path)} has no rows`);
  if (verdict.kind === 'not-utf8') {
    return new CommandFailure(`${nameOf(path)} is ${verdict.encoding}; save it as UTF-8 and try again`);
  }
  // Nothing is limited here.
  throw new Error(`a dry run ended with ${verdict.kind}`);
}
