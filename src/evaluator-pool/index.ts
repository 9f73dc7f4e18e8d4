/** Loads no engine: the threads and processes of the pool do. So a command can start them before it loads its own modules. */
export { createEvaluatorPool, type EvaluatorPoolDependencies } from './evaluator-pool.ts';
export type { EvaluatorPoolOptions, LinePlace, LossCause, PoolEvent } from './pool-options.ts';
