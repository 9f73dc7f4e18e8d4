/**
 * Brokers with quotas, as managed Kafka has them, slow clients down: they hold responses back and read nothing more of a
 * connection for a while. Jobs take longer then, and nothing fails.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { postJob, type JobDocument } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { countDeadLetters } from './messages.ts';

const lines = 100_000;
/** Of each broker and client. Brokers look at the last 11 seconds, so eleven times as much passes before they slow anyone down. */
const bytesPerSecond = 10_000;

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ clients: 1, servers: 1 });
});
after(async () => {
  await cluster?.stop();
});

function createUpload(): string {
  const random = createRandom(20_261_202);
  const below = (bound: number): number => Math.floor(random() * bound);
  return Array.from({ length: lines }, () => `${below(100_000)} + ${below(100_000)}\n`).join('');
}

function expectedResults(upload: string): string {
  const sums = upload.trimEnd().split('\n');
  return `${sums.map((line) => line.split(' + ').reduce((sum, part) => sum + Number(part), 0)).join('\n')}\n`;
}

/** Of all clients, whatever they are called. */
async function setQuotas(value: number): Promise<void> {
  const keys = ['producer_byte_rate', 'consumer_byte_rate'] as const;
  const ops = keys.map((key) => ({ key, value, remove: false }) as const);
  const entries = [{ entities: [{ entityType: 'client-id', entityName: null } as const], ops }];
  await withAdmin({ bootstrapBrokers: cluster.kafka.bootstrap.split(',') }, (admin) =>
    admin.alterClientQuotas({ entries }),
  );
}

/** Returns how long the job took, in milliseconds. */
async function runJob(url: string, upload: string): Promise<number> {
  const began = performance.now();
  const { body } = await postJob(url, upload);
  let job: JobDocument;
  do job = (await (await fetch(`${url}/api/jobs/${body.id}?wait=60`)).json()) as JobDocument;
  while (job.status === 'InProgress');
  const took = performance.now() - began;
  assert.deepEqual([job.status, job.succeeded], ['Completed', lines]);
  const results = await fetch(`${url}/api/jobs/${body.id}/results?format=text`);
  assert.equal(await results.text(), expectedResults(upload));
  return took;
}

it(`evaluates ${lines} lines although brokers slow clients down to ${bytesPerSecond} bytes/s`, async (test) => {
  const [url = ''] = cluster.urls;
  const upload = createUpload();
  const freeMs = await runJob(url, upload);
  await setQuotas(bytesPerSecond);
  const slowMs = await runJob(url, upload);
  test.diagnostic(`${Math.round(freeMs)} ms without quotas, ${Math.round(slowMs)} ms with them`);
  assert.ok(slowMs > 2 * freeMs, 'brokers did not slow the clients down');
  assert.equal((await fetch(`${url}/health/ready`)).status, 200);
  assert.equal(await countDeadLetters(cluster.kafka.bootstrap), 0);
});
