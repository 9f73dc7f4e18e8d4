/** The errors of a row, as the formats write them. */
import type { Formula, LineOutcome, OutcomeError, RowOutcome } from '../../jobs/index.ts';

/** One outcome for each formula: the error of the row as a whole is that of each. */
export function cellOutcomes(outcome: RowOutcome, formulas: readonly Formula[]): readonly LineOutcome[] {
  return outcome.kind === 'cells' ? outcome.cells : formulas.map(() => outcome);
}

/** For the error column: `total: DIV0 Division by zero.`, several divided by "; ". Empty when there are none. */
export function describeErrors(outcome: RowOutcome, formulas: readonly Formula[]): string {
  if (outcome.kind === 'error') return describeError(outcome.error);
  return outcome.cells
    .flatMap((cell, index) =>
      cell.kind === 'error' ? [`${formulas[index]?.name ?? ''}: ${describeError(cell.error)}`] : [],
    )
    .join('; ');
}

function describeError({ code, message }: OutcomeError): string {
  return `${code} ${message}`;
}

export interface ErrorObject {
  code: string;
  message: string;
  column?: number;
  end_column?: number;
}

/** As every JSON document shows an error. */
export function toErrorObject({ code, message, column, endColumn }: OutcomeError): ErrorObject {
  return { code, message, ...(column === 0 ? {} : { column, end_column: endColumn }) };
}

/** By the name of their formula. */
export function errorsByName(cells: readonly LineOutcome[], formulas: readonly Formula[]): Record<string, ErrorObject> {
  return Object.fromEntries(
    cells.flatMap((cell, index) =>
      cell.kind === 'error' ? [[formulas[index]?.name ?? '', toErrorObject(cell.error)] as const] : [],
    ),
  );
}
