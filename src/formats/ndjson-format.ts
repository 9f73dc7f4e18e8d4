import type { ChunkFormat, LineFormat } from './line-format.ts';

/** Characters to escape in JSON, within a chunk, where LF only ends lines. Text that was UTF-8 has no lone surrogates. */
// oxlint-disable-next-line no-control-regex -- these are the characters that JSON forbids
const specialInChunk = /["\\\u0000-\u0009\u000b-\u001f]/;

function createChunkFormat(string: (text: string) => string): ChunkFormat {
  const start = (line: number, customId: string | null, request: string): string =>
    customId === null
      ? `{"id":"${line}","request":${string(request)}`
      : `{"id":"${line}","custom_id":${JSON.stringify(customId)},"request":${string(request)}`;
  return {
    result: (line, customId, request, result) => `${start(line, customId, request)},"result":${string(result)}}\n`,
    error(line, customId, request, { code, message, column, endColumn }) {
      const error = column === 0 ? { code, message } : { code, message, column, end_column: endColumn };
      return `${start(line, customId, request)},"error":${JSON.stringify(error)}}\n`;
    },
  };
}

const escapingFormat = createChunkFormat(JSON.stringify);
const plainFormat = createChunkFormat((text) => `"${text}"`);

/** One object per line: `{id, custom_id?, request, result}` or `{id, custom_id?, request, error}`. */
export const ndjsonFormat: LineFormat = {
  head: '',
  hasRequests: true,
  begin: (requests, outcomes) =>
    specialInChunk.test(requests) || specialInChunk.test(outcomes) ? escapingFormat : plainFormat,
};
