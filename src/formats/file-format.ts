/** Results of several files in one stream: line numbers restart in each, so every line names its file first. */
import { quoteCell } from './csv-format.ts';
import type { LineFormat } from './line-format.ts';
import type { ResultFormat } from './result-format.ts';

/** The format with a first column `file` in CSV and a first member `file` in NDJSON. Text has no place for it. */
export function nameFile(name: ResultFormat, format: LineFormat, file: string): LineFormat {
  if (name === 'csv') return putFirst(format, `file,${format.head}`, (line) => `${quoteCell(file)},${line}`);
  if (name === 'ndjson') {
    return putFirst(format, format.head, (line) => `{"file":${JSON.stringify(file)},${line.slice('{'.length)}`);
  }
  return format;
}

function putFirst(format: LineFormat, head: string, rewrite: (line: string) => string): LineFormat {
  return {
    head,
    hasRequests: format.hasRequests,
    begin(requests, outcomes) {
      const chunkFormat = format.begin(requests, outcomes);
      return {
        result: (...given) => rewrite(chunkFormat.result(...given)),
        error: (...given) => rewrite(chunkFormat.error(...given)),
      };
    },
  };
}
