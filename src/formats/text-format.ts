import type { ChunkFormat, LineFormat } from './line-format.ts';

const chunkFormat: ChunkFormat = {
  result: (_line, _customId, _request, result) => `${result}\n`,
  error: (_line, _customId, _request, { code, message, column }) =>
    column === 0 ? `ERROR ${code}: ${message}\n` : `ERROR ${code}: ${message} (column ${column})\n`,
};

/** One line an operation: the result, or `ERROR CODE: message (column N)`. */
export const textFormat: LineFormat = { head: '', hasRequests: false, begin: () => chunkFormat };
