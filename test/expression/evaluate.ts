import { createLineEvaluator, precisionDefault } from '../../src/expression/index.ts';
import type { LineEvaluator, NumberMode, OperationError } from '../../src/expression/index.ts';

const evaluators = new Map<string, LineEvaluator>();

/** One evaluator for each mode and precision, used again and again as in production. */
export function evaluatorOf(mode: NumberMode, precision = precisionDefault): LineEvaluator {
  const key = `${mode} ${precision}`;
  const known = evaluators.get(key);
  if (known !== undefined) return known;
  const created = createLineEvaluator({ mode, precision });
  evaluators.set(key, created);
  return created;
}

/** The result text, or `CODE column-endColumn`. */
export function answerOf(line: string, mode: NumberMode = 'decimal', precision = precisionDefault): string {
  const outcome = evaluatorOf(mode, precision).evaluateText(line);
  if (outcome.kind === 'result') return outcome.text;
  const { code, column, endColumn } = outcome.error;
  return `${code} ${column}-${endColumn}`;
}

export function errorOf(line: string, mode: NumberMode = 'decimal'): OperationError {
  const outcome = evaluatorOf(mode).evaluateText(line);
  if (outcome.kind === 'result') throw new Error(`${line} has the result ${outcome.text}`);
  return outcome.error;
}
