export {
  budgetError,
  evaluateChunk,
  evaluateLines,
  evaluationSettings,
  type LineRun,
  type LineRunResult,
  type LineRunWatch,
} from './evaluate-chunk.ts';
export { createEvaluatorPool, type EvaluatorPoolDependencies } from './evaluator-pool.ts';
export type { EvaluatorPoolOptions, LinePlace, LossCause, PoolEvent } from './pool-options.ts';
