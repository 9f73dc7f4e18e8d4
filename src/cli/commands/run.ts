import { createEvaluatorPool } from '../../evaluator-pool/index.ts';
import type { ChunkEvaluator, ResultSlice } from '../../engine/index.ts';
import { costMax, type EvaluationSettings } from '../../expression/index.ts';
import { createResultWriter, type ResultFormat, type ResultWriter } from '../../formats/index.ts';
import { chunkLinesMax } from '../../jobs/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import {
  guessInputFormat,
  inspectInputs,
  nameOf,
  openInput,
  type InputFormat,
  type InputSource,
} from '../input-source.ts';
import { mapInOrder } from '../map-in-order.ts';
import { createProgress, type Progress } from '../progress.ts';
import { readChunks } from '../read-chunks.ts';
import type { InputChunk } from '../split-in-pauses.ts';

/** Chunks that are being evaluated, or wait behind one that is, for each thread: enough to keep all busy despite a slow chunk. */
const chunksPerThread = 16;

export interface RunOptions extends EvaluationSettings {
  readonly input?: InputFormat;
  readonly format: ResultFormat;
  readonly threads: number;
  readonly progress: boolean;
}

/**
 * `mathmill run`: files or standard input, evaluated in this process, results in order to standard output. Nothing is
 * evaluated when one of the files cannot be read.
 */
export async function runCommand(
  context: CommandContext,
  paths: readonly string[],
  options: RunOptions,
): Promise<ExitCode> {
  const sizes = await inspectInputs(paths);
  const pool = createEvaluatorPool({}, { threads: options.threads });
  const inputs = new Inputs(context, paths, options);
  // Results that scroll over the same terminal would tear the bar apart.
  const isWanted = options.progress && !context.output.isTerminal;
  const progress = createProgress(context.messages, {
    label: 'Evaluating',
    unit: 'operations',
    total: sumOf(sizes),
    isWanted,
  });
  try {
    await pool.start();
    return await writeResults(context, inputs, pool, options, progress);
  } finally {
    progress.stop();
    inputs.close();
    await pool.stop();
  }
}

/** Undefined where one is not known. */
function sumOf(sizes: readonly (number | undefined)[]): number | undefined {
  return sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
}

/** A chunk of one of the inputs, with what writes its results. */
interface PlacedChunk extends InputChunk {
  readonly writer: ResultWriter;
}

/** The inputs, one after the other, as one sequence of chunks: so small files keep all threads busy too. */
class Inputs {
  readonly #context: CommandContext;
  readonly #paths: readonly string[];
  readonly #options: RunOptions;
  #source: InputSource | undefined;

  constructor(context: CommandContext, paths: readonly string[], options: RunOptions) {
    this.#context = context;
    this.#paths = paths;
    this.#options = options;
  }

  /** Line numbers restart with each input; `bytesRead` counts all of them. */
  async *read(): AsyncGenerator<PlacedChunk, void, void> {
    let bytesBefore = 0;
    for (const path of this.#paths) {
      const writer = this.#createWriter(path);
      let bytesRead: number | undefined;
      for await (const input of this.#readOne(path)) {
        bytesRead = bytesBefore + input.bytesRead;
        yield { ...input, bytesRead, writer };
      }
      if (bytesRead === undefined) throw new CommandFailure(`${nameOf(path)} holds no operations: it is empty`);
      bytesBefore = bytesRead;
    }
  }

  /** With several inputs, each line names its own. */
  #createWriter(path: string): ResultWriter {
    const file = this.#paths.length > 1 ? path : undefined;
    return createResultWriter(this.#options.format, { filter: undefined, limit: undefined, file });
  }

  async *#readOne(path: string): AsyncGenerator<InputChunk, void, void> {
    this.#source = await openInput(path, this.#context);
    yield* readChunks(this.#source.bytes, this.#options.input ?? guessInputFormat(path));
    this.close();
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }
}

async function writeResults(
  { output }: CommandContext,
  inputs: Inputs,
  pool: ChunkEvaluator,
  options: RunOptions,
  progress: Progress,
): Promise<ExitCode> {
  const slices = mapInOrder(
    inputs.read(),
    (input) => evaluateChunk(pool, input, options),
    options.threads * chunksPerThread,
  );
  let operations = 0;
  let failed = 0;
  for await (const { slice, bytesRead, writer } of slices) {
    if (operations === 0 && writer.head.length > 0) await output.write(writer.head);
    await output.write(writer.write(slice));
    operations += slice.count;
    failed += slice.outcomes.failed;
    progress.update({ done: bytesRead, operations });
  }
  return failed === 0 ? exitCodes.ok : exitCodes.operationsFailed;
}

async function evaluateChunk(
  pool: ChunkEvaluator,
  { chunk, bytesRead, writer }: PlacedChunk,
  { mode, precision }: EvaluationSettings,
): Promise<Pick<PlacedChunk, 'bytesRead' | 'writer'> & { readonly slice: ResultSlice }> {
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
    // Each line has its own bound; the whole has none, since the user can stop it.
    costMax: chunkLinesMax * costMax,
  });
  const toLine = firstLine + count - 1;
  return { slice: { firstLine, count, fromLine: firstLine, toLine, outcomes, chunk }, bytesRead, writer };
}
