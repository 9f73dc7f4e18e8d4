import { createEvaluatorPool } from '../../evaluator-pool/index.ts';
import type { ChunkEvaluator, ResultSlice } from '../../engine/index.ts';
import { costMax, type EvaluationSettings } from '../../expression/index.ts';
import { createResultWriter, type ResultFormat } from '../../formats/index.ts';
import { chunkLinesMax } from '../../jobs/index.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { guessInputFormat, openInput, type InputFormat, type InputSource } from '../input-source.ts';
import { mapInOrder } from '../map-in-order.ts';
import { createProgress, type Progress } from '../progress.ts';
import { readChunks, type InputChunk } from '../read-chunks.ts';

/** Chunks that are being evaluated, or wait behind one that is, for each thread: enough to keep all busy beside a slow chunk. */
const chunksPerThread = 16;

export interface RunOptions extends EvaluationSettings {
  readonly input?: InputFormat;
  readonly format: ResultFormat;
  readonly threads: number;
  readonly progress: boolean;
}

/** `mathmill run`: a file or standard input, evaluated in this process, results in order to standard output. */
export async function runCommand(context: CommandContext, path: string, options: RunOptions): Promise<ExitCode> {
  const source = await openInput(path, context);
  const pool = createEvaluatorPool({}, { threads: options.threads });
  // Results that scroll over the same terminal would tear the bar apart.
  const isWanted = options.progress && !context.output.isTerminal;
  const progress = createProgress(context.messages, {
    label: 'Evaluating',
    unit: 'operations',
    total: source.size,
    isWanted,
  });
  try {
    await pool.start();
    return await writeResults(context, source, pool, options, progress);
  } finally {
    progress.stop();
    source.close();
    await pool.stop();
  }
}

async function writeResults(
  { output }: CommandContext,
  source: InputSource,
  pool: ChunkEvaluator,
  options: RunOptions,
  progress: Progress,
): Promise<ExitCode> {
  const writer = createResultWriter(options.format, { filter: undefined, limit: undefined });
  const slices = mapInOrder(
    readChunks(source.bytes, options.input ?? guessInputFormat(source.path)),
    (input) => evaluateChunk(pool, input, options),
    options.threads * chunksPerThread,
  );
  let operations = 0;
  let failed = 0;
  if (writer.head !== '') await output.write(writer.head);
  for await (const { slice, bytesRead } of slices) {
    await output.write(writer.write(slice));
    operations += slice.count;
    failed += slice.outcomes.failed;
    progress.update({ done: bytesRead, operations });
  }
  return failed === 0 ? exitCodes.ok : exitCodes.operationsFailed;
}

async function evaluateChunk(
  pool: ChunkEvaluator,
  { chunk, bytesRead }: InputChunk,
  { mode, precision }: EvaluationSettings,
): Promise<{ readonly slice: ResultSlice; readonly bytesRead: number }> {
  const { firstLine, count, text, faults } = chunk;
  const outcomes = await pool.evaluate({
    jobId: 'run',
    firstLine,
    count,
    mode,
    precision,
    text,
    faults,
    attempt: 1,
    // Each line has its own bound; the whole has none, since whoever runs it can stop it.
    costMax: chunkLinesMax * costMax,
  });
  const toLine = firstLine + count - 1;
  return { slice: { firstLine, count, fromLine: firstLine, toLine, outcomes, chunk }, bytesRead };
}
