/**
 * Evaluates some chunks before an application is ready: V8 compiles a function only when it has run often, so the first job would
 * be several times as slow as the next.
 */
import type { ChunkEvaluator, RequestMessage, Service } from './engine/index.ts';
import { precisionDefault } from './expression/index.ts';

const chunksPerThread = 24;
const linesPerChunk = 512;
/** Kinds of lines that most jobs consist of. */
const lines = ['12345 + 67890', '19.99 * 3 - 4.5', '(1.5 + 2.25) / 7', 'sqrt(2) * 10 ^ 3', 'max(3, 4.5, -2) % 2'];

export function createWarmUp(chunkEvaluator: ChunkEvaluator, options: { readonly threads: number }): Service {
  return {
    async start() {
      const chunks = Array.from({ length: options.threads * chunksPerThread }, (_, index) => createChunk(index));
      await Promise.all(chunks.map((chunk) => chunkEvaluator.evaluate(chunk)));
    },
    async stop() {},
  };
}

/** As of a job that does not exist: `index` keeps the chunks apart. */
function createChunk(index: number): RequestMessage {
  const text = Array.from({ length: linesPerChunk }, (_, line) => `${lines[line % lines.length]}\n`).join('');
  return {
    jobId: 'warm-up',
    firstLine: 1 + index * linesPerChunk,
    count: linesPerChunk,
    text: Buffer.from(text),
    mode: 'decimal',
    precision: precisionDefault,
    faults: [],
    attempt: 1,
    costMax: Number.MAX_SAFE_INTEGER,
  };
}
