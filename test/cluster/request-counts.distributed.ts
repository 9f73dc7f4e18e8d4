/**
 * The requests that a large job costs the brokers and the store. Each takes milliseconds of their CPU time, whatever it contains,
 * so that these counts, which depend little on the machine, decide how fast a cluster is.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { MongoClient, type Document } from 'mongodb';
import { postJob, type JobDocument } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { startCluster, type Cluster } from './cluster.ts';

const lines = 1_000_000;
/** For `lines`. */
const requestsMax = 250;
const commandsMax = 250;
const triesMax = 3;
const exportMs = 500;
/** Commands that carry data. Others are of connections and their checks. */
const dataCommands = [
  'find',
  'insert',
  'update',
  'delete',
  'aggregate',
  'count',
  'distinct',
  'findAndModify',
  'getMore',
];

let receiver: OtlpReceiver;
let cluster: Cluster;
let client: MongoClient;
before(async () => {
  receiver = await startOtlpReceiver();
  const environment = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.metricsEndpoint,
    OTEL_METRIC_EXPORT_INTERVAL: String(exportMs),
  };
  cluster = await startCluster({ environment });
  client = new MongoClient(cluster.store.directUri);
});
after(async () => {
  await client?.close();
  await cluster?.stop();
  await receiver?.close();
});

function createUpload(count: number): string {
  const random = createRandom(20_261_201);
  const below = (bound: number): number => Math.floor(random() * bound);
  return Array.from({ length: count }, () => `${below(1_000)} + ${below(100)} * ${below(10)} - ${below(100)}\n`).join(
    '',
  );
}

async function runJob(count: number): Promise<void> {
  const [url = ''] = cluster.urls;
  const { body } = await postJob(url, createUpload(count));
  // At the instance that owns the job, in one request.
  const response = await fetch(`${url}/api/jobs/${body.id}?wait=60`);
  const job = (await response.json()) as JobDocument;
  assert.deepEqual([job.status, job.succeeded], ['Completed', count]);
}

/** Requests of all applications, once each has reported those made so far. */
async function countProduceRequests(): Promise<number> {
  const reports = receiver.metricTimes.length;
  const instances = cluster.applications.clients.length + cluster.applications.servers.length;
  await receiver.until(() => receiver.metricTimes.length >= reports + 2 * instances);
  return receiver.points('producer.requests').reduce((sum, { value }) => sum + value, 0);
}

async function readCommands(): Promise<ReadonlyMap<string, number>> {
  const { metrics } = await client.db('admin').command({ serverStatus: 1 });
  const counts = (metrics as { commands: Document }).commands;
  return new Map(dataCommands.map((name) => [name, Number(counts[name]?.total ?? 0)]));
}

interface Cost {
  readonly requests: number;
  readonly commands: Readonly<Record<string, number>>;
  readonly commandsInAll: number;
}

async function measureJob(): Promise<Cost> {
  const requestsBefore = await countProduceRequests();
  const commandsBefore = await readCommands();
  await runJob(lines);
  const commandsAfter = await readCommands();
  const requests = (await countProduceRequests()) - requestsBefore;
  const commands = Object.fromEntries(
    Array.from(commandsAfter, ([name, total]) => [name, total - (commandsBefore.get(name) ?? 0)] as const),
  );
  return { requests, commands, commandsInAll: Object.values(commands).reduce((sum, count) => sum + count, 0) };
}

it(`evaluates ${lines} lines in at most ${requestsMax} produce requests and ${commandsMax} store commands`, async (test) => {
  for (const warmUp of [1_000, 100_000, 300_000]) await runJob(warmUp);
  const costs: Cost[] = [];
  const isMet = ({ requests, commandsInAll }: Cost): boolean => requests <= requestsMax && commandsInAll <= commandsMax;
  // Other work on the machine costs requests: messages arrive in smaller groups.
  while (costs.length < triesMax && !costs.some(isMet)) {
    costs.push(await measureJob());
    test.diagnostic(JSON.stringify(costs.at(-1)));
  }
  for (const { requests, commandsInAll } of costs)
    assert.ok(requests > 0 && commandsInAll > 0, 'something was counted');
  assert.ok(costs.some(isMet), JSON.stringify(costs));
});
