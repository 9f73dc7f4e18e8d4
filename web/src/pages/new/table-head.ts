/** The columns of a table from its first bytes, found by the same code as on the server. */
import { CsvHeadReader } from '../../../../src/jobs/table/csv-head.ts';
import type { HeadReader } from '../../../../src/jobs/table/head-reader.ts';
import { JsonHeadReader } from '../../../../src/jobs/table/json-head.ts';
import type { Delimiter } from '../../../../src/jobs/table/table.ts';
import type { UploadFormat } from './detect-format.ts';

export type HeadResult =
  | { readonly kind: 'head'; readonly columns: readonly string[]; readonly delimiter: Delimiter | undefined }
  | { readonly kind: 'fault'; readonly message: string }
  /** Nothing to read yet, or no table. */
  | { readonly kind: 'none' };

export interface HeadOptions {
  readonly format: UploadFormat;
  /** Undefined: as the first row shows. */
  readonly delimiter: Delimiter | undefined;
  readonly hasHeader: boolean;
}

/** `isEnd`: the bytes are the whole file. */
export function readHead(bytes: Uint8Array, isEnd: boolean, options: HeadOptions): HeadResult {
  if (options.format === 'lines' || bytes.length === 0) return { kind: 'none' };
  const reader = createReader(options);
  if (!reader.read(bytes, isEnd)) return { kind: 'none' };
  if (reader.fault !== undefined) return { kind: 'fault', message: reader.fault };
  if (reader.head === undefined) return { kind: 'none' };
  const { columns, delimiter, format } = reader.head;
  return { kind: 'head', columns, delimiter: format === 'csv' ? delimiter : undefined };
}

function createReader({ format, delimiter, hasHeader }: HeadOptions): HeadReader {
  if (format === 'ndjson') return new JsonHeadReader();
  return new CsvHeadReader({ delimiter: format === 'tsv' ? '\t' : delimiter, hasHeader });
}
