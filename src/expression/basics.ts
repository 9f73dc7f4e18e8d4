/** Exports that other modules need before the engine is loaded, or without it; `index.ts` has all of them too. */
export { ByteBuffer } from './byte-buffer.ts';
export { engineVersion } from './engine-version.ts';
export type { EvaluationSettings, LineEvaluator } from './line-evaluator.ts';
export * from './limits.ts';
export { numberModes } from './number-mode.ts';
export type { NumberMode } from './number-mode.ts';
