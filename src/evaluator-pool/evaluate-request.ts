/** A whole request on the calling thread, with an evaluator of its own: what the pool gives, without threads. */
import type { RequestMessage } from '../engine/index.ts';
import { ByteBuffer, createLineEvaluator, engineVersion } from '../expression/index.ts';
import type { ChunkOutcomes, TableProgram } from '../jobs/index.ts';
import { createRowsEvaluator } from '../tables/index.ts';
import { errorsOf, evaluateChunk, evaluationSettings } from './evaluate-chunk.ts';
import { evaluateRows } from './evaluate-rows.ts';

export function evaluateRequest(request: RequestMessage): ChunkOutcomes {
  const { table } = request;
  if (table !== undefined) return evaluateTableChunk(request, table);
  return evaluateChunk(request, createLineEvaluator(evaluationSettings(request)));
}

function evaluateTableChunk(request: RequestMessage, table: TableProgram): ChunkOutcomes {
  const output = new ByteBuffer();
  const run = { ...request, start: 0, isChunkStart: true };
  const { succeeded, failed, cost, totals } = evaluateRows(run, createRowsEvaluator(table, request), output);
  const text = output.view().slice();
  return { succeeded, failed, ...errorsOf(text, failed), cancelled: 0, cost, engine: engineVersion, totals, text };
}
