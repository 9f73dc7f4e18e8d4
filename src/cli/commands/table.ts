import type { ChunkEvaluator } from '../../engine/index.ts';
import { createEvaluatorPool } from '../../evaluator-pool/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { inspectInputs } from '../input-source.ts';
import type { TableCommandOptions } from '../table-command-options.ts';

/**
 * `mathmill table`: the rows of a file with the results of formulas, evaluated in this process, in the order of the file.
 * The counts and control totals go to standard error.
 */
export async function tableCommand(
  context: CommandContext,
  path: string,
  options: TableCommandOptions,
): Promise<ExitCode> {
  const [size] = await inspectInputs([path]);
  // This thread is busy, too: it cuts the file and writes the rows. Short formulas leave the last of several threads idle.
  const pool = createEvaluatorPool({}, { threads: options.threads, threadsAtStart: Math.max(1, options.threads - 1) });
  // The threads load their modules while this one loads its own and reads the beginning of the file; the first chunk waits
  // for them.
  const starting = pool.start();
  starting.catch(() => undefined);
  const evaluate: ChunkEvaluator['evaluate'] = async (request) => {
    await starting;
    return pool.evaluate(request);
  };
  try {
    const { writeTable } = await import('../write-table.ts');
    return await writeTable(context, evaluate, path, size, options);
  } finally {
    await pool.stop();
  }
}
