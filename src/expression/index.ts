/** The expression engine: bytes or text of one line in, a result text or an error with its place out. Pure: no input or output, no clock, no randomness, nothing of the host. */
export { ByteBuffer } from './byte-buffer.ts';
export { constantTable } from './constant-table.ts';
export type { ConstantRow } from './constant-table.ts';
export { errorCodes, errorDescriptions } from './error-codes.ts';
export type { ErrorCode, OperationError } from './error-codes.ts';
export { functionTable } from './function-table.ts';
export type { Example, FunctionRow } from './function-table.ts';
export * from './limits.ts';
export { createLineEvaluator } from './line-evaluator.ts';
export type { EvaluationSettings, LineEvaluator, Outcome } from './line-evaluator.ts';
export { numberModes } from './number-mode.ts';
export type { NumberMode } from './number-mode.ts';
export { operatorTable } from './operator-table.ts';
export type { OperatorRow } from './operator-table.ts';
export { engineVersion } from './engine-version.ts';
