/** The telemetry of a cluster: counters that users know, exact over all instances, and one trace through both applications. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedPoint } from './otlp-receiver.ts';

const requestTopic = 'application.operation.request';
const responseTopic = 'application.operation.response';
const lines = 10_000;
const chunks = Math.ceil(lines / 512);

let receiver: OtlpReceiver;
let cluster: Cluster;

before(async () => {
  receiver = await startOtlpReceiver();
  cluster = await startCluster({
    environment: {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesEndpoint,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.metricsEndpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    },
  });
});

after(async () => {
  await cluster.stop();
  await receiver.close();
});

function pointsOf(name: string, topic: string): readonly ReceivedPoint[] {
  return receiver.points(name).filter(({ attributes }) => attributes['topic'] === topic);
}

function sumOf(name: string, topic: string): number {
  return pointsOf(name, topic).reduce((sum, { value }) => sum + value, 0);
}

const topics = [requestTopic, responseTopic];

describe('a job of 10,000 lines on a cluster', () => {
  const series = [
    ['producer.messages.sent', requestTopic, 'client-application'],
    ['consumer.messages.received', requestTopic, 'server-application'],
    ['producer.messages.sent', responseTopic, 'server-application'],
    ['consumer.messages.received', responseTopic, 'client-application'],
  ] as const;

  it('has three series of each counter before it begins, all 0', async () => {
    await receiver.until(() => series.every(([name, topic]) => pointsOf(name, topic).length === 3));
    // Each instance has its partitions then: a message that comes while partitions are assigned may be handled twice.
    await receiver.until(() => topics.every((topic) => pointsOf('consumer.messages.lag', topic).length === 3));
    for (const [name, topic, service] of series) {
      const points = pointsOf(name, topic);
      assert.deepEqual(new Set(points.map(({ resource }) => resource['service.name'])), new Set([service]));
      assert.equal(new Set(points.map(({ resource }) => resource['service.instance.id'])).size, 3);
      assert.equal(sumOf(name, topic), 0);
      for (const point of points) assert.ok(point.isMonotonic);
    }
  });

  it('is counted exactly, message by message', async () => {
    const url = cluster.urls[0] ?? '';
    const { body } = await postJob(url, '1 + 2\n'.repeat(lines));
    await waitForJob(url, body.id);
    const total = (name: string): number => receiver.points(name).reduce((sum, { value }) => sum + value, 0);
    // A message is counted when it comes, and its duration when it is dealt with: perhaps in a later export.
    await receiver.until(
      () =>
        series.every(([name, topic]) => sumOf(name, topic) >= chunks) &&
        total('messaging.process.duration') >= 2 * chunks &&
        total('mathmill.operations.evaluated') >= lines,
    );
    for (const [name, topic] of series) assert.equal(sumOf(name, topic), chunks, `${name} ${topic}`);
    for (const topic of topics) assert.equal(sumOf('consumer.messages.error', topic), 0);
    await receiver.until(() => topics.every((topic) => sumOf('consumer.messages.lag', topic) === 0));
    assert.equal(total('messaging.process.duration'), 2 * chunks);
    assert.equal(total('mathmill.operations.evaluated'), lines);
  });

  it('is one trace from the request through both applications to the last outcome', async () => {
    const findRoot = () => receiver.spans.find(({ name }) => name === 'POST /api/jobs');
    const ofTrace = () => receiver.spans.filter(({ traceId }) => traceId === findRoot()?.traceId);
    const count = (name: string): number => ofTrace().filter((span) => span.name === name).length;
    const linkedIn = (name: string): number =>
      ofTrace()
        .filter((span) => span.name === name)
        .reduce((sum, { links }) => sum + links.length, 0);
    await receiver.until(
      () =>
        count(`process ${requestTopic}`) >= chunks &&
        count(`process ${responseTopic}`) >= chunks &&
        linkedIn('record outcomes') >= chunks,
    );
    assert.equal(count(`process ${requestTopic}`), chunks);
    assert.equal(count('evaluate chunk'), chunks);
    assert.equal(count(`send ${responseTopic}`), chunks);
    assert.equal(count(`process ${responseTopic}`), chunks);
    assert.ok(count(`send ${requestTopic}`) >= 1);
    const services = new Set(ofTrace().map(({ resource }) => resource['service.name']));
    assert.deepEqual(services, new Set(['client-application', 'server-application']));
    const ids = new Set(ofTrace().map(({ spanId }) => spanId));
    for (const { name, parentSpanId } of ofTrace()) assert.ok(parentSpanId === '' || ids.has(parentSpanId), name);
  });
});
