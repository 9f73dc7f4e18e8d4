/** Options of a job or an evaluation, in the query or in a JSON body. */
import { numberModes, precisionDefault } from '../expression/index.ts';
import { Problem } from './problems.ts';

type NumberMode = (typeof numberModes)[number];

interface EvaluationOptions {
  readonly mode?: NumberMode;
  readonly precision?: number;
}

export interface JobOptions extends EvaluationOptions {
  readonly name?: string;
}

/** Throws INVALID_PARAMETER when body and query contradict each other. */
export function mergeEvaluationOptions(query: EvaluationOptions, body: EvaluationOptions) {
  return {
    mode: merge('mode', query.mode, body.mode) ?? numberModes[0],
    precision: merge('precision', query.precision, body.precision) ?? precisionDefault,
  };
}

/** As `mergeEvaluationOptions`, with the name of the job. */
export function mergeJobOptions(query: JobOptions, body: JobOptions) {
  const name = merge('name', query.name, body.name);
  if (name !== undefined) checkJobName(name);
  return { ...mergeEvaluationOptions(query, body), name };
}

function merge<Value>(field: string, ofQuery: Value | undefined, ofBody: Value | undefined): Value | undefined {
  if (ofQuery !== undefined && ofBody !== undefined && ofQuery !== ofBody) {
    const detail = `The body field "${field}" and the query parameter "${field}" differ. Send one of them.`;
    throw new Problem('INVALID_PARAMETER', detail);
  }
  return ofBody ?? ofQuery;
}

/**
 * Control characters (C0, DEL, C1), the separators of lines, the marks that change the direction of text, and halves of
 * surrogate pairs. A name is shown in terminals, logs and lists, where these would move the cursor or reorder the text.
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- these are the characters that are looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

/** Throws INVALID_PARAMETER. */
export function checkJobName(name: string): void {
  const found = unprintable.exec(name);
  if (found === null) return;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw new Problem(
    'INVALID_PARAMETER',
    `The "name" contains U+${code}. Control characters, line separators and direction marks are not allowed.`,
  );
}
