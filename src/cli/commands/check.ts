import { check, type CheckedStore } from '../../check.ts';
import { readMigrationConfig } from '../../config.ts';
import type { CheckVerdict } from '../../engine/index.ts';
import { keepMemorySmall } from '../../wiring.ts';
import { printable } from '../../printable.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, describeError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { nameOptions, toSettings } from '../option-names.ts';
import { formatCount } from '../text.ts';

export interface CheckOptions {
  readonly dataDir?: string;
  readonly mongodbUri?: string;
  readonly json?: boolean;
}

type Counts = Record<CheckVerdict['kind'], number>;

/** `mathmill check`: reads every job of a store and says whether all are whole. */
export async function checkCommand(context: CommandContext, options: CheckOptions): Promise<ExitCode> {
  keepMemorySmall();
  const given = { DATA_DIR: options.dataDir, MONGODB_URI: options.mongodbUri };
  const reading = readMigrationConfig({ ...context.environment, ...toSettings(given) });
  if (reading.kind === 'invalid') throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
  const isCluster =
    options.dataDir === undefined && (options.mongodbUri ?? context.environment['MONGODB_URI'] ?? '') !== '';
  try {
    const { config } = reading;
    const { dataDirectory } = config;
    return await run(
      context,
      options,
      isCluster ? { kind: 'cluster', settings: config } : { kind: 'standalone', dataDirectory },
    );
  } catch (error) {
    throw new CommandFailure(nameOptions(describeError(error), given), { cause: error });
  }
}

async function run(context: CommandContext, { json }: CheckOptions, store: CheckedStore): Promise<ExitCode> {
  const counts: Counts = { complete: 0, unfinished: 0, incomplete: 0, gone: 0 };
  for await (const { jobId, verdict } of check(store)) {
    counts[verdict.kind] += 1;
    if (verdict.kind !== 'incomplete') continue;
    await context.messages.line(`mathmill: job ${printable(jobId)}: ${printable(verdict.problem)}`);
  }
  const { complete, unfinished, incomplete } = counts;
  await context.output.line(json === true ? JSON.stringify({ complete, unfinished, incomplete }) : describe(counts));
  return incomplete > 0 ? exitCodes.operationsFailed : exitCodes.ok;
}

function describe({ complete, unfinished, incomplete }: Counts): string {
  const jobs = complete + unfinished + incomplete;
  const head = `${formatCount(jobs)} ${jobs === 1 ? 'job' : 'jobs'}: ${formatCount(complete)} complete`;
  const tail = incomplete > 0 ? `${formatCount(incomplete)} incomplete, see above` : 'none incomplete';
  return `${head}, ${formatCount(unfinished)} in progress, ${tail}`;
}
