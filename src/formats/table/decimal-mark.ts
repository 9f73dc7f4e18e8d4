/** Results have "." as their decimal mark in the outcome encoding; CSV and text show the one of the table. */
import { tab, type Delimiter, type Dialect } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import type { SliceRows } from './slice-rows.ts';

export function writeDecimalMark(result: string, decimal: Dialect['decimal']): string {
  return decimal === '.' ? result : result.replace('.', decimal);
}

/** Copies the results of rows that have all of them, with `delimiter` between them, byte by byte. */
export function createResultBytes(decimal: Dialect['decimal'], delimiter: Delimiter) {
  const translation = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  translation[tab] = delimiter.charCodeAt(0);
  translation['.'.charCodeAt(0)] = decimal.charCodeAt(0);
  return {
    /** By byte of a result: the byte to be written. */
    translation,
    put({ outcomes, outcomeStart, outcomeEnd }: SliceRows, sink: ByteSink): void {
      const bytes = sink.reserve(outcomeEnd - outcomeStart);
      let length = sink.length;
      for (let position = outcomeStart; position < outcomeEnd; position += 1) {
        bytes[length] = translation[outcomes[position] ?? 0] ?? 0;
        length += 1;
      }
      sink.length = length;
    },
  };
}
