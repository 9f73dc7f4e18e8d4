import { ProblemError } from '../../api/errors.ts';
import { FaultText } from '../../parts/fault-text.tsx';
import { check } from './check.ts';
import { formulas } from './form-state.ts';
import { readFormulas } from './formulas.ts';

/** The fault that the server found in a formula, under its place. */
export function FormulaFault() {
  const { value } = check;
  if (value.kind !== 'failed' || !(value.error instanceof ProblemError)) return null;
  const { formula, column, end_column: endColumn, detail } = value.error.problem;
  const written = formula === undefined ? undefined : readFormulas(formulas.value)[formula - 1];
  if (written === undefined) return null;
  return (
    <div class="fault-box" role="alert">
      <FaultText text={written.text} column={column} endColumn={endColumn} />
      <p>
        Line {written.line}: {detail}
      </p>
    </div>
  );
}

/** Whether the error is shown under the formulas, and nowhere else. */
export function isFormulaFault(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.formula !== undefined;
}
