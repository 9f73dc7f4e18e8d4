/**
 * Evaluates the lines of a chunk into the outcome encoding. Synchronous and free of threads: the worker threads of the
 * pool, the command line and the simulation all come down to this one loop, so an outcome is the same wherever it was made.
 */
import { invariant, type RequestMessage } from '../engine/basics.ts';
import {
  ByteBuffer,
  engineVersion,
  numberModes,
  precisionMax,
  precisionMin,
  type EvaluationSettings,
  type LineEvaluator,
} from '../expression/basics.ts';
import {
  countErrors,
  encodeErrorLine,
  lineFeed,
  type ChunkOutcomes,
  type EvaluationMode,
  type LineFault,
  type OutcomeError,
} from '../jobs/index.ts';
import { LastLine } from './last-line.ts';

/** The error of lines beyond the job's budget; it has no place in the line. */
export const budgetError: OutcomeError = {
  code: 'BUDGET',
  message: "The job's computation budget is used up; this line was not evaluated.",
  column: 0,
  endColumn: 0,
};

/** Lines to evaluate: `count` of them, the first at `text[start]`, each ended by LF. */
export interface LineRun {
  readonly text: Uint8Array;
  readonly start: number;
  /** 1-based number of the first line in the job. */
  readonly firstLine: number;
  readonly count: number;
  readonly faults: readonly LineFault[];
  /** Cost units: once the lines before it used this many, a line gets BUDGET. */
  readonly costMax: number;
}

/** How far a run came: `count` lines, whose text ends before `end`. */
export interface LineRunResult {
  readonly count: number;
  readonly end: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cost: number;
}

export interface LineRunWatch {
  /** Called with the 0-based index of each line within the run before it is evaluated. */
  beforeLine(index: number): void;
  /** Called now and then, never before the first line: true ends the run early. */
  isOver(): boolean;
}

/** `isOver` usually reads a clock, which costs as much as a tenth of a short line: it is called once in this number of lines … */
export const linesPerQuestion = 8;
/** … or after this many cost units, about a tenth of a millisecond. */
export const costPerQuestion = 2_000;

/** Appends the outcome of each line to `output`. */
export function evaluateLines(
  run: LineRun,
  evaluator: LineEvaluator,
  output: ByteBuffer,
  watch?: LineRunWatch,
): LineRunResult {
  const { text, firstLine, count, costMax } = run;
  const faults = run.faults.length === 0 ? undefined : new Map(run.faults.map((fault) => [fault.line, fault]));
  const last = new LastLine(text);
  let start = run.start;
  let index = 0;
  let failed = 0;
  let cost = 0;
  let questionLine = linesPerQuestion;
  let questionCost = costPerQuestion;
  while (index < count) {
    const end = findLineFeed(text, start);
    watch?.beforeLine(index);
    const refusal = faults?.get(firstLine + index) ?? (cost < costMax ? undefined : budgetError);
    if (refusal !== undefined) {
      failed += 1;
      writeErrorLine(refusal, output);
    } else {
      if (last.isSame(start, end)) last.repeat(output);
      else evaluateLine(text, start, end, evaluator, output, last);
      cost += last.cost;
      if (last.hasFailed) failed += 1;
    }
    start = end + 1;
    index += 1;
    if (watch !== undefined && (index === questionLine || cost >= questionCost)) {
      if (watch.isOver()) break;
      questionLine = index + linesPerQuestion;
      questionCost = cost + costPerQuestion;
    }
  }
  return { count: index, end: start, succeeded: index - failed, failed, cost };
}

function evaluateLine(
  text: Uint8Array,
  start: number,
  end: number,
  evaluator: LineEvaluator,
  output: ByteBuffer,
  last: LastLine,
): void {
  const outcomeStart = output.length;
  const error = evaluator.evaluateBytes(text, start, end, output);
  if (error === undefined) output.writeByte(lineFeed);
  else writeErrorLine(error, output);
  last.note(start, end, outcomeStart, output);
  last.cost = evaluator.cost;
  last.hasFailed = error !== undefined;
}

/** The outcomes of a whole chunk, evaluated synchronously on the calling thread. */
export function evaluateChunk(request: RequestMessage, evaluator: LineEvaluator): ChunkOutcomes {
  const output = new ByteBuffer();
  const { succeeded, failed, cost } = evaluateLines({ ...request, start: 0 }, evaluator, output);
  const text = output.view().slice();
  return { succeeded, failed, ...errorsOf(text, failed), cancelled: 0, cost, engine: engineVersion, text };
}

/** The error counts of a chunk, absent when nothing failed. */
export function errorsOf(text: Uint8Array, failed: number): Pick<ChunkOutcomes, 'errors'> {
  return failed === 0 ? {} : { errors: countErrors(text, failed) };
}

/** The settings of the expression engine for a job. A mode or precision that it does not know is a programming error. */
export function evaluationSettings({ mode: name, precision }: EvaluationMode): EvaluationSettings {
  const mode = numberModes.find((mode) => mode === name);
  invariant(mode !== undefined, 'the number mode is known');
  invariant(
    Number.isInteger(precision) && precision >= precisionMin && precision <= precisionMax,
    'the precision is an integer within the bounds',
  );
  return { mode, precision };
}

export function writeErrorLine(error: OutcomeError, output: ByteBuffer): void {
  output.writeText(encodeErrorLine(error));
}

/** Lines are short as a rule: looking at the first bytes here is faster than a call into the host. */
function findLineFeed(text: Uint8Array, start: number): number {
  const near = Math.min(start + 64, text.length);
  for (let position = start; position < near; position += 1) if (text[position] === lineFeed) return position;
  const position = text.indexOf(lineFeed, near);
  invariant(position >= 0, 'each line of a chunk ends with LF');
  return position;
}
