import { constantTable, createLineEvaluator, type EvaluationSettings } from '../../expression/index.ts';
import type { LineOutcome } from '../../jobs/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { showError } from '../show-error.ts';

export interface EvalOptions extends EvaluationSettings {
  readonly json?: boolean;
}

/** `mathmill eval`: a few expressions, evaluated by this process. */
export async function evalCommand(
  { output, messages }: CommandContext,
  expressions: readonly string[],
  options: EvalOptions,
): Promise<ExitCode> {
  const option = expressions.find(isUnknownOption);
  if (option !== undefined) {
    throw new CommandFailure(`unknown option ${JSON.stringify(option)}; "mathmill help eval" lists the options`);
  }
  const evaluator = createLineEvaluator(options);
  const answers = expressions.map((request) => ({ request, outcome: evaluate(request) }));
  for (const { request, outcome } of answers) {
    if (options.json === true) await output.line(JSON.stringify(toDocument(request, outcome)));
    else if (outcome.kind === 'result') await output.line(outcome.text);
    else await messages.line(showError(request, outcome.error));
  }
  return answers.every(({ outcome }) => outcome.kind === 'result') ? exitCodes.ok : exitCodes.operationsFailed;

  function evaluate(request: string): LineOutcome {
    const lineEnd = /\n/.exec(request);
    if (lineEnd === null) return evaluator.evaluateText(request);
    const column = lineEnd.index + 1;
    const message = 'the operation holds more than one line';
    return { kind: 'error', error: { code: 'SYNTAX', message, column, endColumn: column + 1 } };
  }
}

/** Two signs may begin an expression (`--pi`), but what follows in a mistyped option is no name that expressions know. */
function isUnknownOption(text: string): boolean {
  const name = /^--([a-z][a-z-]*)(?:=|$)/i.exec(text)?.[1];
  return name !== undefined && !constantTable.some((constant) => constant.name === name);
}

/** One line as the API answers it. */
function toDocument(request: string, outcome: LineOutcome): object {
  if (outcome.kind === 'result') return { request, result: outcome.text };
  const { code, message, column, endColumn } = outcome.error;
  return { request, error: column === 0 ? { code, message } : { code, message, column, end_column: endColumn } };
}
