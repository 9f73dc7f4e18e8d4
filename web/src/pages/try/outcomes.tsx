import type { Evaluation, NumberMode } from '../../api/types.ts';
import { FaultText } from '../../parts/fault-text.tsx';
import { UserText } from '../../parts/user-text.tsx';
import type { EvaluatedExpression } from './evaluations.ts';
import { commonError, type ModeOutcome } from './outcome.ts';

const modeNotes: Readonly<Record<NumberMode, string>> = {
  decimal: 'Exact decimal digits, rounded to the precision',
  float64: 'As in JavaScript, C and spreadsheets',
  rational: 'Exact fractions',
  bigint: 'Integers of any size',
};

export interface OutcomesProps {
  readonly evaluated: EvaluatedExpression | undefined;
  /** The outcomes are those of what was typed before. */
  readonly isPending: boolean;
}

export function Outcomes({ evaluated, isPending }: OutcomesProps) {
  return (
    <div class="try-outcomes" role="status" aria-label="Result" aria-busy={isPending}>
      {evaluated === undefined ? (
        <p class="muted">Type an expression, or choose an example below.</p>
      ) : (
        <Evaluated {...evaluated} />
      )}
    </div>
  );
}

function Evaluated({ expression, outcomes }: EvaluatedExpression) {
  const error = commonError(outcomes);
  if (error !== undefined) return <ErrorCard title="In every mode" expression={expression} error={error} />;
  return (
    <div class="try-modes">
      {Array.from(outcomes, ([mode, outcome]) => (
        <OutcomeCard key={mode} mode={mode} expression={expression} outcome={outcome} />
      ))}
    </div>
  );
}

interface OutcomeCardProps {
  readonly mode: NumberMode;
  readonly expression: string;
  readonly outcome: ModeOutcome;
}

function OutcomeCard({ mode, expression, outcome }: OutcomeCardProps) {
  switch (outcome.kind) {
    case 'error':
      return <ErrorCard title={mode} expression={expression} error={outcome.error} />;
    case 'problem':
      return (
        <section class="try-card">
          <h2>{mode}</h2>
          <p class="error-text">{outcome.message}</p>
        </section>
      );
    case 'result':
      return (
        <section class="try-card">
          <h2>{mode}</h2>
          <p class="try-result mono">
            <UserText text={outcome.result} />
          </p>
          <p class="muted try-note">{modeNotes[mode]}</p>
        </section>
      );
  }
}

interface ErrorCardProps {
  readonly title: string;
  readonly expression: string;
  readonly error: NonNullable<Evaluation['error']>;
}

function ErrorCard({ title, expression, error }: ErrorCardProps) {
  return (
    <section class="try-card">
      <h2>{title}</h2>
      <FaultText text={expression} column={error.column} endColumn={error.end_column} />
      <p class="error-text">
        <strong>{error.code}</strong> <UserText text={error.message} />
      </p>
    </section>
  );
}
