/**
 * Tables without a language: each formula is `name = COLUMN` and stands for the cell of that column, which must be a whole
 * number that 7 does not divide. What is outside of the engine is as small as that, so its tests know each outcome.
 */
import type { PlanTable, RequestMessage, TableOptions } from '../../src/engine/index.ts';
import {
  createRowReader,
  createTotalsCollector,
  encodeCellError,
  countErrors,
  encodeErrorLine,
  type ChunkOutcomes,
  type TableProgram,
} from '../../src/jobs/index.ts';

export function tableOptions(formulas: readonly string[], changes: Partial<TableOptions> = {}): TableOptions {
  return {
    formulas,
    totals: [],
    delimiter: undefined,
    hasHeader: true,
    decimal: '.',
    group: undefined,
    numbers: 'strict',
    missing: 'error',
    missingValues: [],
    replaces: false,
    errorColumn: 'error',
    ...changes,
  };
}

export const planSimpleTable: PlanTable = (head, options) => {
  const formulas = options.formulas.map((formula) => {
    const [name = '', text = ''] = formula.split(' = ');
    return { name, text };
  });
  const names = [...formulas.map(({ text }) => text), ...options.totals];
  const unknown = names.find((name) => !head.columns.includes(name));
  if (unknown !== undefined) {
    const formula = formulas.findIndex(({ text }) => text === unknown);
    return { kind: 'refused', fault: { parameter: 'formula', message: `There is no column "${unknown}".`, formula } };
  }
  const { decimal, group, numbers, missing, missingValues, totals, replaces, errorColumn } = options;
  const { format, delimiter, columns, ...rest } = head;
  return {
    kind: 'planned',
    table: {
      ...rest,
      columns,
      replaces,
      errorColumn,
      program: {
        dialect: { format, delimiter, decimal, group, numbers, missing, missingValues },
        cells: format === 'csv' ? columns.length : 0,
        columns: Array.from(new Set(names), (name) => ({ name, index: columns.indexOf(name) })),
        formulas,
        totals,
        added: [],
      },
    },
    order: formulas.map((_, index) => index),
  };
};

const decoder = new TextDecoder();

/** One encoded cell of the outcome, without a separator. */
export function outcomeOfCell(cell: string): string {
  if (/^[0-9]+$/.test(cell) && Number(cell) % 7 !== 0) return cell;
  const code = /^[0-9]+$/.test(cell) ? 'DIV0' : 'NOT_NUMBER';
  return encodeCellError({ code, message: 'refused', column: 1, endColumn: 2 });
}

export function evaluateSimpleRows(
  { text, firstLine, faults }: RequestMessage,
  program: TableProgram,
  engine: string,
): ChunkOutcomes {
  const { dialect, cells, columns, formulas, totals, added } = program;
  const reader = createRowReader(dialect, cells, columns, added);
  const collector = createTotalsCollector(formulas.length + totals.length);
  const rows: string[] = [];
  let failed = 0;
  const indexOf = (name: string): number => {
    const found = columns.findIndex((column) => column.name === name);
    return dialect.format === 'csv' ? (columns[found]?.index ?? -1) : found;
  };
  reader.open({ text, firstLine, faults });
  while (reader.next()) {
    if (reader.fault !== undefined) {
      failed += 1;
      rows.push(encodeErrorLine(reader.fault));
      continue;
    }
    const { bytes, starts, ends } = reader.cells;
    const outcomes = [...formulas.map((formula) => formula.text), ...totals].map((name, column) => {
      const index = indexOf(name);
      const outcome = outcomeOfCell(decoder.decode(bytes.subarray(starts[index], ends[index])));
      const encoded = new TextEncoder().encode(outcome);
      if (!outcome.startsWith('!')) collector.add(column, encoded, 0, encoded.length);
      return outcome;
    });
    const results = outcomes.slice(0, formulas.length);
    const isFailed = results.some((result) => result.startsWith('!'));
    if (isFailed) failed += 1;
    rows.push(`${isFailed ? '!\t' : ''}${results.join('\t')}\n`);
  }
  const succeeded = rows.length - failed;
  const outcomes = Buffer.from(rows.join(''));
  const errors = failed === 0 ? {} : { errors: countErrors(outcomes, failed) };
  return { succeeded, failed, ...errors, cancelled: 0, cost: 10, engine, totals: collector.read(), text: outcomes };
}
