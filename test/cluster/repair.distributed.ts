/**
 * A client-application is killed in the middle of repairs, again and again: another one has the repaired job.
 *
 * CLUSTER_REPAIR_KILLS: how many kills. CLUSTER_SEED: the seed that chooses the moments. CLUSTER_REPAIR_LINES: lines of the job.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, type Db } from 'mongodb';
import { killRepairs } from '../crash/repair-kills.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { restart, startCluster, type Cluster } from './cluster.ts';

const kills = Number(process.env['CLUSTER_REPAIR_KILLS'] ?? 4);
const seed = Number(process.env['CLUSTER_SEED'] ?? 1);
const lines = Number(process.env['CLUSTER_REPAIR_LINES'] ?? 200_000);

let receiver: OtlpReceiver;
let cluster: Cluster;
let client: MongoClient;
before(async () => {
  receiver = await startOtlpReceiver();
  const environment = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.metricsEndpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
  };
  cluster = await startCluster({ clients: 2, servers: 2, environment });
  client = new MongoClient(cluster.store.directUri);
});
after(async () => {
  await client?.close();
  await cluster?.stop();
  await receiver?.close();
});

/** The sum of all server-applications, as last reported. */
function sumOfEvaluated(): number {
  return receiver.points('mathmill.operations.evaluated').reduce((sum, { value }) => sum + value, 0);
}

/** Further evaluations would be in the next report of each instance. */
async function countEvaluated(expected: number): Promise<number> {
  await receiver.until(() => sumOfEvaluated() >= expected);
  const reports = receiver.metricTimes.length;
  await receiver.until(() => receiver.metricTimes.length >= reports + 8);
  return sumOfEvaluated();
}

/** Waits until partial copies are removed, with all of their documents. */
async function waitUntilNothingIsLeft(database: Db): Promise<void> {
  const count = (collection: string) => database.collection(collection).countDocuments();
  while ((await count('jobs')) !== 0) await sleep(100);
  for (const collection of ['chunks', 'outcomes', 'keys']) assert.equal(await count(collection), 0, collection);
}

it(`repairs ${lines} lines whole or not at all through ${kills} kills of a client-application`, async (context) => {
  const [victim] = cluster.applications.clients;
  const [, readerUrl = ''] = cluster.urls;
  assert.ok(victim !== undefined);
  const database = client.db();
  const system = {
    victimUrl: () => victim.url,
    kill: () => victim.kill(),
    findHalfCopies: async () => (await database.collection('jobs').distinct('_id', { state: 'Receiving' })).map(String),
    readerUrl: async () => readerUrl,
    restore: () => restart(victim),
    countEvaluated,
  };
  context.diagnostic(await killRepairs(system, { kills, lines, seed }));
  await waitUntilNothingIsLeft(database);
});
