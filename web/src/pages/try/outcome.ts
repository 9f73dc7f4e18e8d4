/** The outcome of an expression in one mode. */
import type { Evaluation, NumberMode } from '../../api/types.ts';

export type ModeOutcome =
  | { readonly kind: 'result'; readonly result: string }
  | { readonly kind: 'error'; readonly error: NonNullable<Evaluation['error']> }
  /** The request itself failed: a wrong precision, a busy server. */
  | { readonly kind: 'problem'; readonly message: string };

export function toOutcome(evaluation: Evaluation | undefined): ModeOutcome | undefined {
  if (evaluation?.error !== undefined) return { kind: 'error', error: evaluation.error };
  return evaluation?.result === undefined ? undefined : { kind: 'result', result: evaluation.result };
}

/** The error that every mode has, such as an unmatched parenthesis: it is shown once. */
export function commonError(outcomes: ReadonlyMap<NumberMode, ModeOutcome>): Evaluation['error'] {
  const [first, ...others] = outcomes.values();
  if (first?.kind !== 'error') return undefined;
  const isSame = (outcome: ModeOutcome): boolean =>
    outcome.kind === 'error' &&
    outcome.error.code === first.error.code &&
    outcome.error.message === first.error.message &&
    outcome.error.column === first.error.column &&
    outcome.error.end_column === first.error.end_column;
  return others.every(isSame) ? first.error : undefined;
}
