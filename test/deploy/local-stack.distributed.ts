/** The servers of the local stack: real brokers and the MongoDB stand-in, killed, frozen and started again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListOffsetTimestamps, ProduceAcks, Producer } from '@platformatic/kafka';
import { MongoClient } from 'mongodb';
import { findFreePorts } from '../../deploy/local-stack/free-ports.ts';
import { startJaeger, type Jaeger } from '../../deploy/local-stack/jaeger.ts';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { startKafka, type Kafka } from '../../deploy/local-stack/kafka.ts';
import { startMongoStandIn, type MongoStandIn } from '../../deploy/local-stack/mongo-stand-in.ts';
import { startPrometheus, type Prometheus } from '../../deploy/local-stack/prometheus.ts';
import { createStack } from '../../deploy/local-stack/stack.ts';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import { askUntil, findServices, findTraces, queryPrometheus } from '../telemetry/observability-api.ts';

const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;
const pollMs = 200;

describe('one Kafka broker', { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-kafka-'));
  let kafka: Kafka;

  before(async () => {
    kafka = await startKafka({ directory, brokers: 1 });
    await kafka.createTopics();
  });
  after(async () => {
    await kafka.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('makes no topic that nobody asked for', async () => {
    await assert.rejects(send(kafka, 'application.operation.reqest', 1));
    const topics = await withAdmin(adminOptions(kafka), (admin) => admin.listTopics());
    assert.deepEqual(topics.toSorted(), [deadLetterTopic, requestTopic, responseTopic]);
    await kafka.createTopics();
  });

  it('keeps messages through a kill, and through a second start in the same folder', async () => {
    await send(kafka, requestTopic, 20);
    const [broker] = kafka.brokers;
    const pid = broker?.pid;
    await broker?.kill();
    await broker?.start();
    assert.notEqual(broker?.pid, pid);
    assert.equal(await countMessages(kafka, requestTopic), 20);

    await kafka.stop();
    assert.equal(broker?.pid, undefined);
    kafka = await startKafka({ directory, brokers: 1 });
    assert.equal(await countMessages(kafka, requestTopic), 20);
  });

  it('loses its messages when its topics are truncated', async () => {
    await send(kafka, responseTopic, 5);
    await kafka.truncateTopics();
    assert.equal(await countMessages(kafka, requestTopic), 0);
    assert.equal(await countMessages(kafka, responseTopic), 0);
    await send(kafka, responseTopic, 3);
    assert.equal(await countMessages(kafka, responseTopic), 3);
  });

  it('says why it does not come up', async () => {
    await kafka.stop();
    const file = join(directory, 'kafka-1', 'data', 'meta.properties');
    writeFileSync(file, readFileSync(file, 'utf8').replace('node.id=1', 'node.id=7'));
    await assert.rejects(
      startKafka({ directory, brokers: 1 }),
      /kafka-1 ended while starting\. The end of .*Stored node id 7 doesn't match/s,
    );
  });
});

describe('three Kafka brokers', { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-kafka-'));
  let kafka: Kafka;

  before(async () => {
    kafka = await startKafka({ directory, brokers: 3 });
    await kafka.createTopics();
  });
  after(async () => {
    await kafka.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('spread each partition over all of them', async () => {
    const { topics } = await withAdmin(adminOptions(kafka), (admin) =>
      admin.metadata({ topics: [requestTopic, responseTopic], forceUpdate: true }),
    );
    assert.equal(topics.size, 2);
    for (const { partitions } of topics.values()) {
      assert.equal(Object.keys(partitions).length, 60);
      for (const { replicas } of Object.values(partitions)) assert.deepEqual(new Set(replicas), new Set([1, 2, 3]));
    }
  });

  it('take messages with acks of all while one is dead, and count it in again', async () => {
    await send(kafka, requestTopic, 30);
    const dead = kafka.brokers[2];
    await dead?.kill();
    await sendUntilTaken(kafka, requestTopic, 30);
    await dead?.start();
    assert.equal(await dead?.isReady(), true);
    await waitForMessages(kafka, requestTopic, 60);
  });

  it('take messages while one hangs', async () => {
    const hanging = kafka.brokers[0];
    hanging?.pause();
    assert.equal(await hanging?.isReady(), false);
    const others = kafka.bootstrap.split(',').slice(1).join(',');
    await sendUntilTaken({ bootstrap: others }, responseTopic, 30);
    hanging?.resume();
    await hanging?.start();
    await waitForMessages(kafka, responseTopic, 30);
  });
});

describe('the MongoDB stand-in', { timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-mongo-'));
  let server: MongoStandIn;

  before(async () => {
    server = await startMongoStandIn({ directory });
  });
  after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps documents through a kill, under the eyes of one client', async () => {
    await using client = new MongoClient(server.uri);
    const things = client.db().collection<{ _id: string }>('things');
    await things.insertOne({ _id: 'first' });
    await server.kill();
    await server.start();
    assert.deepEqual(await things.find().toArray(), [{ _id: 'first' }]);
  });

  it('keeps documents through a second start in the same folder', async () => {
    await server.stop();
    assert.equal(server.pid, undefined);
    server = await startMongoStandIn({ directory });
    await using client = new MongoClient(server.directUri);
    assert.equal(await client.db().collection('things').countDocuments(), 1);
  });

  it('lets one of many conditional updates win', async () => {
    await using client = new MongoClient(server.uri);
    const races = client.db().collection<{ _id: number; state: string }>('races');
    for (let round = 0; round < 20; round += 1) {
      await races.insertOne({ _id: round, state: 'open' });
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => races.updateOne({ _id: round, state: 'open' }, { $set: { state: 'closed' } })),
      );
      assert.equal(outcomes.filter(({ modifiedCount }) => modifiedCount === 1).length, 1, `round ${round}`);
    }
  });
});

describe('Prometheus', { timeout: 900_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-prometheus-'));
  let server: Prometheus;

  before(async () => {
    server = await startPrometheus({ directory });
  });
  after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async () => (await queryPrometheus(server.url, 'things_total')).map(({ value }) => value);

  it('takes metrics by OTLP, and keeps them through a kill', async () => {
    const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asInt: '7', timeUnixNano: nowInNs() }] };
    const metrics = [{ name: 'things', sum }];
    await sendOtlp(server.metricsEndpoint, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
    assert.deepEqual(await ask(), [7]);
    await server.kill();
    assert.equal(await server.isReady(), false);
    await server.start();
    assert.deepEqual(await ask(), [7]);
  });

  it('keeps them through a second start in the same folder', async () => {
    await server.stop();
    server = await startPrometheus({ directory });
    assert.deepEqual(await ask(), [7]);
  });

  it('says why it does not come up', async () => {
    const configFile = join(directory, 'wrong.yml');
    writeFileSync(configFile, 'global: { no_such_setting: 1 }\n');
    await assert.rejects(
      startPrometheus({ directory: join(directory, 'other'), configFile }),
      /prometheus ended while starting\. The end of .*no_such_setting/s,
    );
  });
});

describe('Jaeger', { timeout: 900_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-jaeger-'));
  const servers: Jaeger[] = [];

  after(async () => {
    for (const server of servers) await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('takes traces by OTLP, beside another one that does not get them', async () => {
    for (const name of ['first', 'second']) servers.push(await startJaeger({ directory: join(directory, name) }));
    const [first, second] = servers;
    assert.ok(first && second);
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const span = { traceId, spanId, name: 'work', startTimeUnixNano: nowInNs(), endTimeUnixNano: nowInNs() };
    await sendOtlp(first.tracesEndpoint, { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const traces = await askUntil(
      () => findTraces(first.url, 'tester'),
      (found) => found.length > 0,
    );
    assert.deepEqual(
      traces.map((trace) => [trace.traceId, trace.spans.map(({ name }) => name)]),
      [[traceId, ['work']]],
    );
    assert.deepEqual(await findServices(second.url), []);
  });

  it('can be killed and started again, with nothing kept', async () => {
    const [server] = servers;
    assert.ok(server);
    await server.kill();
    assert.equal(await server.isReady(), false);
    await server.start();
    assert.deepEqual(await findServices(server.url), []);
    await server.stop();
    assert.equal(server.pid, undefined);
  });
});

describe('the whole stack', { timeout: 900_000 }, () => {
  it('is found again, repaired, and stopped without a trace', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mathmill-stack-'));
    const [mongoPort = 0, clientPort = 0, serverPort = 0, prometheusPort = 0, ...jaegerPorts] = await findFreePorts(8);
    const [query = 0, queryGrpc = 0, otlp = 0, health = 0] = jaegerPorts;
    const options = {
      directory,
      brokerPorts: await findFreePorts(3, 2),
      mongoPort,
      clientPorts: [clientPort],
      serverPorts: [serverPort],
      observability: { prometheusPort, jaegerPorts: { query, queryGrpc, otlp, health } },
    };
    const servers = ['kafka-1', 'kafka-2', 'kafka-3', 'mongo-stand-in'];
    const applications = ['server-application-1', 'client-application-1'];
    const create = () => createStack(options, () => undefined);
    // Settings that the applications get from the starting process.
    process.env['OTEL_METRIC_EXPORT_INTERVAL'] = '500';
    process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_always_on';
    try {
      await create().start();
      const before = await create().status();
      assert.deepEqual(
        before.map(({ name, isReady }) => [name, isReady]),
        [...servers, 'prometheus', 'jaeger', ...applications].map((name) => [name, true]),
      );

      const [lost, ...kept] = before;
      process.kill(lost?.pid ?? 0, 'SIGKILL');
      await create().start();
      const repaired = await create().status();
      assert.ok(repaired.every(({ isReady }) => isReady));
      assert.notEqual(repaired[0]?.pid, lost?.pid);
      assert.deepEqual(repaired.slice(1), kept, 'the others are left alone');

      const answer = await fetch(`${create().apiUrl}/api/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: '1 + 2',
      });
      assert.equal(answer.status, 201);
      const { prometheusUrl = '', jaegerUrl = '' } = create();
      await askUntil(
        () => queryPrometheus(prometheusUrl, 'mathmill_jobs_total{state="completed"}'),
        ([sample]) => sample?.value === 1,
      );
      await askUntil(
        () => findServices(jaegerUrl),
        (names) => names.includes('client-application') && names.includes('server-application'),
      );
    } finally {
      delete process.env['OTEL_METRIC_EXPORT_INTERVAL'];
      delete process.env['OTEL_TRACES_SAMPLER'];
      await create().stop({ isClean: true });
    }
    const after = await create().status();
    assert.ok(after.every(({ pid, isReady }) => pid === undefined && !isReady));
    const bare = createStack({ ...options, observability: undefined }, () => undefined);
    assert.deepEqual(bare.names, [...servers, ...applications]);
    rmSync(directory, { recursive: true });
  });
});

/** The sender of the telemetry in the tests. */
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'tester' } }] };

function nowInNs(): string {
  return `${Date.now()}000000`;
}

async function sendOtlp(endpoint: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

function adminOptions(kafka: Pick<Kafka, 'bootstrap'>) {
  return { bootstrapBrokers: kafka.bootstrap.split(',') };
}

async function send(kafka: Pick<Kafka, 'bootstrap'>, topic: string, count: number): Promise<void> {
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: kafka.bootstrap.split(','),
    connectTimeout: 2_000,
    timeout: 3_000,
    requestTimeout: 4_000,
    retries: 2,
    retryDelay: 250,
  });
  try {
    const messages = Array.from({ length: count }, (_, index) => ({
      topic,
      key: Buffer.from(String(index)),
      value: Buffer.from(`message ${index}`),
    }));
    await producer.send({ messages, acks: ProduceAcks.ALL });
  } finally {
    await producer.close();
  }
}

/** Repeats the send, as the bus does while brokers change their roles; messages of a partial send may be there twice. */
async function sendUntilTaken(kafka: Pick<Kafka, 'bootstrap'>, topic: string, count: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      await send(kafka, topic, count);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

/** A broker that has come back counts as the leader that it was, with the messages that it had, until it is told otherwise. */
async function waitForMessages(kafka: Kafka, topic: string, least: number): Promise<void> {
  while ((await countMessages(kafka, topic)) < least) await sleep(pollMs);
}

async function countMessages(kafka: Kafka, topic: string): Promise<number> {
  return withAdmin(adminOptions(kafka), async (admin) => {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
    const partitionIndexes = Object.keys(topics.get(topic)?.partitions ?? {}).map(Number);
    const sum = async (timestamp: bigint): Promise<number> => {
      const partitions = partitionIndexes.map((partitionIndex) => ({ partitionIndex, timestamp }));
      const listed = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
      return listed.flatMap(({ partitions }) => partitions).reduce((total, { offset }) => total + Number(offset), 0);
    };
    return (await sum(ListOffsetTimestamps.LATEST)) - (await sum(ListOffsetTimestamps.EARLIEST));
  });
}
