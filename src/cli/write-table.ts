import type { ChunkEvaluator, ResultSlice, TablePlan } from '../engine/index.ts';
import { costMax } from '../expression/index.ts';
import { createTableWriter, describeTotals, formatsOf, type ResultWriter } from '../formats/index.ts';
import { joinColumnTotals, type ColumnTotals } from '../jobs/index.ts';
import { planTable } from '../tables/index.ts';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from './exit-codes.ts';
import { gatherWrites } from './gather-writes.ts';
import { nameOf, openInput, type InputSource } from './input-source.ts';
import { mapInOrder } from './map-in-order.ts';
import type { ResultSink } from './output-file.ts';
import { createProgress, type Progress } from './progress.ts';
import type { InputChunk } from './split-in-pauses.ts';
import { readTable, type TableReading } from './read-table.ts';
import { toTableOptions, rowFormatOf } from './table-options.ts';
import type { TableCommandOptions } from './table-command-options.ts';
import { formatTableReport } from './table-report.ts';
import { withSink } from './with-sink.ts';

/** Chunks that are being evaluated, or wait behind one that is, for each thread: enough to keep all busy despite a slow chunk. */
const chunksPerThread = 16;

type Evaluate = ChunkEvaluator['evaluate'];

/** Plan, counts and totals when all rows are written. */
interface TableEnd {
  readonly plan: TablePlan;
  readonly rows: number;
  readonly failed: number;
  readonly totals: readonly ColumnTotals[];
}

/** Writes the rows of the file at `path`, of which `size` is the length where it is known, with the results of the formulas. */
export async function writeTable(
  context: CommandContext,
  evaluate: Evaluate,
  path: string,
  size: number | undefined,
  options: TableCommandOptions,
): Promise<ExitCode> {
  const source = await openInput(path, context);
  try {
    const end = await withSink(context, options.output, path, async (sink) => {
      const gathered = gatherWrites(sink);
      const found = await withProgress(context, size, options, (progress) =>
        writeRows(gathered, source, evaluate, options, progress),
      );
      await gathered.end();
      return found;
    });
    await report(context, end, options);
    return end.failed === 0 ? exitCodes.ok : exitCodes.operationsFailed;
  } finally {
    source.close();
  }
}

/** Rows that scroll over the same terminal would tear the bar apart. */
async function withProgress<Result>(
  { output, messages }: CommandContext,
  total: number | undefined,
  options: TableCommandOptions,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const isWanted = options.progress && (options.output !== undefined || !output.isTerminal);
  const progress = createProgress(messages, { label: 'Evaluating', unit: 'rows', total, isWanted });
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

async function writeRows(
  sink: ResultSink,
  source: InputSource,
  evaluate: Evaluate,
  options: TableCommandOptions,
  progress: Progress,
): Promise<TableEnd> {
  const format = rowFormatOf(source.path, options);
  const reading = readTable(source.bytes, format, toTableOptions(options, format), options, planTable);
  const slices = mapInOrder(
    reading.chunks,
    (input) => evaluateRows(evaluate, input, planOf(reading), options),
    options.threads * chunksPerThread,
  );
  let writer: ResultWriter | undefined;
  let end: TableEnd | undefined;
  for await (const { slice, bytesRead } of slices) {
    const plan = planOf(reading);
    if (writer === undefined) {
      writer = createWriter(plan, options);
      await sink.write(writer.head);
    }
    await sink.write(writer.write(slice));
    end = addSlice(end, plan, slice);
    progress.update({ done: bytesRead, operations: end.rows });
  }
  if (end === undefined) throw new CommandFailure(`${nameOf(source.path)} has no rows`);
  return end;
}

function planOf({ plan }: TableReading): TablePlan {
  // The reading throws where there is no plan, before its first chunk.
  if (plan === undefined) throw new Error('a table has a chunk before its head');
  return plan;
}

function createWriter({ table }: TablePlan, { format, outcome, spreadsheetSafe, bareNumbers }: TableCommandOptions) {
  const formats = formatsOf(table);
  const wanted = format ?? formats[0];
  if (wanted === undefined || !formats.includes(wanted)) {
    throw new CommandFailure(`--format: this table can be written as ${formats.join(', ')}, and not as ${wanted}`);
  }
  return createTableWriter(
    table,
    wanted,
    { filter: outcome === 'all' ? undefined : outcome, limit: undefined },
    { isSpreadsheetSafe: spreadsheetSafe === true, hasBareNumbers: bareNumbers === true },
  );
}

function addSlice(before: TableEnd | undefined, plan: TablePlan, { count, outcomes }: ResultSlice): TableEnd {
  return {
    plan,
    rows: (before?.rows ?? 0) + count,
    failed: (before?.failed ?? 0) + outcomes.failed,
    totals: joinColumnTotals(before?.totals ?? [], outcomes.totals ?? []),
  };
}

async function evaluateRows(
  evaluate: Evaluate,
  { chunk, bytesRead }: InputChunk,
  { table }: TablePlan,
  { mode, precision }: TableCommandOptions,
): Promise<{ readonly slice: ResultSlice; readonly bytesRead: number }> {
  const { firstLine, count, text, faults } = chunk;
  const outcomes = await evaluate({
    jobId: 'table',
    firstLine,
    count,
    mode,
    precision,
    text,
    faults,
    attempt: 1,
    // Each row has its own bound; the whole has none, since the user can stop it.
    costMax: count * costMax,
    table: table.program,
  });
  return {
    slice: { firstLine, count, fromLine: firstLine, toLine: firstLine + count - 1, outcomes, chunk },
    bytesRead,
  };
}

async function report(
  { messages }: CommandContext,
  { plan, rows, failed, totals }: TableEnd,
  options: TableCommandOptions,
): Promise<void> {
  if (options.quiet === true) return;
  await messages.line(formatTableReport({ rows, failed }, describeTotals(plan.table.program, totals, options)));
}
