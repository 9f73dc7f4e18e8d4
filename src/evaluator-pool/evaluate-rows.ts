/** Evaluates the rows of a table's chunk into the outcome encoding, as evaluate-chunk.ts does it for lines. */
import type { ByteBuffer } from '../expression/index.ts';
import type { ColumnTotals } from '../jobs/index.ts';
import type { RowsEvaluator } from '../tables/index.ts';
import {
  costPerQuestion,
  linesPerQuestion,
  type LineRun,
  type LineRunResult,
  type LineRunWatch,
} from './evaluate-chunk.ts';

/** Rows to evaluate: `count` of them, the first at `text[start]`, the last not beyond the end of `text`. */
export interface RowRun extends LineRun {
  /** The run begins with the first row of its chunk, which is charged with compiling the formulas. */
  readonly isChunkStart: boolean;
}

export interface RowRunResult extends LineRunResult {
  readonly totals: readonly ColumnTotals[];
}

/** Appends the outcome of each row to `output`. */
export function evaluateRows(
  run: RowRun,
  evaluator: RowsEvaluator,
  output: ByteBuffer,
  watch?: LineRunWatch,
): RowRunResult {
  const { count, costMax } = run;
  let cost = run.isChunkStart ? evaluator.compileCost : 0;
  let index = 0;
  let failed = 0;
  let questionRow = linesPerQuestion;
  let questionCost = cost + costPerQuestion;
  evaluator.open(run);
  while (index < count) {
    watch?.beforeLine(index);
    const plain = evaluator.evaluatePlain(output, count - index, costMax - cost);
    if (plain === 0) evaluator.evaluateNext(output, cost >= costMax);
    const rows = Math.max(plain, 1);
    cost += rows * evaluator.cost;
    if (evaluator.hasFailed) failed += 1;
    index += rows;
    if (watch !== undefined && (index >= questionRow || cost >= questionCost)) {
      if (watch.isOver()) break;
      questionRow = index + linesPerQuestion;
      questionCost = cost + costPerQuestion;
    }
  }
  return { count: index, end: evaluator.end, succeeded: index - failed, failed, cost, totals: evaluator.readTotals() };
}
