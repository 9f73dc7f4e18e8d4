/**
 * Small jobs under load: while a job of 10,000,000 lines runs, jobs of 10 lines are submitted one after the other; each
 * counts from its request until it is seen Completed. Again while the next big job is being uploaded, for upload and
 * evaluation load different threads. Then the same with tables of 10,000,000 rows as big jobs.
 *
 *   node bench/small-beside-big.ts [--lines 10000000] [--rows 10000000] [--tries 200] [--json] [--folder F] [--profile F]
 */
import { join } from 'node:path';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { quantile } from './harness/statistics.ts';
import { uploadTable } from './harness/table-client.ts';
import { totalFormula, writeTableFile } from './harness/table-file.ts';

const numbers = { lines: 10_000_000, rows: 10_000_000, tries: 200 };
type Context = BenchContext<typeof numbers>;

/** How often a small job is polled: part of the measurement, so kept short. */
const smallPollMs = 2;
const bigPollMs = 100;
/** Maximum number of big jobs. One is enough on a quiet machine; on a busy machine fewer samples fit into each. */
const bigJobsMax = 3;
const smallJob = `${Array.from({ length: 10 }, (_, line) => `7 + ${line} + 6 - 5 * 2`).join('\n')}\n`;

/** Times of the tries that began and ended while the big job was in that phase. */
interface Phase {
  readonly name: 'uploading' | 'evaluating';
  readonly milliseconds: number[];
}

interface BigJob {
  /** The unit of `size`. */
  readonly name: string;
  readonly size: number;
  /** Gives the id of the job. */
  readonly upload: () => Promise<string>;
}

async function measure({ resources, numbers, profileFolder, say }: Context) {
  const folder = resources.makeFolder('input');
  const lines = writeLineFile(join(folder, 'lines.txt'), numbers.lines);
  const table = join(folder, 'table.csv');
  writeTableFile(table, numbers.rows);
  const server = await startServer(resources, profileFolder);
  const clients = { big: createBenchClient(server.url), small: createBenchClient(server.url) };

  await trySmallJob(clients.small);
  const alone: number[] = [];
  while (alone.length < numbers.tries / 4) alone.push(await trySmallJob(clients.small));
  const rows = [describe('alone', alone)];
  const bars: Bar[] = [];
  const bigJobs: readonly BigJob[] = [
    { name: 'lines', size: numbers.lines, upload: () => clients.big.uploadFile(lines.path) },
    { name: 'rows', size: numbers.rows, upload: () => uploadTable(server.url, table, totalFormula) },
  ];
  for (const bigJob of bigJobs) {
    const measured = await measureBeside(bigJob, clients, numbers.tries, say);
    rows.push(...measured.rows);
    bars.push(...measured.bars);
  }
  clients.big.close();
  clients.small.close();
  say(formatTable([['10-line jobs, ms', 'tries', 'p50', 'p95', 'p99', 'max'], ...rows.map(toCells)]));
  return { bars, details: { lines: numbers.lines, rows: numbers.rows, smallJobs: rows } };
}

async function measureBeside(
  { name, size, upload }: BigJob,
  clients: { readonly big: BenchClient; readonly small: BenchClient },
  tries: number,
  say: Context['say'],
) {
  const uploading: Phase = { name: 'uploading', milliseconds: [] };
  const evaluating: Phase = { name: 'evaluating', milliseconds: [] };
  const isShort = () => Math.min(uploading.milliseconds.length, evaluating.milliseconds.length) < tries;
  for (let job = 1; isShort() && job <= bigJobsMax; job += 1) {
    const startedAt = performance.now();
    const uploaded = upload();
    await tryWhile(clients.small, uploading, tries, uploaded);
    const running = clients.big.waitUntilCompleted(await uploaded, bigPollMs);
    await tryWhile(clients.small, evaluating, tries, running);
    await running;
    const rate = formatNumber((size * 1000) / (performance.now() - startedAt));
    const counts = `${uploading.milliseconds.length} and ${evaluating.milliseconds.length} tries so far`;
    say(`big job ${job}: ${rate} ${name}/s, ${counts}`);
  }
  const phases = [uploading, evaluating];
  const rows = phases.map((phase) => describe(`${formatNumber(size)} ${name}, ${phase.name}`, phase.milliseconds));
  const bars = phases.map((phase): Bar => ({
    name: `10-line job while one of ${formatNumber(size)} ${name} that is ${phase.name}, p99`,
    measured: quantile(phase.milliseconds, 0.99),
    bar: 100,
    unit: 'ms',
    wanted: 'at most',
  }));
  return { rows, bars };
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
