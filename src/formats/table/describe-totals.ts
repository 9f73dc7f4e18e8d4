/** Control totals as users see them: sums and means are exact until they are rounded once, to the mode of the job. */
import { createLineEvaluator, type EvaluationSettings, type NumberMode } from '../../expression/index.ts';
import type { ColumnTotals, EvaluationMode, TableProgram } from '../../jobs/index.ts';

/** Numbers are strings, so that no reader rounds them. `null`: there is no such number, or it has too many digits. */
export interface TotalsBody {
  count: number;
  sum: string | null;
  min: string | null;
  max: string | null;
  mean: string | null;
}

/** By the name of the formula or the input column. `totals` is empty while nothing has been added up. */
export function describeTotals(
  program: TableProgram,
  totals: readonly ColumnTotals[],
  { mode, precision }: EvaluationMode,
): Record<string, TotalsBody> {
  const round = createRounding({ mode: mode as NumberMode, precision });
  const names = [...program.formulas.map(({ name }) => name), ...program.totals];
  const bodies = new Map<string, TotalsBody>();
  for (const [index, column] of totals.entries()) {
    const name = names[index] ?? '';
    // The result of a formula goes before the input column that it replaces.
    if (!bodies.has(name)) bodies.set(name, describeColumn(column, round));
  }
  return Object.fromEntries(bodies);
}

function describeColumn({ count, sum, min, max }: ColumnTotals, round: Rounding): TotalsBody {
  const mean = sum === undefined || count === 0 ? undefined : round(`(${sum}) / ${count}`);
  return {
    count,
    // A number that is longer than a literal may be is shown as it is.
    sum: sum === undefined ? null : (round(sum) ?? sum),
    min: min ?? null,
    max: max ?? null,
    mean: mean ?? null,
  };
}

/** Evaluates a string that says an exact number; undefined when it is too long for that. */
type Rounding = (text: string) => string | undefined;

/** Digits at which a number can be rounded before float64 rounds it, without a difference in any case that occurs. */
const wideDigits = 100;

function createRounding({ mode, precision }: EvaluationSettings): Rounding {
  if (mode === 'decimal') return createEvaluation({ mode, precision });
  // A mean of integers need not be one.
  if (mode !== 'float64') return createEvaluation({ mode: 'rational', precision });
  const wide = createEvaluation({ mode: 'decimal', precision: wideDigits });
  const float64 = createEvaluation({ mode, precision });
  return (text) => {
    const exact = wide(text);
    return exact === undefined ? undefined : float64(exact);
  };
}

function createEvaluation(settings: EvaluationSettings): Rounding {
  const evaluator = createLineEvaluator(settings);
  return (text) => {
    const outcome = evaluator.evaluateText(text);
    return outcome.kind === 'result' ? outcome.text : undefined;
  };
}
