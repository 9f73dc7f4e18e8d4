/**
 * CSV as RFC 4180 quotes it, with LF as the line end: every reader takes it, and so do the line tools of Unix, which
 * would see a CR as part of the last column. Cells are exact: a request that starts with `=` or `-` is written as it is
 * (the usual guard against spreadsheet formulas would change the data), so import such a file as text.
 */
import type { ChunkFormat, LineFormat } from './line-format.ts';

const special = /[",\r\n]/;
/** The same within a chunk, where LF only ends lines. */
const specialInChunk = /[",\r]/;

function quote(cell: string): string {
  return special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function createChunkFormat(cell: (text: string) => string): ChunkFormat {
  return {
    result: (line, customId, request, result) =>
      `${line},${customId === null ? '' : quote(customId)},${cell(request)},${cell(result)},,,\n`,
    error: (line, customId, request, { code, message, column }) =>
      `${line},${customId === null ? '' : quote(customId)},${cell(request)},,${code},${quote(message)},${column === 0 ? '' : column}\n`,
  };
}

const quotingFormat = createChunkFormat(quote);
const plainFormat = createChunkFormat((cell) => cell);

export const csvFormat: LineFormat = {
  head: 'id,custom_id,request,result,error_code,error_message,error_column\n',
  hasRequests: true,
  begin: (requests, outcomes) =>
    specialInChunk.test(requests) || specialInChunk.test(outcomes) ? quotingFormat : plainFormat,
};
