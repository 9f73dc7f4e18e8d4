/**
 * A whole job, end to end: short lines from the first byte sent over HTTP until the job is seen Completed, durable, on a
 * standalone server; compared, in alternating rounds, with, `bc` on the same file and one job a line on graphile-worker and
 * BullMQ. What is not installed is named and left out.
 *
 *   node bench/end-to-end.ts [--lines 1000000] [--rounds 3] [--peer-jobs 20000] [--json] [--folder F] [--profile F]
 *
 * Quiet machine, please: contenders never run at the same time, and whatever else runs spoils the ratios.
 */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile, type LineFile } from './harness/lines.ts';
import { findProgram } from './harness/peer-servers.ts';
import { startBullPeer, startGraphilePeer } from './harness/peers.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { runToEnd } from './harness/resources.ts';
import {
  readThreadTimes,
  startServer,
  subtractThreadTimes,
  type BenchServer,
  type ThreadTimes,
} from './harness/server.ts';
import { median } from './harness/statistics.ts';

const numbers = { lines: 1_000_000, rounds: 3, 'peer-jobs': 20_000 };
type Context = BenchContext<typeof numbers>;

/** How often the client checks whether the job is done: fine enough for 1 %, and too rare to cost as much. */
const pollMs = 10;
/** Jobs that a comparison system does before its clock starts, so that its code is compiled. The server gets no such favor. */
const peerWarmUpJobs = 5_000;
/** The fastest settings found for each peer on two cores; docs/benchmarks.md says what was tried. */
const graphileSettings = { batchSize: 20_000, concurrency: 10, localQueueSize: 5_000 };
const bullSettings = { batchSize: 1_000, concurrency: 100 };

interface Contender {
  readonly name: string;
  /** Times as fast as this one Mathmill has to be. */
  readonly bar: number | undefined;
  /** One round; the rate in lines per second. */
  readonly run: () => Promise<number>;
}

/** Where the time of one job went. */
interface Anatomy {
  readonly milliseconds: number;
  readonly uploadMilliseconds: number;
  readonly threads: ReadonlyMap<string, ThreadTimes>;
}

async function measure(context: Context) {
  const { resources, numbers, say } = context;
  const folder = resources.makeFolder('input');
  const input = writeLineFile(join(folder, 'lines.txt'), numbers.lines);
  const division = writeLineFile(join(folder, 'division.txt'), numbers.lines, 'division');
  say(`${formatNumber(input.lines)} lines, ${formatNumber(input.bytes)} bytes, ${numbers.rounds} rounds`);

  const server = await startServer(resources, context.profileFolder);
  const client = createBenchClient(server.url);
  const anatomies: Anatomy[] = [];
  const contenders: Contender[] = [
    { name: 'mathmill', bar: undefined, run: () => runJob(client, server, input, anatomies) },
    { name: 'mathmill, with divisions', bar: undefined, run: () => runJob(client, server, division) },
    ...(await findBc(context, input)),
    ...(await startGraphileWorker(context, folder)),
    ...(await startBull(context, folder)),
  ];
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 1; round <= numbers.rounds; round += 1) {
    for (const { name, run } of contenders) {
      const rate = await run();
      rates.get(name)?.push(rate);
      say(`round ${round}: ${name} ${formatNumber(rate)} lines/s`);
    }
  }
  client.close();
  return summarize(contenders, rates, anatomies, numbers.lines, say);
}

function summarize(
  contenders: readonly Contender[],
  rates: ReadonlyMap<string, readonly number[]>,
  anatomies: readonly Anatomy[],
  lines: number,
  say: Context['say'],
) {
  const ours = median(rates.get('mathmill') ?? []);
  const results = contenders.map(({ name, bar }) => {
    const all = rates.get(name) ?? [];
    const rate = median(all);
    return { name, bar, rate, ratio: ours / rate, rates: all };
  });
  const rows = results.map(({ name, rate, ratio, rates }) => [
    name,
    formatNumber(rate),
    ratio.toFixed(2),
    rates.map((one) => formatNumber(one)).join(' '),
  ]);
  say(formatTable([['', 'lines/s (median)', 'mathmill is times', 'rounds'], ...rows]));
  const anatomy = summarizeAnatomies(anatomies, lines, say);
  const bars = results.flatMap(({ name, bar, ratio }): Bar[] =>
    bar === undefined
      ? []
      : [{ name: `end to end against ${name}`, measured: ratio, bar, unit: 'times', wanted: 'at least' }],
  );
  return { bars, details: { lines, contenders: results, anatomy } };
}

/** One job on the server; afterwards, not timed, its results are held against the ones known beforehand. */
async function runJob(client: BenchClient, server: BenchServer, input: LineFile, anatomies?: Anatomy[]) {
  const threadsBefore = readThreadTimes(server.process.pid);
  const startedAt = performance.now();
  const id = await client.uploadFile(input.path);
  const acceptedAt = performance.now();
  const job = await client.waitUntilCompleted(id, pollMs);
  const milliseconds = performance.now() - startedAt;
  anatomies?.push({
    milliseconds,
    uploadMilliseconds: acceptedAt - startedAt,
    threads: subtractThreadTimes(readThreadTimes(server.process.pid), threadsBefore),
  });
  const answer = await client.downloadResults(id, 'text');
  const isRight = input.answerDigest === undefined || answer.digest === input.answerDigest;
  if (job.operations !== input.lines || answer.lines !== input.lines || !isRight) {
    throw new Error(`The server has wrong results for ${input.path}`);
  }
  return (input.lines * 1000) / milliseconds;
}

/** Medians over the rounds: how long the upload took, and what each kind of thread of the server did for a line. */
function summarizeAnatomies(anatomies: readonly Anatomy[], lines: number, say: Context['say']) {
  const uploadShare = median(anatomies.map((one) => one.uploadMilliseconds / one.milliseconds));
  const names = new Set(anatomies.flatMap(({ threads }) => [...threads.keys()]));
  const microseconds = (name: string, what: keyof ThreadTimes) =>
    (median(anatomies.map(({ threads }) => threads.get(name)?.[what] ?? 0)) * 1000) / lines;
  const threads = [...names]
    .map((name) => ({ name, running: microseconds(name, 'running'), waiting: microseconds(name, 'waiting') }))
    .filter(({ running }) => running >= 0.01)
    .toSorted((a, b) => b.running - a.running);
  say(`mathmill: ${Math.round(uploadShare * 100)} % of the time until the response to the upload`);
  const rows = threads.map(({ name, running, waiting }) => [name, running.toFixed(3), waiting.toFixed(3)]);
  say(formatTable([['threads of the server, µs per line', 'running', 'waiting for a core'], ...rows]));
  return { uploadShare, threadMicrosecondsPerLine: threads };
}

async function findBc({ resources, say }: Context, input: LineFile): Promise<Contender[]> {
  const bc = findProgram('bc');
  if (bc === undefined) {
    say('bc is not installed (apt-get install bc): left out.');
    return [];
  }
  // One run that is not timed: that bc agrees verifies the known results themselves.
  const answers = await runToEnd(resources, bc, ['-q', input.path]);
  if (createHash('sha256').update(answers).digest('hex') !== input.answerDigest)
    throw new Error('bc has other results');
  const run = async () => {
    const startedAt = performance.now();
    const child = spawn(bc, ['-q', input.path], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`bc ended with ${code}`);
    return (input.lines * 1000) / (performance.now() - startedAt);
  };
  return [{ name: 'bc', bar: 1.2, run }];
}

async function startGraphileWorker({ resources, numbers, say }: Context, folder: string): Promise<Contender[]> {
  const peer = await startGraphilePeer(resources, say);
  if (peer === undefined) return [];
  const { path } = writeLineFile(join(folder, 'graphile.txt'), peerWarmUpJobs + numbers['peer-jobs']);
  const options = { ...graphileSettings, file: path, warmUpJobs: peerWarmUpJobs };
  return [{ name: 'graphile-worker', bar: 30, run: () => peer.run(options) }];
}

async function startBull({ resources, numbers, say }: Context, folder: string): Promise<Contender[]> {
  const { path } = writeLineFile(join(folder, 'bull.txt'), peerWarmUpJobs + numbers['peer-jobs']);
  const contenders: Contender[] = [];
  for (const appendfsync of ['everysec', 'always'] as const) {
    const peer = await startBullPeer(resources, appendfsync, say);
    if (peer === undefined) return [];
    const options = { ...bullSettings, file: path, warmUpJobs: peerWarmUpJobs };
    contenders.push({ name: `BullMQ, appendfsync ${appendfsync}`, bar: 50, run: () => peer.run(options) });
  }
  return contenders;
}

await runBench({ name: 'end-to-end', numbers, limitMinutes: 20, measure });
