export * from './copy-jobs.ts';
export * from './engine.ts';
export * from './errors.ts';
export { createEvaluator, type Evaluator } from './evaluator.ts';
export { createSplitter, type ContentDigest } from './intake.ts';
export type * from './job-service.ts';
export { silentLogger, type Logger } from './logger.ts';
export * from './ports.ts';
export { systemTime, pause, createPeriodicTask, type PeriodicTask, type Time, type Timer } from './time.ts';
