/** Which format results are sent in, and what writes it. */
import type { FastifyRequest } from 'fastify';
import type { JobView } from '../engine/index.ts';
import {
  createResultWriter,
  createTableWriter,
  formatsOf,
  resultMediaTypes,
  type ResultWriter,
  type TableResultFormat,
} from '../formats/index.ts';
import { negotiateFormat } from './negotiation.ts';
import { Problem } from './problems.ts';
import type { ResultsRequestQuery } from './schemas/index.ts';

type Job = Pick<JobView, 'table'>;

/**
 * The format that `format` or else the Accept header requests. Throws a problem when the job has no such one, or when the query has
 * an option that means nothing for it.
 */
export function readResultFormat(
  request: FastifyRequest,
  query: ResultsRequestQuery,
  { table }: Job,
): TableResultFormat {
  const formats = formatsOf(table);
  const format = query.format ?? negotiateFormat(request.headers.accept, formats);
  if (format === undefined) throw new Problem('NOT_ACCEPTABLE', listFormats(formats));
  if (!formats.includes(format)) throw new Problem('NOT_ACCEPTABLE', refuseFormat(format, formats));
  if (query.spreadsheet_safe && format !== 'csv' && format !== 'tsv') {
    const cells = formats.find((other) => other === 'csv' || other === 'tsv');
    const hint = cells === undefined ? 'Leave it out.' : `Add format=${cells}, or leave it out.`;
    throw new Problem('INVALID_PARAMETER', `The query parameter "spreadsheet_safe" is for CSV only. ${hint}`);
  }
  if (query.results === 'number' && (table === undefined || format !== 'ndjson')) {
    const detail = 'The query parameter "results" is for NDJSON of tables only. Leave it out, or add format=ndjson.';
    throw new Problem('INVALID_PARAMETER', detail);
  }
  if (query.objects === 'operations' && format !== 'ndjson') {
    const detail = 'The query parameter "objects" is for NDJSON only. Leave it out, or add format=ndjson.';
    throw new Problem('INVALID_PARAMETER', detail);
  }
  return format;
}

export function createWriter({ table }: Job, format: TableResultFormat, query: ResultsRequestQuery): ResultWriter {
  const { limit, spreadsheet_safe: isSpreadsheetSafe } = query;
  const filter = readFilter(query);
  if (table === undefined) {
    // A job of lines has no TSV.
    return createResultWriter(format === 'tsv' ? 'text' : format, { filter, limit, isSpreadsheetSafe });
  }
  const hasBareNumbers = query.results === 'number';
  const isByOperation = query.objects === 'operations';
  return createTableWriter(table, format, { filter, limit }, { isSpreadsheetSafe, hasBareNumbers, isByOperation });
}

export function readFilter({ outcome }: ResultsRequestQuery): 'succeeded' | 'failed' | undefined {
  return outcome === 'all' ? undefined : outcome;
}

function listFormats(formats: readonly TableResultFormat[]): string {
  const types = formats.map((format) => resultMediaTypes[format]);
  return `Results of this job come as ${join(types)}; or request them with ?format=${join(formats)}.`;
}

function refuseFormat(format: TableResultFormat, formats: readonly TableResultFormat[]): string {
  return `This job has no results as ${format}. Request format=${join(formats)}.`;
}

function join(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
