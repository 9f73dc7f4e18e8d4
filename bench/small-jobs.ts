/**
 * Jobs of one line, each submitted by a request of its own: how many a second are accepted and Completed, durable, on a
 * standalone server at 1, 16 and 128 connections; compared, in alternating rounds, with graphile-worker and BullMQ adding and
 * finishing one job a call with as many callers on the same machine. And how long one such job takes alone. What is not
 * installed is named and left out.
 *
 *   node bench/small-jobs.ts [--jobs 20000] [--rounds 3] [--tries 200] [--json] [--folder F] [--profile F]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { startBullPeer, startGraphilePeer, type Peer } from './harness/peers.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { readOneByOne, submitOneByOne } from './harness/small-job-load.ts';
import { median, quantile } from './harness/statistics.ts';

const numbers = { jobs: 20_000, rounds: 3, tries: 200 };
type Context = BenchContext<typeof numbers>;

const connectionCounts = [1, 16, 128] as const;
type Connections = (typeof connectionCounts)[number];
/** One connection does few jobs per second, so its rounds are shorter. */
const shareAlone = 0.1;
/** Jobs that each contender does before its clock starts, so that its code is compiled. */
const warmUpJobs = 5_000;
/** Least rates of this server, in jobs per second. */
const rateBars: Readonly<Partial<Record<Connections, number>>> = { 16: 3_000, 128: 4_000 };
/** A job alone, from its request until it is seen Completed, at the median. */
const aloneBarMs = 8;

const graphileSettings = { concurrency: 10, localQueueSize: 500 };
const bullSettings = { concurrency: 100 };

interface JobEnd {
  readonly status: string;
  readonly succeeded: number;
  readonly finished_at: string;
}

interface Contender {
  readonly name: string;
  /** Jobs per second over a round. */
  readonly run: (connections: Connections) => Promise<number>;
}

async function measure(context: Context) {
  const { resources, numbers, profileFolder, say } = context;
  const { path } = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), warmUpJobs + numbers.jobs);
  const server = await startServer(resources, profileFolder);
  const client = createBenchClient(server.url);
  const lines = readFileSync(path, 'latin1').trimEnd().split('\n');
  await submitOneByOne(server.url, lines.slice(0, warmUpJobs), 16);
  const alone = await tryAlone(client, numbers.tries);
  const contenders: Contender[] = [
    {
      name: 'mathmill',
      run: (connections) => runJobs(server.url, lines.slice(0, countOf(connections, numbers.jobs)), connections),
    },
    ...(await startPeers(context, path)),
  ];
  const rates = new Map<string, number[]>();
  for (let round = 1; round <= numbers.rounds; round += 1) {
    for (const connections of connectionCounts) {
      for (const { name, run } of contenders) {
        const rate = await run(connections);
        const key = keyOf(name, connections);
        rates.set(key, [...(rates.get(key) ?? []), rate]);
        say(`round ${round}, ${connections} connections: ${name} ${formatNumber(rate)} jobs/s`);
      }
    }
  }
  client.close();
  return summarize(contenders, rates, alone, say);
}

function countOf(connections: Connections, jobs: number): number {
  return connections === 1 ? Math.ceil(jobs * shareAlone) : jobs;
}

function keyOf(name: string, connections: Connections): string {
  return `${name} ${connections}`;
}

/** From the first request until the last job is Completed by the server's clock; that every one is, is checked afterwards. */
async function runJobs(url: string, lines: readonly string[], connections: number): Promise<number> {
  const startedAt = Date.now();
  const ids = await submitOneByOne(url, lines, connections);
  const finishedAt = await readLastEnd(url, ids);
  return (lines.length * 1000) / (finishedAt - startedAt);
}

/** Milliseconds since 1970. */
async function readLastEnd(url: string, ids: readonly string[]): Promise<number> {
  let last = 0;
  for (const body of await readOneByOne(url, ids)) {
    const { status, succeeded, finished_at } = JSON.parse(body) as JobEnd;
    if (status !== 'Completed' || succeeded !== 1) throw new Error(`A job did not succeed: ${body}`);
    last = Math.max(last, Date.parse(finished_at));
  }
  return last;
}

/** Milliseconds of single jobs, one after the other, each from its request until it is seen Completed. */
async function tryAlone(client: BenchClient, tries: number): Promise<number[]> {
  const milliseconds: number[] = [];
  while (milliseconds.length < tries) {
    const startedAt = performance.now();
    await client.awaitCompleted(await client.uploadText('7 + 4 + 6 - 5 * 2\n'));
    milliseconds.push(performance.now() - startedAt);
  }
  return milliseconds;
}

async function startPeers({ resources, numbers, say }: Context, file: string): Promise<Contender[]> {
  const graphile = await startGraphilePeer(resources, say);
  const durable = await startBullPeer(resources, 'always', say);
  const fast = await startBullPeer(resources, 'everysec', say);
  const contend = (name: string, peer: Peer | undefined, settings: object): Contender[] => {
    if (peer === undefined) return [];
    const run = async (connections: Connections) => {
      const jobs = warmUpJobs + countOf(connections, numbers.jobs);
      return peer.run({ ...settings, file, lines: jobs, warmUpJobs, adders: connections });
    };
    return [{ name, run }];
  };
  return [
    ...contend('graphile-worker', graphile, graphileSettings),
    ...contend('BullMQ, appendfsync always', durable, bullSettings),
    ...contend('BullMQ, appendfsync everysec', fast, bullSettings),
  ];
}

function summarize(
  contenders: readonly Contender[],
  rates: ReadonlyMap<string, readonly number[]>,
  alone: readonly number[],
  say: Context['say'],
) {
  const medianRate = (name: string, connections: Connections) => median(rates.get(keyOf(name, connections)) ?? []);
  const rows = contenders.map(({ name }) => [
    name,
    ...connectionCounts.map((connections) => formatNumber(medianRate(name, connections))),
  ]);
  say(formatTable([['jobs/s (median), connections:', ...connectionCounts.map(String)], ...rows]));
  say(`a job alone: p50 ${quantile(alone, 0.5).toFixed(1)} ms, p99 ${quantile(alone, 0.99).toFixed(1)} ms`);
  const hasGraphile = contenders.some(({ name }) => name === 'graphile-worker');
  const bars = connectionCounts.flatMap((connections): Bar[] => {
    const rate = medianRate('mathmill', connections);
    const ratio = hasGraphile ? rate / medianRate('graphile-worker', connections) : undefined;
    const name = `1-line jobs at ${connections} connections`;
    return [
      ...toBars(name, rate, rateBars[connections], 'jobs/s'),
      ...(ratio === undefined ? [] : toBars(`${name} against graphile-worker`, ratio, 1, 'times')),
    ];
  });
  const aloneBar: Bar = {
    name: '1-line job alone, p50',
    measured: quantile(alone, 0.5),
    bar: aloneBarMs,
    unit: 'ms',
    wanted: 'at most',
  };
  return { bars: [...bars, aloneBar], details: { rates: Object.fromEntries(rates), alone } };
}

function toBars(name: string, measured: number, bar: number | undefined, unit: string): Bar[] {
  return bar === undefined ? [] : [{ name, measured, bar, unit, wanted: 'at least' }];
}

await runBench({ name: 'small-jobs', numbers, limitMinutes: 20, measure });
