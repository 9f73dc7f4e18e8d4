/**
 * Small jobs beside a big one: while a job of 10,000,000 lines runs, jobs of 10 lines are submitted one after the other; each
 * counts from its request until it is seen Completed. Again while the next big job is being uploaded, for upload and
 * evaluation load different threads.
 *
 *   node bench/small-beside-big.ts [--lines 10000000] [--tries 200] [--json] [--folder F] [--profile F]
 */
import { join } from 'node:path';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { quantile } from './harness/statistics.ts';

const numbers = { lines: 10_000_000, tries: 200 };
type Context = BenchContext<typeof numbers>;

/** How often a small job is asked for: part of what is measured, so kept short. */
const smallPollMs = 2;
const bigPollMs = 100;
/** Big jobs at most. One is enough on a quiet machine; on a busy one fewer tries fit beside each. */
const bigJobsMax = 3;
const smallJob = `${Array.from({ length: 10 }, (_, line) => `7 + ${line} + 6 - 5 * 2`).join('\n')}\n`;

/** Times of the tries that began and ended while the big job was in that phase. */
interface Phase {
  readonly name: 'uploading' | 'evaluating';
  readonly milliseconds: number[];
}

async function measure({ resources, numbers, profileFolder, say }: Context) {
  const input = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), numbers.lines);
  const server = await startServer(resources, profileFolder);
  const bigClient = createBenchClient(server.url);
  const smallClient = createBenchClient(server.url);
  const uploading: Phase = { name: 'uploading', milliseconds: [] };
  const evaluating: Phase = { name: 'evaluating', milliseconds: [] };

  await trySmallJob(smallClient);
  const alone: number[] = [];
  while (alone.length < numbers.tries / 4) alone.push(await trySmallJob(smallClient));

  const bigRates: number[] = [];
  const isShort = () => Math.min(uploading.milliseconds.length, evaluating.milliseconds.length) < numbers.tries;
  while (isShort() && bigRates.length < bigJobsMax) {
    const startedAt = performance.now();
    const upload = bigClient.uploadFile(input.path);
    await tryWhile(smallClient, uploading, numbers.tries, upload);
    const running = bigClient.waitUntilCompleted(await upload, bigPollMs);
    await tryWhile(smallClient, evaluating, numbers.tries, running);
    await running;
    bigRates.push((input.lines * 1000) / (performance.now() - startedAt));
    say(
      `big job ${bigRates.length}: ${uploading.milliseconds.length} and ${evaluating.milliseconds.length} tries so far`,
    );
  }
  bigClient.close();
  smallClient.close();

  const rows = [
    describe('alone', alone),
    describe('while the big job is uploaded', uploading.milliseconds),
    describe('while the big job is evaluated', evaluating.milliseconds),
  ];
  say(formatTable([['10-line jobs, ms', 'tries', 'p50', 'p95', 'p99', 'max'], ...rows.map(toCells)]));
  say(`big jobs beside them: ${bigRates.map(formatNumber).join(', ')} lines/s`);
  const bars = [uploading, evaluating].map(({ name, milliseconds }) => ({
    name: `10-line job beside one of ${formatNumber(input.lines)} lines that is ${name}, p99`,
    measured: quantile(milliseconds, 0.99),
    bar: 100,
    unit: 'ms',
    wanted: 'at most' as const,
  }));
  return { bars, details: { lines: input.lines, bigLinesPerSecond: bigRates, smallJobs: rows } };
}

/** Tries small jobs until there are enough of them, or the big one is through; a try that outlasts it does not count. */
async function tryWhile(client: BenchClient, phase: Phase, tries: number, big: Promise<unknown>): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  big.then(end, end);
  while (!isOver && phase.milliseconds.length < tries) {
    const milliseconds = await trySmallJob(client);
    if (!isOver) phase.milliseconds.push(milliseconds);
  }
}

async function trySmallJob(client: BenchClient): Promise<number> {
  const startedAt = performance.now();
  await client.waitUntilCompleted(await client.uploadText(smallJob), smallPollMs);
  return performance.now() - startedAt;
}

function describe(name: string, values: readonly number[]) {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => quantile(values, share));
  return { name, tries: values.length, p50, p95, p99, max };
}

function toCells({ name, tries, p50, p95, p99, max }: ReturnType<typeof describe>): string[] {
  return [name, `${tries}`, ...[p50, p95, p99, max].map((value) => value?.toFixed(1) ?? '')];
}

await runBench({ name: 'small-beside-big', numbers, limitMinutes: 15, measure });
