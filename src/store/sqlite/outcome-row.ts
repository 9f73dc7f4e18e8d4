/** The columns of the tables `outcome` and `outcome_text`, without the counts. */
import { bytesIn, numberIn, type Row } from './job-row.ts';
import { unpackText } from './packed-text.ts';

/** A tombstone has no engine; in files of an older format its column may say otherwise. */
export const engineColumn = 'iif(cancelled = 0, engine, NULL) AS engine';
/** The columns that `outcomeTextIn` reads. */
export const textColumns = "ifnull(outcome_text.text, x'') AS outcome_text, unpacked_bytes";
export const outcomeColumns = `${engineColumn}, ${textColumns}`;

export function outcomeTextIn(row: Row): Uint8Array {
  const stored = bytesIn(row, 'outcome_text');
  return row['unpacked_bytes'] === null ? stored : unpackText(stored, numberIn(row, 'unpacked_bytes'));
}
