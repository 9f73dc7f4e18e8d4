/** Results as JSON values. */
import { tab, type Formula, type LineOutcome } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import type { SliceRows } from './slice-rows.ts';

/** Results that are JSON values without quotes. Fractions are not. */
const bareValue = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?|true|false)$/;
const quote = 0x22;
const comma = 0x2c;
const nullBytes = Buffer.from('null');

/** A result that is empty, because a cell was missing, and a failed one are null. */
export function writeJsonResult(cell: LineOutcome, hasBareNumbers: boolean): string {
  if (cell.kind === 'error' || cell.text === '') return 'null';
  return hasBareNumbers && bareValue.test(cell.text) ? cell.text : JSON.stringify(cell.text);
}

/** Writes `"total":"2.5","net":"1"` for rows that have all their results. */
export function createJsonMembers(formulas: readonly Formula[], hasBareNumbers: boolean) {
  const names = formulas.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));

  function putResult(bytes: Uint8Array, start: number, end: number, sink: ByteSink): void {
    if (start === end) return sink.putBytes(nullBytes);
    const isBare = hasBareNumbers && bareValue.test(asciiText(bytes, start, end));
    if (!isBare) sink.putByte(quote);
    sink.putSpan(bytes, start, end);
    if (!isBare) sink.putByte(quote);
  }

  return ({ outcomes, outcomeStart, outcomeEnd }: SliceRows, sink: ByteSink): void => {
    let start = outcomeStart;
    for (const [index, name] of names.entries()) {
      if (index > 0) sink.putByte(comma);
      sink.putBytes(name);
      let end = start;
      while (end < outcomeEnd && outcomes[end] !== tab) end += 1;
      putResult(outcomes, start, end, sink);
      start = end + 1;
    }
  };
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
