/** Puts the text of a call into one buffer, so that it can be handed to the writer thread without another copy. */
import type { OutcomeRecord } from '../../engine/index.ts';
import { toTotalsFields, type Chunk } from '../../jobs/index.ts';
import type { PackedChunk, PackedChunks, PackedRecord } from './writer-protocol.ts';

function packChunk({ firstLine, count, text, faults, customIds }: Chunk): PackedChunk {
  return {
    firstLine,
    count,
    faults: faults.length === 0 ? null : JSON.stringify(faults),
    customIds: customIds === undefined ? null : JSON.stringify(customIds),
    bytes: text.length,
  };
}

export function packChunks(chunks: readonly Chunk[]): PackedChunks {
  return { chunks: chunks.map(packChunk), texts: joinTexts(chunks.map(({ text }) => text)) };
}

export function packRecord({ jobId, firstLine, count, outcomes }: OutcomeRecord): PackedRecord {
  const { succeeded, failed, cancelled, cost, engine, text } = outcomes;
  const totals = outcomes.totals === undefined ? null : JSON.stringify(toTotalsFields(outcomes.totals));
  const errors = outcomes.errors === undefined ? null : JSON.stringify(outcomes.errors);
  const counts = { succeeded, failed, cancelled, cost };
  return { jobId, firstLine, count, ...counts, errors, engine, totals, bytes: text.length };
}

/** A copy of the strings, one after the other, in memory of its own. */
export function joinTexts(texts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  let position = 0;
  for (const text of texts) {
    joined.set(text, position);
    position += text.length;
  }
  return joined;
}
