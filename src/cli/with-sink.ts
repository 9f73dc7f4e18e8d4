import type { CommandContext } from './command-context.ts';
import { openOutputFile, type ResultSink } from './output-file.ts';

/**
 * Lends what results are written to: the file `outputPath`, which gets its name when `work` is done, or standard output.
 * When `work` fails, there is no such file, or still the old one.
 */
export async function withSink<Result>(
  { output }: CommandContext,
  outputPath: string | undefined,
  inputPath: string,
  work: (sink: ResultSink) => Promise<Result>,
): Promise<Result> {
  if (outputPath === undefined || outputPath === '-') return work(output);
  const file = await openOutputFile(outputPath, inputPath);
  try {
    const result = await work(file);
    await file.commit();
    return result;
  } finally {
    await file.discard();
  }
}
