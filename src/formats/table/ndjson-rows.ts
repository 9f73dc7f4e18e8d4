import type { Table } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { putJsonString } from './json-bytes.ts';
import { createJsonMembers, writeJsonResult } from './json-results.ts';
import { cellOutcomes, errorsByName, toErrorObject } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { SliceRows } from './slice-rows.ts';

const beforeId = Buffer.from('{"id":"');
const beforeRequest = Buffer.from('","request":');
const beforeResults = Buffer.from(',"results":{');
const rowEnd = Buffer.from('}}\n');

/**
 * The rows of a CSV or TSV file as one object per row: `{"id", "request", "results": {total: "2.5"}}`, with `errors` by formula
 * when some failed, or with `error` when the row as a whole did.
 */
export function createNdjsonRows({ program: { formulas } }: Table, hasBareNumbers: boolean): RowFormat {
  const putMembers = createJsonMembers(formulas, hasBareNumbers);

  function putFailure(rows: SliceRows, sink: ByteSink): void {
    const outcome = rows.readOutcome();
    const members = cellOutcomes(outcome, formulas).map(
      (cell, index) => `${JSON.stringify(formulas[index]?.name)}:${writeJsonResult(cell, hasBareNumbers)}`,
    );
    const failure =
      outcome.kind === 'error'
        ? `"error":${JSON.stringify(toErrorObject(outcome.error))}`
        : `"errors":${JSON.stringify(errorsByName(outcome.cells, formulas))}`;
    sink.putText(`${members.join(',')}},${failure}}\n`);
  }

  return {
    head: new Uint8Array(0),
    hasRequests: true,
    isOutcomeEncoding: false,
    write(rows, sink) {
      sink.putBytes(beforeId);
      sink.putAscii(String(rows.line));
      sink.putBytes(beforeRequest);
      if (rows.isUtf8) putJsonString(rows.text, rows.start, rows.contentEnd, sink);
      else sink.putText(JSON.stringify(rows.readText()));
      sink.putBytes(beforeResults);
      if (rows.isFailed) return putFailure(rows, sink);
      putMembers(rows, sink);
      sink.putBytes(rowEnd);
    },
  };
}
