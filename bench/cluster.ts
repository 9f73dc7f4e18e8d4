/**
 * Mathmill on a cluster: three Kafka brokers, the MongoDB stand-in, three client-applications and three
 * server-applications on this machine (docs/contributing/local-stack.md).
 *
 * - The rate of a whole job, from the first byte sent until it is seen Completed, compared with a system that keeps a document
 *   and sends a message for each operation, on the same brokers and the same store, in alternating rounds.
 * - The time of jobs of one line, alone and while a big job is uploaded and evaluated.
 *
 *   node bench/cluster.ts [--lines 200000] [--baseline-lines 3000] [--rounds 3] [--tries 200] [--big-lines 5000000]
 *                         [--json] [--folder F] [--profile F]
 *
 * The baseline is slow: its rate is taken over fewer lines. Its cost of a line is the same for 1,500 and 5,000. The benchmark
 * needs Java, Maven and Go for the first start. Quiet machine, please: eleven servers share its cores.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApplications } from '../deploy/local-stack/applications.ts';
import type { ManagedProcess } from '../deploy/local-stack/managed-process.ts';
import { startKafka } from '../deploy/local-stack/kafka.ts';
import { startMongoStandIn } from '../deploy/local-stack/mongo-stand-in.ts';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile, type LineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { readThreadTimes, subtractThreadTimes, type ThreadTimes } from './harness/server.ts';
import { median, quantile } from './harness/statistics.ts';
import { startPerOperation } from './per-operation/per-operation.ts';

const numbers = { lines: 200_000, 'baseline-lines': 3_000, rounds: 3, tries: 200, 'big-lines': 5_000_000 };
type Context = BenchContext<typeof numbers>;

/** Of each kind of application, here and in the baseline. */
const instances = 3;
/** Poll interval of jobs of many lines: an error of 1 %, and few enough requests for a slow store. */
const pollMs = 50;
/** Between two small jobs on an idle cluster, so that it is idle: offsets are committed, leases given up. */
const restMs = 50;
/** Small jobs after which they are deleted: the stand-in reads all jobs whenever a janitor queries for work. */
const triesKept = 50;
/** Small jobs before those that count, so that the code of all instances is compiled and its connections are made. */
const warmUpTries = 30;
/** Maximum number of big jobs. One is enough on a quiet machine; on a busy machine fewer samples fit into each. */
const bigJobsMax = 2;
const smallJob = '7 + 4 + 6 - 5 * 2\n';

/** Processes of one kind, whose times are added up. */
type Parts = Readonly<Record<string, readonly { readonly pid: number | undefined }[]>>;

interface Cluster {
  readonly kafkaUri: string;
  readonly mongodbUri: string;
  /** Of the client-applications. */
  readonly clients: readonly BenchClient[];
  readonly servers: Parts;
  readonly applications: Parts;
}

async function measure(context: Context) {
  await using running = new AsyncDisposableStack();
  const cluster = await startCluster(context, running);
  // The stand-in reads all jobs whenever a janitor queries for work, so no part leaves its jobs to the next.
  const alone = await measureAlone(context, cluster);
  await at(cluster.clients, 0).deleteJobs();
  const speed = await measureSpeed(context, cluster);
  await at(cluster.clients, 0).deleteJobs();
  const beside = await measureBesideBig(context, cluster);
  return {
    bars: [...alone.bars, ...speed.bars, ...beside.bars],
    details: { alone: alone.details, speed: speed.details, beside: beside.details },
  };
}

async function startCluster(context: Context, running: AsyncDisposableStack): Promise<Cluster> {
  const { resources, profileFolder, say } = context;
  const [kafka, store] = await Promise.all([
    startKafka({ directory: resources.makeFolder('kafka'), brokers: 3, report: say }),
    startMongoStandIn({ directory: resources.makeFolder('store'), report: say }),
  ]);
  running.defer(() => kafka.kill());
  running.defer(() => store.kill());
  await kafka.createTopics();
  const profiling = profileFolder === undefined ? '' : `--cpu-prof --cpu-prof-dir=${resolve(profileFolder)}`;
  const applications = await startApplications({
    directory: resources.makeFolder('applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: store.uri,
    clients: instances,
    servers: instances,
    environment: { LOG_LEVEL: 'warn', EVALUATOR_THREADS: '1', NODE_OPTIONS: profiling },
  });
  running.defer(() => applications.stop());
  const clients = applications.clients.map(({ url }) => createBenchClient(url));
  running.defer(() => clients.forEach((client) => client.close()));
  return {
    kafkaUri: kafka.bootstrap,
    mongodbUri: store.uri,
    clients,
    servers: { brokers: kafka.brokers, store: [store] },
    applications: toParts(applications),
  };
}

function toParts({
  clients,
  servers,
}: {
  readonly clients: readonly ManagedProcess[];
  readonly servers: readonly ManagedProcess[];
}): Parts {
  return { 'client-applications': clients, 'server-applications': servers };
}

// ---------------------------------------------------------------------------------------------------------- anatomy

/** The times of each part for one line, in microseconds. Unlike rates, the running times say the same on a busy machine. */
type Anatomy = ReadonlyMap<string, ThreadTimes>;

function readTimes(parts: Parts): Map<string, ThreadTimes> {
  return new Map(
    Object.entries(parts).map(([name, processes]) => {
      const threads = processes.flatMap(({ pid }) => (pid === undefined ? [] : [...readThreadTimes(pid).values()]));
      return [name, sumTimes(threads)];
    }),
  );
}

function sumTimes(times: readonly ThreadTimes[]): ThreadTimes {
  const sum = (key: keyof ThreadTimes): number => times.reduce((total, one) => total + one[key], 0);
  return { running: sum('running'), waiting: sum('waiting') };
}

function sayAnatomies(title: string, lines: number, anatomies: readonly Anatomy[], say: Context['say']): Anatomy {
  const names = [...(anatomies[0]?.keys() ?? [])];
  const medianOf = (name: string, key: keyof ThreadTimes): number =>
    (median(anatomies.map((anatomy) => anatomy.get(name)?.[key] ?? 0)) * 1_000) / lines;
  const all = new Map(
    names.map((name) => [name, { running: medianOf(name, 'running'), waiting: medianOf(name, 'waiting') }]),
  );
  const rows = [...all, ['all', sumTimes([...all.values()])] as const];
  const cells = rows.map(([name, { running, waiting }]) => [name, formatNumber(running), formatNumber(waiting)]);
  say(formatTable([[`${title}, µs a line`, 'running', 'waiting for a core'], ...cells]));
  return all;
}

// ------------------------------------------------------------------------------------------------------------- speed

/** A whole job, its results held against the ones known beforehand; lines per second. */
async function runJob(client: BenchClient, input: LineFile, parts: Parts = {}, anatomies: Anatomy[] = []) {
  const before = readTimes(parts);
  const startedAt = performance.now();
  const id = await client.uploadFile(input.path);
  const job = await client.waitUntilCompleted(id, pollMs);
  const milliseconds = performance.now() - startedAt;
  anatomies.push(subtractThreadTimes(readTimes(parts), before));
  const answer = await client.downloadResults(id, 'text');
  if (job.operations !== input.lines || answer.digest !== input.answerDigest) {
    throw new Error(`Wrong results for ${input.path}`);
  }
  return (input.lines * 1000) / milliseconds;
}

/** One of the two compared systems. */
interface Contender {
  readonly name: string;
  readonly clients: readonly BenchClient[];
  readonly input: LineFile;
  readonly parts: Parts;
  readonly rates: number[];
  readonly anatomies: Anatomy[];
}

async function measureSpeed({ resources, numbers, say }: Context, cluster: Cluster) {
  const folder = resources.makeFolder('input');
  const input = writeLineFile(join(folder, 'lines.txt'), numbers.lines);
  const sample = writeLineFile(join(folder, 'sample.txt'), numbers['baseline-lines']);
  const directory = resources.makeFolder('per-operation');
  const baseline = await startPerOperation({ ...cluster, directory, instances });
  const peers = baseline.urls.map((url) => createBenchClient(url));
  const contend = (name: string, input: LineFile, clients: readonly BenchClient[], applications: Parts): Contender => ({
    name,
    clients,
    input,
    parts: { ...applications, ...cluster.servers },
    rates: [],
    anatomies: [],
  });
  const ours = contend('mathmill', input, cluster.clients, cluster.applications);
  const theirs = contend('per operation', sample, peers, toParts(baseline));
  try {
    // Not timed: each client has its code compiled, and the groups have met.
    for (const { clients, input } of [ours, theirs]) for (const client of clients) await runJob(client, input);
    for (let round = 0; round < numbers.rounds; round += 1) {
      for (const { name, clients, input, parts, rates, anatomies } of [ours, theirs]) {
        rates.push(await runJob(at(clients, round), input, parts, anatomies));
        say(`round ${round + 1}: ${name} ${formatNumber(rates.at(-1) ?? 0)} lines/s`);
      }
    }
  } finally {
    for (const peer of peers) peer.close();
    await baseline.stop();
  }
  return summarizeSpeed([ours, theirs], median(ours.rates) / median(theirs.rates), say);
}

function summarizeSpeed(contenders: readonly Contender[], ratio: number, say: Context['say']) {
  const rows = contenders.map(({ name, input, rates }) => [
    name,
    formatNumber(input.lines),
    formatNumber(median(rates)),
    rates.map(formatNumber).join(' '),
  ]);
  say(formatTable([['', 'lines', 'lines/s (median)', 'rounds'], ...rows]));
  const details = contenders.map(({ name, input, rates, anatomies }) => {
    const anatomy = Object.fromEntries(sayAnatomies(name, input.lines, anatomies, say));
    return { name, lines: input.lines, rates, microsecondsPerLine: anatomy };
  });
  const name = 'rate against one document and one message per operation';
  const bars: Bar[] = [{ name, measured: ratio, bar: 100, unit: 'times', wanted: 'at least' }];
  return { bars, details };
}

function at(clients: readonly BenchClient[], turn: number): BenchClient {
  const client = clients[turn % clients.length];
  if (client === undefined) throw new RangeError('There is no client-application.');
  return client;
}

// ----------------------------------------------------------------------------------------------------------- latency

async function trySmallJob(client: BenchClient): Promise<number> {
  const startedAt = performance.now();
  await client.awaitCompleted(await client.uploadText(smallJob));
  return performance.now() - startedAt;
}

async function measureAlone({ numbers, say }: Context, { clients }: Cluster) {
  for (let turn = 0; turn < warmUpTries; turn += 1) await trySmallJob(at(clients, turn));
  const milliseconds: number[] = [];
  while (milliseconds.length < numbers.tries) {
    if (milliseconds.length % triesKept === 0) await at(clients, 0).deleteJobs();
    await sleep(restMs);
    milliseconds.push(await trySmallJob(at(clients, milliseconds.length)));
  }
  const rows = [describe('alone', milliseconds)];
  say(formatTable([['1-line jobs, ms', 'tries', 'p50', 'p95', 'p99', 'max'], ...rows.map(toCells)]));
  const name = '1-line job on an idle cluster, p50';
  const bars: Bar[] = [{ name, measured: median(milliseconds), bar: 50, unit: 'ms', wanted: 'at most' }];
  return { bars, details: rows };
}

/** Times of the tries that began and ended while the big job was in that phase. */
interface Phase {
  readonly name: 'uploading' | 'running';
  readonly milliseconds: number[];
}

async function measureBesideBig({ resources, numbers, say }: Context, { clients }: Cluster) {
  const input = writeLineFile(join(resources.makeFolder('big'), 'lines.txt'), numbers['big-lines']);
  const uploading: Phase = { name: 'uploading', milliseconds: [] };
  const running: Phase = { name: 'running', milliseconds: [] };
  const bigRates: number[] = [];
  while (running.milliseconds.length < numbers.tries && bigRates.length < bigJobsMax) {
    const startedAt = performance.now();
    const client = at(clients, bigRates.length);
    const upload = client.uploadFile(input.path);
    await tryWhile(clients, uploading, numbers.tries, upload);
    const id = await upload;
    const uploadSeconds = (performance.now() - startedAt) / 1_000;
    const evaluation = client.waitUntilCompleted(id, pollMs);
    await tryWhile(clients, running, numbers.tries, evaluation);
    await evaluation;
    const seconds = (performance.now() - startedAt) / 1_000;
    bigRates.push(input.lines / seconds);
    say(`big job ${bigRates.length}: ${uploadSeconds.toFixed(1)} s for its upload, ${seconds.toFixed(1)} s in all`);
  }
  const phases = [uploading, running].filter(({ milliseconds }) => milliseconds.length > 0);
  const rows = phases.map(({ name, milliseconds }) => describe(`while the big job is ${name}`, milliseconds));
  say(formatTable([['1-line jobs, ms', 'tries', 'p50', 'p95', 'p99', 'max'], ...rows.map(toCells)]));
  say(`big jobs at the same time: ${bigRates.map(formatNumber).join(', ')} lines/s`);
  const bars = phases.map(({ name, milliseconds }): Bar => ({
    name: `1-line job while one of ${formatNumber(input.lines)} lines that is ${name}, p99 of ${milliseconds.length} tries`,
    measured: quantile(milliseconds, 0.99),
    bar: 500,
    unit: 'ms',
    wanted: 'at most',
  }));
  return { bars, details: { lines: input.lines, bigLinesPerSecond: bigRates, smallJobs: rows } };
}

/** Tries small jobs until there are enough of them, or the big one is through; a try that outlasts it does not count. */
async function tryWhile(
  clients: readonly BenchClient[],
  phase: Phase,
  tries: number,
  big: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  big.then(end, end);
  for (let turn = 0; !isOver && phase.milliseconds.length < tries; turn += 1) {
    const milliseconds = await trySmallJob(at(clients, turn));
    if (!isOver) phase.milliseconds.push(milliseconds);
  }
}

function describe(name: string, values: readonly number[]) {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => quantile(values, share));
  return { name, tries: values.length, p50, p95, p99, max };
}

function toCells({ name, tries, p50, p95, p99, max }: ReturnType<typeof describe>): string[] {
  return [name, `${tries}`, ...[p50, p95, p99, max].map((value) => value?.toFixed(1) ?? '')];
}

await runBench({ name: 'cluster', numbers, limitMinutes: 20, measure });
