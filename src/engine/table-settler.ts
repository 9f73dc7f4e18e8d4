/** Settles a table while its file is being read: as soon as the splitter knows the head, the formulas are compiled over it. */
import type { EvaluationMode, TableSplitter } from '../jobs/index.ts';
import type { PlanTable, TableFault, TableOptions, TablePlan } from './job-service.ts';

export interface TableSettler {
  readonly splitter: TableSplitter;
  /** Undefined as long as the head is not there, or when it is at fault. */
  readonly plan: TablePlan | undefined;
  /** To be called after each part of the file. Returns what is wrong, as soon as that is known. */
  settle(): TableFault | undefined;
}

export function createTableSettler(
  { splitter, planTable }: { readonly splitter: TableSplitter; readonly planTable: PlanTable },
  options: TableOptions,
  mode: EvaluationMode,
): TableSettler {
  let plan: TablePlan | undefined;

  function settle(): TableFault | undefined {
    if (plan !== undefined) return undefined;
    if (splitter.headFault !== undefined) return { parameter: 'body', message: splitter.headFault };
    if (splitter.head === undefined) return undefined;
    const planned = planTable(splitter.head, options, mode);
    if (planned.kind === 'refused') return planned.fault;
    plan = { table: planned.table, order: planned.order };
    return undefined;
  }

  return {
    splitter,
    get plan() {
      return plan;
    },
    settle,
  };
}
