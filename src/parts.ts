/** What the entry points share: starting and stopping a list of parts, and the parts that every wiring makes alike. */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import {
  createEvaluator,
  pause,
  systemTime,
  type ChunkEvaluator,
  type ContentDigest,
  type EngineObserver,
  type OperationBus,
  type Service,
} from './engine/index.ts';

export const millisecondsPerDay = 24 * 3_600_000;

/** Starts each part in turn; when one fails, what has been started is stopped again and the failure thrown. */
export async function startAll(parts: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  try {
    for (const part of parts) {
      started.unshift(part);
      await part.start();
    }
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Stops each part in turn; one that fails keeps none of the others running. The first failure is thrown at the end. */
export async function stopAll(parts: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) await part.stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/**
 * The Evaluator and what it evaluates with, which stop together: chunks under way may take `graceMs`, and what is not
 * done then is done elsewhere or after the next start.
 */
export function createEvaluation(
  dependencies: {
    readonly bus: OperationBus;
    readonly chunkEvaluator: ChunkEvaluator;
    readonly observer: EngineObserver;
  },
  options: { readonly concurrency: number; readonly graceMs: number },
): Service {
  const evaluator = createEvaluator(dependencies, options);
  return {
    async start() {
      evaluator.start();
    },
    async stop() {
      const finished = evaluator.stop();
      await Promise.race([finished, pause(systemTime, options.graceMs)]);
      await dependencies.chunkEvaluator.stop();
      await finished;
    },
  };
}

export function createDigest(): ContentDigest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}

/**
 * Streams make much garbage of short life, for which V8 lets its nursery grow to 128 MiB a thread. A nursery of its first
 * size is collected more often at the same total cost, and keeps a server below 400 MB whatever it streams.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
