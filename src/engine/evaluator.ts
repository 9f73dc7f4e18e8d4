/**
 * Evaluator: takes request chunks from the bus, has them evaluated, sends the outcomes back. A request that is delivered twice
 * while it is being evaluated is evaluated once.
 */
import { noopObserver, type EngineObserver } from './observer.ts';
import type { ChunkEvaluator, EvaluatedChunk, OperationBus, RequestMessage, Subscription } from './ports.ts';
import { createRateCounter } from './rate-counter.ts';
import { systemTime, type Time } from './time.ts';

export interface EvaluatorDependencies {
  readonly bus: OperationBus;
  readonly chunkEvaluator: ChunkEvaluator;
  /** Optional. Default: none. */
  readonly observer?: EngineObserver;
  /** Default: `systemTime`. */
  readonly time?: Time;
}

export interface EvaluatorOptions {
  /** Requests that the evaluator handles concurrently. */
  readonly concurrency: number;
}

/** The current load of an evaluator. */
export interface EvaluationLoad {
  /** Chunks in its hands. */
  readonly chunks: number;
  readonly operationsPerSecond: number;
}

export interface Evaluator {
  start(): void;
  stop(): Promise<void>;
  readLoad(): EvaluationLoad;
}

export function createEvaluator(dependencies: EvaluatorDependencies, options: EvaluatorOptions): Evaluator {
  const { bus, chunkEvaluator, observer = noopObserver, time = systemTime } = dependencies;
  const rate = createRateCounter();
  const underWay = new Map<string, Promise<EvaluatedChunk>>();
  let subscription: Subscription | undefined;

  function evaluateOnce(request: RequestMessage): Promise<EvaluatedChunk> {
    const key = `${request.jobId}:${request.firstLine}`;
    const running = underWay.get(key);
    if (running !== undefined) return running;
    const evaluation = observer
      .evaluation(request, () => chunkEvaluator.evaluate(request))
      .finally(() => underWay.delete(key));
    underWay.set(key, evaluation);
    return evaluation;
  }

  async function handle(request: RequestMessage): Promise<void> {
    const { serviceMs, ...outcomes } = await evaluateOnce(request);
    const { jobId, firstLine, count } = request;
    rate.add(count, time.now());
    await bus.sendResponses([{ jobId, firstLine, count, outcomes, serviceMs }]);
  }

  return {
    start() {
      subscription ??= bus.consumeRequests(handle, options.concurrency);
    },
    async stop() {
      await subscription?.stop();
      subscription = undefined;
    },
    readLoad: () => ({ chunks: underWay.size, operationsPerSecond: rate.read(time.now()) }),
  };
}
