/** One expression in every mode: the last request and its results. */
import { useEffect, useState } from 'preact/hooks';
import { requestJson } from '../../api/client.ts';
import { connection } from '../../api/connection.ts';
import { ConnectionLostError, describeError, isAbort } from '../../api/errors.ts';
import type { Evaluations, NumberMode } from '../../api/types.ts';
import { toOutcome, type ModeOutcome } from './outcome.ts';

export interface EvaluatedExpression {
  readonly expression: string;
  readonly outcomes: ReadonlyMap<NumberMode, ModeOutcome>;
}

/** A pause in typing, after which the server is queried. */
const pauseMs = 150;

export interface EvaluationOptions {
  readonly expression: string;
  readonly modes: readonly NumberMode[];
  /** Undefined: as the server has it by default. */
  readonly precision: number | undefined;
}

/** Undefined while nothing was evaluated yet. An older expression stays until the next one has been evaluated. */
export function useEvaluations({ expression, modes, precision }: EvaluationOptions): EvaluatedExpression | undefined {
  const [evaluated, setEvaluated] = useState<EvaluatedExpression>();
  const state = connection.value;
  useEffect(() => {
    if (expression.trim() === '') setEvaluated(undefined);
    if (expression.trim() === '' || modes.length === 0 || state === 'lost') return;
    const aborted = new AbortController();
    const timer = setTimeout(() => {
      void evaluateAll({ expression, modes, precision }, aborted.signal).then((outcomes) => {
        if (outcomes !== undefined && !aborted.signal.aborted) setEvaluated({ expression, outcomes });
      });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      aborted.abort();
    };
  }, [expression, modes, precision, state]);
  return evaluated;
}

/** Undefined when there is no answer to show. */
async function evaluateAll(
  { expression, modes, precision }: EvaluationOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<NumberMode, ModeOutcome> | undefined> {
  const outcomes = await Promise.all(modes.map((mode) => evaluate(expression, mode, precision, signal)));
  const entries = modes.flatMap((mode, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [[mode, outcome] as const];
  });
  return entries.length < modes.length ? undefined : new Map(entries);
}

async function evaluate(
  expression: string,
  mode: NumberMode,
  precision: number | undefined,
  signal: AbortSignal,
): Promise<ModeOutcome | undefined> {
  const options = mode === 'decimal' && precision !== undefined ? { mode, precision } : { mode };
  try {
    const json = { operations: [expression], ...options };
    const { results } = await requestJson<Evaluations>('POST', 'api/evaluate', { json, signal });
    return toOutcome(results[0]);
  } catch (error) {
    if (isAbort(error) || error instanceof ConnectionLostError) return undefined;
    return { kind: 'problem', message: describeError(error) };
  }
}
