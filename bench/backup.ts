/**
 * `mathmill backup` of a standalone server that holds about a gigabyte, while jobs of one line, of 20,000 lines and of
 * 10,000,000 lines are submitted without a pause: how long it takes, many times in a row. Each copy is checked with
 * `mathmill restore --check`: every job in it is complete, or continues when it is restored.
 *
 *   node bench/backup.ts [--megabytes 1000] [--rounds 20] [--lines 10000000] [--json] [--folder F] [--profile F]
 */
import { execFile } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createBenchClient } from './harness/client.ts';
import { writeLineFile, type LineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { median } from './harness/statistics.ts';

const numbers = { megabytes: 1_000, rounds: 20, lines: 10_000_000 };
type Context = BenchContext<typeof numbers>;

/** Least data that is there before the first copy comes from jobs of so many lines. */
const storedLines = 5_000_000;
const middleLines = 20_000;
const pollMs = 100;
const barSeconds = 10;
const megabyte = 1e6;
const root = resolve(import.meta.dirname, '..');

interface Copy {
  readonly seconds: number;
  readonly megabytes: number;
  readonly jobs: number;
  readonly unfinishedJobs: number;
}

interface CopyReport {
  readonly jobs: number;
  readonly unfinished_jobs: number;
  readonly bytes: number;
}

async function measure({ resources, numbers, profileFolder, say }: Context) {
  const folder = resources.makeFolder('input');
  const dataDirectory = resources.makeFolder('data');
  const server = await startServer(resources, profileFolder, { DATA_DIR: dataDirectory });
  await fill(server.url, dataDirectory, writeLineFile(join(folder, 'stored.txt'), storedLines), numbers.megabytes);
  const load = startLoad(server.url, [
    writeLineFile(join(folder, 'one.txt'), 1),
    writeLineFile(join(folder, 'middle.txt'), middleLines),
    writeLineFile(join(folder, 'big.txt'), numbers.lines),
  ]);
  const copies: Copy[] = [];
  for (let round = 1; round <= numbers.rounds; round += 1) {
    const copy = await makeCopy(dataDirectory, join(folder, `copy-${round}.db`));
    copies.push(copy);
    say(
      `copy ${round}: ${copy.seconds.toFixed(1)} s, ${formatNumber(copy.megabytes)} MB, ${formatNumber(copy.jobs)} jobs`,
    );
  }
  const finished = await load.stop();
  const seconds = copies.map((copy) => copy.seconds);
  say(
    formatTable([
      ['copies', 'median, s', 'longest, s', 'jobs that ended meanwhile'],
      [`${copies.length}`, median(seconds).toFixed(1), Math.max(...seconds).toFixed(1), formatNumber(finished)],
    ]),
  );
  const name = `backup of ${formatNumber(numbers.megabytes)} MB under load, the longest of ${copies.length}`;
  const bar = { name, measured: Math.max(...seconds), bar: barSeconds, unit: 's', wanted: 'at most' } as const;
  return { bars: [bar], details: { copies, finished } };
}

/** Runs jobs until the data file is as large as that. */
async function fill(url: string, dataDirectory: string, file: LineFile, megabytes: number): Promise<void> {
  const client = createBenchClient(url);
  const data = join(dataDirectory, 'mathmill.db');
  while (statSync(data).size < megabytes * megabyte) {
    await client.waitUntilCompleted(await client.uploadFile(file.path), pollMs);
  }
  client.close();
}

/** Of each file one job after the other. `stop` returns how many have ended. A failure is thrown there. */
function startLoad(url: string, files: readonly LineFile[]): { stop(): Promise<number> } {
  let isStopping = false;
  async function repeat(file: LineFile): Promise<number> {
    const client = createBenchClient(url);
    let finished = 0;
    while (!isStopping) {
      const id = await client.uploadFile(file.path);
      await client.waitUntilCompleted(id, file.lines === 1 ? 1 : pollMs);
      await client.deleteJob(id);
      finished += 1;
    }
    client.close();
    return finished;
  }
  const repeating = Promise.all(files.map(repeat));
  // It is not awaited before `stop` is called.
  repeating.catch(() => undefined);
  return {
    async stop() {
      isStopping = true;
      return (await repeating).reduce((sum, finished) => sum + finished, 0);
    },
  };
}

async function makeCopy(dataDirectory: string, file: string): Promise<Copy> {
  const startedAt = performance.now();
  const made = await runMathmill('backup', '--data-dir', dataDirectory, file);
  const seconds = (performance.now() - startedAt) / 1_000;
  const checked = await runMathmill('restore', '--check', file);
  if (checked.jobs !== made.jobs) throw new Error(`The copy has ${checked.jobs} jobs, not ${made.jobs}.`);
  rmSync(file);
  return { seconds, megabytes: made.bytes / megabyte, jobs: made.jobs, unfinishedJobs: made.unfinished_jobs };
}

/** Throws when the command fails, as it does for a copy in which a job is incomplete. */
async function runMathmill(...parameters: string[]): Promise<CopyReport> {
  const { stdout } = await promisify(execFile)(
    join(root, 'node_modules', '.bin', 'node'),
    [join(root, 'bin', 'mathmill.mjs'), ...parameters, '--json'],
    { maxBuffer: 1024 * 1024 },
  );
  return JSON.parse(stdout) as CopyReport;
}

await runBench({ name: 'backup', numbers, limitMinutes: 30, measure });
