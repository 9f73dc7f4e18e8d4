/** Table jobs: settles their formulas against the head of the file, and turns rows into outcomes. Pure. */
export { planTable } from './plan-table.ts';
export { createRowsEvaluator, type RowsEvaluator } from './rows-evaluator.ts';
