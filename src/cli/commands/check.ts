import { check } from '../../check.ts';
import type { CheckVerdict } from '../../engine/index.ts';
import type { StorePlace } from '../../store-place.ts';
import { keepMemorySmall } from '../../wiring.ts';
import { printable } from '../../printable.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { withStorePlace, type StorePlaceOptions } from '../store-place.ts';
import { formatCount } from '../text.ts';

export interface CheckOptions extends StorePlaceOptions {
  readonly json?: boolean;
}

type Counts = Record<CheckVerdict['kind'], number>;

/** `mathmill check`: reads every job of a store and says whether all are whole. */
export async function checkCommand(context: CommandContext, options: CheckOptions): Promise<ExitCode> {
  keepMemorySmall();
  return withStorePlace(context, options, (place) => run(context, options, place));
}

async function run(context: CommandContext, { json }: CheckOptions, place: StorePlace): Promise<ExitCode> {
  const counts: Counts = { complete: 0, unfinished: 0, incomplete: 0, gone: 0 };
  for await (const { jobId, verdict } of check(place)) {
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
