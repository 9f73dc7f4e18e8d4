/**
 * Settles a table: reads its formulas, checks every name against the head of the file, and compiles them once to see that
 * they are right. Whatever is wrong is found here, before a row is read.
 */
import type { PlanTable, TableOptions, TablePlan } from '../engine/index.ts';
import { compileTable, parseFormula, type Compilation } from '../expression/index.ts';
import type { Dialect, EvaluationMode, Formula, Table, TableHead, TableProgram } from '../jobs/index.ts';
import { checkNames, errorName } from './check-names.ts';
import { checkOptions } from './check-options.ts';
import { HeadColumns } from './head-columns.ts';
import { refuse, shownName, TableRefusal } from './table-refusal.ts';
import { modeSettings } from './table-settings.ts';

/** A formula, and where its expression begins in the text as given. */
interface ParsedFormula extends Formula {
  readonly textStart: number;
}

type Compiled = Extract<Compilation, { kind: 'compiled' }>;
type Refused = Extract<Compilation, { kind: 'refused' }>;

export const planTable: PlanTable = (head, options, mode) => {
  try {
    return { kind: 'planned', ...plan(head, options, mode) };
  } catch (error) {
    if (error instanceof TableRefusal) return { kind: 'refused', fault: error.fault };
    throw error;
  }
};

function plan(head: TableHead, options: TableOptions, mode: EvaluationMode): TablePlan {
  checkOptions(options);
  const formulas = options.formulas.map(readFormula);
  const columns = new HeadColumns(head);
  checkNames(head, options, formulas, columns);
  const compilation = compile(formulas, columns, options, mode);
  const program: TableProgram = {
    dialect: describeDialect(head, options),
    cells: head.format === 'csv' ? head.columns.length : 0,
    columns: columns.describeUsed(compilation.columns),
    formulas: formulas.map(({ name, text }) => ({ name, text })),
    totals: options.totals.map((name) => name.normalize('NFC')),
    added: addedMembers(head, options, formulas),
  };
  return { table: describeTable(head, options, program), order: compilation.order };
}

function readFormula(given: string, index: number): ParsedFormula {
  const parsed = parseFormula(given);
  if (parsed.kind === 'refused') {
    const { message, column, endColumn } = parsed;
    return refuse('formula', `Formula ${index + 1} is wrong: ${message}`, { formula: index, column, endColumn });
  }
  return { name: parsed.name.normalize('NFC'), text: parsed.text, textStart: parsed.textStart };
}

function compile(
  formulas: readonly ParsedFormula[],
  columns: HeadColumns,
  options: TableOptions,
  mode: EvaluationMode,
): Compiled {
  const compilation = compileTable({
    ...modeSettings(mode),
    cells: options,
    columns,
    formulas,
    totals: options.totals.map((name) => name.normalize('NFC')),
    replaces: options.replaces,
  });
  return compilation.kind === 'compiled' ? compilation : refuseCompilation(compilation, formulas);
}

function refuseCompilation(refused: Refused, formulas: readonly ParsedFormula[]): never {
  const { formula: index, total, message, column, endColumn } = refused;
  if (total !== undefined) refuse('total', message);
  const formula = index === undefined ? undefined : formulas[index];
  if (formula === undefined) return refuse('formula', message);
  const shown = `Formula ${shownName(formula.name)}: ${message}`;
  if (column === 0) return refuse('formula', shown, { formula: index });
  const { textStart } = formula;
  return refuse('formula', shown, { formula: index, column: textStart + column, endColumn: textStart + endColumn });
}

function describeDialect(head: TableHead, options: TableOptions): Dialect {
  const { decimal, group, numbers, missing, missingValues } = options;
  return { format: head.format, delimiter: head.delimiter, decimal, group, numbers, missing, missingValues };
}

function addedMembers(head: TableHead, options: TableOptions, formulas: readonly Formula[]): readonly string[] {
  if (head.format === 'csv' || options.replaces) return [];
  const added = formulas.map(({ name }) => name);
  const errors = errorName(head, options);
  return errors === undefined ? added : [...added, errors];
}

function describeTable(head: TableHead, options: TableOptions, program: TableProgram): Table {
  return {
    program,
    head: head.head,
    lineEnd: head.lineEnd,
    hasHeader: head.hasHeader,
    columns: head.columns,
    replaces: options.replaces,
    errorColumn: options.errorColumn?.normalize('NFC'),
  };
}
