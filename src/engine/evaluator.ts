/**
 * Evaluator: takes request chunks from the bus, has them evaluated, sends the outcomes back. A request that comes twice
 * while it is being evaluated is evaluated once.
 */
import type { ChunkOutcomes } from '../jobs/index.ts';
import { silentObserver, type EngineObserver } from './observer.ts';
import type { ChunkEvaluator, OperationBus, RequestMessage, Subscription } from './ports.ts';

export interface EvaluatorDependencies {
  readonly bus: OperationBus;
  readonly chunkEvaluator: ChunkEvaluator;
  /** Default: nobody. */
  readonly observer?: EngineObserver;
}

export interface EvaluatorOptions {
  /** Requests in the hands of the evaluator at once. */
  readonly concurrency: number;
}

export interface Evaluator {
  start(): void;
  stop(): Promise<void>;
}

export function createEvaluator(dependencies: EvaluatorDependencies, options: EvaluatorOptions): Evaluator {
  const { bus, chunkEvaluator, observer = silentObserver } = dependencies;
  const underWay = new Map<string, Promise<ChunkOutcomes>>();
  let subscription: Subscription | undefined;

  function evaluateOnce(request: RequestMessage): Promise<ChunkOutcomes> {
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
    const outcomes = await evaluateOnce(request);
    await bus.sendResponses([{ jobId: request.jobId, firstLine: request.firstLine, count: request.count, outcomes }]);
  }

  return {
    start() {
      subscription ??= bus.consumeRequests(handle, options.concurrency);
    },
    async stop() {
      await subscription?.stop();
      subscription = undefined;
    },
  };
}
