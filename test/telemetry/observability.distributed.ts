/**
 * A cluster under the eyes of a real Prometheus and a real Jaeger, with the configuration that is shipped: the queries
 * that users know and those of the documentation, and the trace of a job.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApplications } from '../../deploy/local-stack/applications.ts';
import { startJaeger, type Jaeger } from '../../deploy/local-stack/jaeger.ts';
import { startPrometheus, type Prometheus } from '../../deploy/local-stack/prometheus.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { readAssignments } from '../cluster/groups.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { askUntil, findServices, findTraces, queryPrometheus, type JaegerTrace } from './observability-api.ts';

const requestTopic = 'application.operation.request';
const responseTopic = 'application.operation.response';
const lines = 10_000;
const chunks = Math.ceil(lines / 512);
const receivers = [
  [requestTopic, 'server-application'],
  [responseTopic, 'client-application'],
] as const;
const instances = [1, 2, 3];

const directory = mkdtempSync(join(tmpdir(), 'mathmill-observability-'));
let prometheus: Prometheus;
let jaeger: Jaeger;
let cluster: Cluster;

before(async () => {
  prometheus = await startPrometheus({ directory: join(directory, 'prometheus') });
  jaeger = await startJaeger({ directory: join(directory, 'jaeger') });
});

after(async () => {
  await cluster.stop();
  await jaeger.kill();
  await prometheus.kill();
  rmSync(directory, { recursive: true, force: true });
});

function endpoints(): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: prometheus.metricsEndpoint,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: jaeger.tracesEndpoint,
  };
}

async function runJob(url: string, text: string): Promise<string> {
  const { status, body } = await postJob(url, text);
  assert.equal(status, 201);
  const job = await waitForJob(url, body.id);
  assert.equal(job.completed, job.operations);
  return body.id;
}

/** The counter that users read; each instance of those that take messages from the topic has a sample. */
function queryReceived(topic: string) {
  return queryPrometheus(prometheus.url, `consumer_messages_received_total{topic="${topic}"}`);
}

const sum = (values: readonly { readonly value: number }[]): number =>
  values.reduce((total, { value }) => total + value, 0);

interface Counts {
  /** Of all instances together, for each of the topics. */
  readonly received: readonly number[];
  readonly restarts: number;
}

async function readCounts(): Promise<Counts> {
  return {
    received: await Promise.all(receivers.map(async ([topic]) => sum(await queryReceived(topic)))),
    restarts: sum(await queryPrometheus(prometheus.url, 'sum(mathmill_consumer_restarts_total)')),
  };
}

/** Of exports half a second apart, one has come to all instances in this time. */
const settleMs = 3_000;
const attemptsMax = 5;

/**
 * Runs jobs until one was not disturbed, and checks that each of its messages was counted once. Where partitions change
 * hands, as they do when instances come up, uncommitted messages are redelivered, and counted again.
 */
async function runUndisturbedJob(url: string): Promise<string> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const assignments = await askUntil(
      () => readAssignments(cluster.kafka.bootstrap),
      (answer) => answer !== undefined,
    );
    const before = await readCounts();
    const id = await runJob(url, '1 + 2\n'.repeat(lines));
    const expected = before.received.map((count) => count + chunks);
    await askUntil(readCounts, ({ received }) => received.every((count, index) => count >= (expected[index] ?? 0)));
    await sleep(settleMs);
    const after = await readCounts();
    if (after.restarts > before.restarts || (await readAssignments(cluster.kafka.bootstrap)) !== assignments) continue;
    assert.deepEqual(after.received, expected);
    return id;
  }
  return assert.fail(`partitions changed hands in each of ${attemptsMax} jobs`);
}

describe('a cluster with the sampler that is the default, and an interval that does not end', () => {
  it('has sent no metric and no trace while it runs', async () => {
    cluster = await startCluster({
      clients: 1,
      servers: 1,
      environment: { ...endpoints(), OTEL_METRIC_EXPORT_INTERVAL: '3600000' },
    });
    await runJob(cluster.urls[0] ?? '', '1 + 2\n'.repeat(lines));
    assert.deepEqual(await queryReceived(requestTopic), []);
  });

  it('sends the last of its metrics when it gets SIGTERM', async () => {
    await cluster.applications.stop();
    for (const [topic, service] of receivers) {
      const samples = await queryReceived(topic);
      assert.deepEqual(
        samples.map(({ labels, value }) => [labels['job'], labels['instance'], value >= chunks]),
        [[service, `${service}-1`, true]],
      );
    }
  });

  it('leaves no trace in Jaeger', async () => assert.deepEqual(await findServices(jaeger.url), []));
});

describe('a cluster of three and three, all of it traced', () => {
  let urls: readonly string[];
  let jobId: string;

  before(async () => {
    const applications = await startApplications({
      directory: join(directory, 'applications'),
      kafkaUri: cluster.kafka.bootstrap,
      mongodbUri: cluster.store.uri,
      environment: {
        ...endpoints(),
        EVALUATOR_THREADS: '1',
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      },
    });
    urls = applications.clients.map(({ url }) => url);
  });

  it('counts from 0 in each of its instances', async () => {
    for (const [topic] of receivers) {
      await askUntil(
        () => queryReceived(topic),
        (samples) => samples.length === instances.length && sum(samples) === 0,
      );
    }
  });

  it('counts each message of a job of 10,000 lines once', async () => {
    jobId = await runUndisturbedJob(urls[0] ?? '');
    for (const [topic, service] of receivers) {
      const samples = await queryReceived(topic);
      const names = new Set(samples.map(({ labels }) => labels['instance']));
      assert.deepEqual(names, new Set(instances.map((number) => `${service}-${number}`)));
      assert.equal(samples.length, instances.length);
      assert.deepEqual(new Set(samples.map(({ labels }) => labels['job'])), new Set([service]));
    }
  });

  it('shows the job as one trace, from the request through both applications to the last record', async () => {
    const isOfJob = ({ spans }: JaegerTrace): boolean => spans.some(({ tags }) => tags['mathmill.job.id'] === jobId);
    const trace = await askUntil(
      async () => (await findTraces(jaeger.url, 'client-application')).find(isOfJob),
      (found) => found !== undefined && countRecorded(found) >= chunks,
    );
    assert.ok(trace);
    const count = (name: string): number => trace.spans.filter((span) => span.name === name).length;
    for (const name of [
      `process ${requestTopic}`,
      'evaluate chunk',
      `send ${responseTopic}`,
      `process ${responseTopic}`,
    ]) {
      assert.equal(count(name), chunks, name);
    }
    const records = trace.spans.filter(({ name }) => name === 'record outcomes');
    for (const record of records) {
      assert.deepEqual(pathOf(trace, record.spanId), [
        'client-application: POST /api/jobs',
        'client-application: receive job',
        'client-application: dispatch chunks',
        `client-application: send ${requestTopic}`,
        `server-application: process ${requestTopic}`,
        `server-application: send ${responseTopic}`,
        `client-application: process ${responseTopic}`,
        'client-application: record outcomes',
      ]);
    }
  });

  const queries = readQueries();
  it('is documented with queries', () => assert.ok(queries.length >= 8, queries.join('\n')));

  for (const query of queries) {
    it(`answers ${query}`, async () => {
      await runJob(urls[1] ?? '', '1 + 2\n1 / 0\n');
      const samples = await askUntil(
        () => queryPrometheus(prometheus.url, query),
        (found) => found.length > 0,
      );
      for (const { value } of samples) assert.ok(value >= 0 || Number.isNaN(value), `${value}`);
    });
  }

  it('tells the error of a line by its code', async () => {
    await askUntil(
      () => queryPrometheus(prometheus.url, 'sum by (outcome) (mathmill_operations_evaluated_total)'),
      (samples) => samples.find(({ labels }) => labels['outcome'] === 'DIV0')?.value === queries.length,
    );
  });
});

/** Outcomes that are recorded: each write is linked to the messages that it answers. */
function countRecorded({ spans }: JaegerTrace): number {
  return spans.filter(({ name }) => name === 'record outcomes').flatMap(({ links }) => links).length;
}

/** From the root to the span, as `service: name`; fails where a parent is missing. */
function pathOf({ spans }: JaegerTrace, spanId: string): readonly string[] {
  const span = spans.find((one) => one.spanId === spanId);
  assert.ok(span, spanId);
  const before = span.parentSpanId === '' ? [] : pathOf({ traceId: '', spans }, span.parentSpanId);
  return [...before, `${span.service}: ${span.name}`];
}

/** Those of the table in docs/telemetry.md. */
function readQueries(): readonly string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/telemetry.md'), 'utf8');
  const table = /^\| Question[\s\S]*?\n\n/m.exec(text)?.[0] ?? '';
  // A bar within a cell is escaped there.
  return Array.from(table.matchAll(/\| `(.+)`\s*\|$/gm), ([, query = '']) => query.replaceAll('\\|', '|'));
}
