/**
 * CSV as RFC 4180 quotes it, with LF as the line end: every reader takes it, and so do the line tools of Unix, which
 * would see a CR as part of the last column. Cells are exact: a request that starts with `=` or `-` is written as it is,
 * so import such a file as text. The other format is for spreadsheets, which run such cells as formulas.
 */
import type { ChunkFormat, LineFormat } from './line-format.ts';

const special = /[",\r\n]/;
/** The same within a chunk, where LF only ends lines. */
const specialInChunk = /[",\r]/;

export function quoteCell(cell: string): string {
  return special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function createChunkFormat(cell: (text: string) => string): ChunkFormat {
  return {
    result: (line, customId, request, result) =>
      `${line},${customId === null ? '' : quoteCell(customId)},${cell(request)},${cell(result)},,,\n`,
    error: (line, customId, request, { code, message, column }) =>
      `${line},${customId === null ? '' : quoteCell(customId)},${cell(request)},,${code},${quoteCell(message)},${column === 0 ? '' : column}\n`,
  };
}

const quotingFormat = createChunkFormat(quoteCell);
const plainFormat = createChunkFormat((cell) => cell);

const head = 'id,custom_id,request,result,error_code,error_message,error_column\n';

export const csvFormat: LineFormat = {
  head,
  hasRequests: true,
  begin: (requests, outcomes) =>
    specialInChunk.test(requests) || specialInChunk.test(outcomes) ? quotingFormat : plainFormat,
};

/** First characters of a formula in a spreadsheet (OWASP, "CSV injection"), and the same signs in full width. */
const formulaStart = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;
/** Every spreadsheet reads such a cell as the number that it is. */
const plainNumber = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** Behind an apostrophe a spreadsheet takes every cell as text. */
function guardText(cell: string): string {
  return formulaStart.test(cell) ? `'${cell}` : cell;
}

function guardResult(cell: string): string {
  return plainNumber.test(cell) ? cell : guardText(cell);
}

/** Changes the cells that would be run as formulas. Results that are plain numbers, such as -5, are not. */
function guard(format: ChunkFormat): ChunkFormat {
  return {
    result: (line, customId, request, result) =>
      format.result(line, customId === null ? null : guardText(customId), guardText(request), guardResult(result)),
    error: (line, customId, request, error) =>
      format.error(line, customId === null ? null : guardText(customId), guardText(request), {
        ...error,
        message: guardText(error.message),
      }),
  };
}

const guardedFormat = guard(quotingFormat);

/** CSV whose cells a spreadsheet does not run as formulas. */
export const spreadsheetFormat: LineFormat = { head, hasRequests: true, begin: () => guardedFormat };
