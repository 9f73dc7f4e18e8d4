/**
 * Brokers with quotas, as managed Kafka has them, slow clients down: they hold responses back and read nothing more of a
 * connection for a while. Jobs take longer then, and nothing fails.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Application } from '../../deploy/local-stack/applications.ts';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { postJob, type JobDocument } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { countDeadLetters } from './messages.ts';

const lines = 300_000;
/** Of each broker and client. Brokers look at the last 11 s, so eleven times as much passes before they slow anyone down. */
const bytesPerSecond = 64_000;
/** Too few for a batch of the producer to fit into those 11 s. */
const tooFewBytesPerSecond = 500;
const testLimitMs = 300_000;

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ clients: 1, servers: 1 });
});
after(async () => {
  await cluster?.stop();
});

/** Sums of numbers that compress badly. */
function createUpload(count: number): string {
  const random = createRandom(20_261_202);
  const below = (bound: number): number => Math.floor(random() * bound);
  return Array.from({ length: count }, () => `${below(1e12)} + ${below(1e12)}\n`).join('');
}

function expectedResults(upload: string): string {
  const sums = upload.trimEnd().split('\n');
  return `${sums.map((line) => line.split(' + ').reduce((sum, part) => sum + Number(part), 0)).join('\n')}\n`;
}

/** Of all clients, whatever they are called. Undefined: none. */
async function setQuotas(value: number | undefined): Promise<void> {
  const keys = ['producer_byte_rate', 'consumer_byte_rate'] as const;
  const ops = keys.map((key) => ({ key, value: value ?? 0, remove: value === undefined }));
  const entries = [{ entities: [{ entityType: 'client-id', entityName: null } as const], ops }];
  await withAdmin({ bootstrapBrokers: cluster.kafka.bootstrap.split(',') }, (admin) =>
    admin.alterClientQuotas({ entries }),
  );
}

async function waitForJob(url: string, id: string): Promise<JobDocument> {
  for (;;) {
    const job = (await (await fetch(`${url}/api/jobs/${id}?wait=60`)).json()) as JobDocument;
    if (job.status !== 'InProgress') return job;
  }
}

async function checkJob(url: string, id: string, upload: string): Promise<void> {
  const job = await waitForJob(url, id);
  assert.deepEqual([job.status, job.failed], ['Completed', 0]);
  const results = await fetch(`${url}/api/jobs/${id}/results?format=text`);
  assert.equal(await results.text(), expectedResults(upload));
}

/** Returns how long the job took, in milliseconds. */
async function runJob(url: string, upload: string): Promise<number> {
  const began = performance.now();
  const { body } = await postJob(url, upload);
  await checkJob(url, body.id, upload);
  return performance.now() - began;
}

/** Resolves when an application has logged, because it was asked whether it is ready, a reason against it that matches. */
async function waitForFault(application: Application, pattern: RegExp): Promise<void> {
  do {
    await sleep(1_000);
    await fetch(`${application.url}/health/ready`);
  } while (!pattern.test(await application.output()));
}

it(
  `evaluates ${lines} lines although brokers slow clients down to ${bytesPerSecond} bytes/s`,
  {
    timeout: testLimitMs,
  },
  async (test) => {
    const [url = ''] = cluster.urls;
    const upload = createUpload(lines);
    const freeMs = await runJob(url, upload);
    await setQuotas(bytesPerSecond);
    const slowMs = await runJob(url, upload);
    test.diagnostic(`${Math.round(freeMs)} ms without quotas, ${Math.round(slowMs)} ms with them`);
    assert.ok(slowMs > freeMs + 5_000, 'brokers did not slow the clients down');
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    assert.equal(await countDeadLetters(cluster.kafka.bootstrap), 0);
  },
);

it('says that a quota lets nothing pass, and goes on when it does', { timeout: testLimitMs }, async () => {
  const [url = ''] = cluster.urls;
  const [server] = cluster.applications.servers;
  assert.ok(server !== undefined);
  const upload = createUpload(20_000);
  await setQuotas(tooFewBytesPerSecond);
  const { body } = await postJob(url, upload);
  await waitForFault(server, /because of a quota: raise consumer_byte_rate/);
  await setQuotas(undefined);
  await checkJob(url, body.id, upload);
  while (!(await server.isReady())) await sleep(500);
});
