/**
 * An evaluator of rows for tests of the pool: what the first cell of a row says is what it does to the thread or process,
 * before the row is evaluated as usual.
 */
import type { EvaluationMode, RowRun, TableProgram } from '../../src/jobs/index.ts';
import { createRowsEvaluator as createUsual, type RowsEvaluator } from '../../src/tables/index.ts';
import { actions } from './faulty-evaluator.ts';

const decoder = new TextDecoder();

export function createRowsEvaluator(program: TableProgram, mode: EvaluationMode): RowsEvaluator {
  const usual = createUsual(program, mode);
  let run: RowRun | undefined;
  return {
    compileCost: usual.compileCost,
    get end() {
      return usual.end;
    },
    get hasFailed() {
      return usual.hasFailed;
    },
    get cost() {
      return usual.cost;
    },
    open(opened) {
      run = opened;
      usual.open(opened);
    },
    evaluateNext(output, isSpent) {
      const [cell = ''] = decoder.decode(run?.text.subarray(usual.end)).split(/[,\n]/, 1);
      const [action = '', argument = ''] = cell.split(' ');
      actions[action]?.(argument);
      usual.evaluateNext(output, isSpent);
    },
    // Each row must come by the actions.
    evaluatePlain: () => 0,
    readTotals: () => usual.readTotals(),
  };
}
