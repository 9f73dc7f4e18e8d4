/**
 * How the cluster grows with its evaluators, as far as one machine can show it: real brokers, store and client-applications, and
 * servers that wait instead of computing (growth/waiting-server.ts). The rate of a job is compared with what that many slots
 * could do, `slots * 512 / time of a chunk`; what is missing is what one client-application, the brokers and the store of
 * this machine cannot pass on.
 *
 *   node bench/growth.ts [--seconds 10] [--servers 3] [--json] [--folder F]
 *
 * A job has as many lines as the slots could do in `--seconds`. Needs Java, Maven and Go for the first start. Quiet machine, please.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApplications } from '../deploy/local-stack/applications.ts';
import { startKafka, type Kafka } from '../deploy/local-stack/kafka.ts';
import { startMongoStandIn } from '../deploy/local-stack/mongo-stand-in.ts';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';

const numbers = { seconds: 10, servers: 3 };
type Context = BenchContext<typeof numbers>;

const linesPerChunk = 512;
const pollMs = 25;
const smallJobLines = 10 * linesPerChunk;
/** Until the servers have their partitions. */
const settleMs = 6_000;

interface Case {
  readonly slots: number;
  readonly chunkMs: number;
  /** Lines per second; undefined: it shows what comes of fewer slots. */
  readonly bar: number | undefined;
}

const cases: readonly Case[] = [
  { slots: 30, chunkMs: 100, bar: undefined },
  { slots: 60, chunkMs: 100, bar: undefined },
  { slots: 120, chunkMs: 100, bar: 330_000 },
  { slots: 120, chunkMs: 400, bar: 100_000 },
];

interface Cluster {
  readonly kafka: Kafka;
  readonly clients: readonly BenchClient[];
}

async function measure(context: Context) {
  await using running = new AsyncDisposableStack();
  const cluster = await startCluster(context, running);
  const rows: string[][] = [];
  const bars: Bar[] = [];
  for (const one of cases) {
    const measured = await measureCase(context, cluster, one);
    rows.push(measured.cells);
    bars.push(...measured.bars);
  }
  const head = [
    'slots',
    'ms a chunk',
    'they could do',
    'lines/s',
    'without the upload',
    'share',
    'two jobs end',
    '10 chunks, ms',
  ];
  context.say(formatTable([head, ...rows]));
  return { bars, details: rows };
}

async function startCluster({ resources, say }: Context, running: AsyncDisposableStack): Promise<Cluster> {
  const [kafka, store] = await Promise.all([
    startKafka({ directory: resources.makeFolder('kafka'), brokers: 3, report: say }),
    startMongoStandIn({ directory: resources.makeFolder('store'), report: say }),
  ]);
  running.defer(() => kafka.kill());
  running.defer(() => store.kill());
  await kafka.createTopics();
  const applications = await startApplications({
    directory: resources.makeFolder('applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: store.uri,
    clients: 2,
    servers: 0,
    environment: { LOG_LEVEL: 'warn' },
  });
  running.defer(() => applications.stop());
  const clients = applications.clients.map(({ url }) => createBenchClient(url));
  running.defer(() => clients.forEach((client) => client.close()));
  return { kafka, clients };
}

async function measureCase(context: Context, { kafka, clients }: Cluster, { slots, chunkMs, bar }: Case) {
  const { resources, numbers, say } = context;
  const [client = raise('no client')] = clients;
  const possible = (slots * linesPerChunk * 1_000) / chunkMs;
  const folder = resources.makeFolder('input');
  const whole = writeLineFile(join(folder, 'whole.txt'), possible * numbers.seconds).path;
  const half = writeLineFile(join(folder, 'half.txt'), (possible * numbers.seconds) / 2).path;
  const servers = Array.from({ length: numbers.servers }, (_, index) => {
    const options = {
      kafka: kafka.bootstrap,
      name: `waiting-${index}`,
      slots: slots / numbers.servers,
      'chunk-ms': chunkMs,
    };
    const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    return resources.start(process.execPath, [join(import.meta.dirname, 'growth/waiting-server.ts'), ...parameters]);
  });
  await sleep(settleMs);
  await runJob(client, half);
  await client.deleteJobs();
  const one = await runJob(client, whole);
  await client.deleteJobs();
  const two = await runTwo(client, half);
  await client.deleteJobs();
  for (const server of servers) await server.stop();

  const rate = (possible * numbers.seconds * 1_000) / one.totalMs;
  const evaluating = (possible * numbers.seconds * 1_000) / one.evaluationMs;
  const name = `${slots} slots of ${chunkMs} ms`;
  say(`${name}: ${formatNumber(rate)} lines/s of ${formatNumber(possible)}`);
  const cells = [slots, chunkMs, possible, rate, evaluating].map(formatNumber);
  const bars: Bar[] = [];
  if (bar !== undefined) bars.push({ name, measured: rate, bar, unit: 'lines/s', wanted: 'at least' });
  if (bar !== undefined)
    bars.push({
      name: `${name}, two equal jobs end within`,
      measured: two.ratio,
      bar: 1.3,
      unit: 'times',
      wanted: 'at most',
    });
  return {
    cells: [...cells, (rate / possible).toFixed(2), `${two.ratio.toFixed(2)} times`, two.smallMs.toFixed(0)],
    bars,
  };
}

async function runJob(client: BenchClient, path: string) {
  const startedAt = performance.now();
  const id = await client.uploadFile(path);
  const uploadedAt = performance.now();
  await client.waitUntilCompleted(id, pollMs);
  const endedAt = performance.now();
  return { totalMs: endedAt - startedAt, evaluationMs: endedAt - uploadedAt };
}

/** Two equal jobs from their seal on, and one of 10 chunks while they run. */
async function runTwo(client: BenchClient, path: string) {
  const ids = await Promise.all([client.uploadFile(path), client.uploadFile(path)]);
  const startedAt = performance.now();
  const ends = ids.map(async (id) => {
    await client.waitUntilCompleted(id, pollMs);
    return performance.now() - startedAt;
  });
  const small = performance.now();
  await client.waitUntilCompleted(await client.uploadText('1 + 1\n'.repeat(smallJobLines)), pollMs);
  const smallMs = performance.now() - small;
  const times = await Promise.all(ends);
  return { ratio: Math.max(...times) / Math.min(...times), smallMs };
}

function raise(message: string): never {
  throw new Error(message);
}

await runBench({ name: 'growth', numbers, limitMinutes: 20, measure });
