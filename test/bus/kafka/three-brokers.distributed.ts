/** The bus while brokers die, hang or come back: no accepted message is lost, and the bus continues on its own. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { createGroupConsumer, openGroupStream } from '../../../src/bus/kafka/group-client.ts';
import { GroupConsumer } from '../../../src/bus/kafka/group-consumer.ts';
import type { KafkaBus, KafkaNames } from '../../../src/bus/kafka/index.ts';
import { createInstallation, openBus, startCluster, until, type Cluster } from './kafka-fixture.ts';
import { range, request, response } from './messages.ts';

let cluster: Cluster;
let names: KafkaNames;
let buses: KafkaBus[] = [];
/** Functions that stop a load left running by a failed case. */
const stopLoads: (() => void)[] = [];

async function open(instanceId: string): Promise<KafkaBus> {
  const bus = await openBus(cluster, names, instanceId);
  buses.push(bus);
  return bus;
}

/**
 * Clients that send requests and servers that respond, under a steady load. A line is in `asked` when the bus has taken it
 * and in `answered` when a client has received its response; `finish` waits until all are answered.
 */
async function startLoad(clients: number, servers: number) {
  const asked = new Set<number>();
  const answered = new Map<number, number>();
  let refused = 0;
  let lastAnswerAt = performance.now();
  let longestSilenceMs = 0;
  const askedAt = new Map<number, number>();
  let longestDelayMs = 0;
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  function isDone(): boolean {
    return [...asked].every((line) => answered.has(line));
  }
  const senders: KafkaBus[] = [];
  for (const index of range(1, servers)) {
    const server = await open(`server-${index}`);
    server.consumeRequests(({ firstLine }) => server.sendResponses([response(firstLine)]), 10);
  }
  for (const index of range(1, clients)) {
    const client = await open(`client-${index}`);
    client.consumeResponses(async ({ firstLine }) => {
      const now = performance.now();
      longestSilenceMs = Math.max(longestSilenceMs, now - lastAnswerAt);
      lastAnswerAt = now;
      longestDelayMs = Math.max(longestDelayMs, now - (askedAt.get(firstLine) ?? now));
      answered.set(firstLine, (answered.get(firstLine) ?? 0) + 1);
      for (const waiter of waiting) if (answered.size >= waiter.count) waiter.resolve();
    }, 20);
    senders.push(client);
  }
  let isStopped = false;
  stopLoads.push(() => {
    isStopped = true;
  });
  let nextLine = 1;
  async function send(bus: KafkaBus): Promise<void> {
    while (!isStopped) {
      const lines = range(nextLine, nextLine + 3);
      nextLine += 4;
      for (const line of lines) askedAt.set(line, performance.now());
      try {
        await bus.sendRequests(lines.map((line) => request(line, `${line} + ${'1 + '.repeat(500)}1\n`)));
        for (const line of lines) asked.add(line);
      } catch {
        refused += lines.length;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const sending = senders.map((bus) => send(bus));
  async function answersOf(count: number): Promise<void> {
    if (answered.size >= count) return;
    await new Promise<void>((resolve) => waiting.push({ count, resolve }));
  }
  return {
    /** Resolves when `count` more lines were answered. */
    progress: (count: number) => answersOf(answered.size + count),
    async finish() {
      isStopped = true;
      await Promise.all(sending);
      while (!isDone()) await answersOf(answered.size + 1);
      const repeated = Array.from(answered.values()).filter((times) => times > 1).length;
      return { asked: asked.size, refused, repeated, longestSilenceMs, longestDelayMs };
    },
  };
}

function report(what: string, result: object): void {
  console.log(`# ${what}: ${JSON.stringify(result)}`);
}

before(async () => {
  cluster = await startCluster(3);
});
after(() => cluster.stop());
beforeEach(async () => {
  names = await createInstallation(cluster, 60);
});
afterEach(async () => {
  for (const stop of stopLoads.splice(0)) stop();
  await Promise.all(buses.map((bus) => bus.stop()));
  buses = [];
});

describe('kafka bus with three brokers', { timeout: 600_000 }, () => {
  it('asks for the acknowledgement of all replicas with every send', async () => {
    const acks: unknown[] = [];
    const onSend = (event: unknown): void => {
      const { options } = event as { options: { acks?: number } };
      acks.push(options.acks);
    };
    const sends = channel('tracing:plt:kafka:producer:sends:start');
    sends.subscribe(onSend);
    try {
      const load = await startLoad(1, 1);
      await load.progress(40);
      await load.finish();
      // A check that the channel reports other sends, too.
      const producer: Producer = new Producer({ clientId: 'raw', bootstrapBrokers: [...cluster.bootstrapBrokers] });
      await producer.send({ messages: [{ topic: names.deadLetterTopic, value: Buffer.from('x') }] });
      await producer.close();
    } finally {
      sends.unsubscribe(onSend);
    }
    assert.equal(acks.pop(), ProduceAcks.LEADER);
    assert.ok(acks.length >= 20);
    assert.deepEqual(new Set(acks), new Set([ProduceAcks.ALL]));
  });

  it('loses nothing when a broker is killed and comes back', async () => {
    for (const [index, broker] of cluster.kafka.brokers.entries()) {
      const load = await startLoad(2, 2);
      await load.progress(100);
      await broker.kill();
      await load.progress(200);
      await broker.start();
      await load.progress(100);
      report(`broker ${index + 1} killed`, await load.finish());
      await Promise.all(buses.map((bus) => bus.stop()));
      buses = [];
    }
  });

  it('loses nothing when a broker hangs for 20 seconds', async () => {
    const load = await startLoad(2, 2);
    await load.progress(200);
    const [broker] = cluster.kafka.brokers;
    broker?.pause();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    broker?.resume();
    await load.progress(200);
    report('broker 1 hung', await load.finish());
  });

  it('finds another coordinator when that of its group hangs, and other brokers to ask', async () => {
    const { bootstrapBrokers } = cluster;
    // Each broker is the first choice of one of the consumers.
    const consumers = range(0, 2).map((rotation) =>
      createGroupConsumer({
        bootstrapBrokers,
        security: {},
        clientId: `member-${rotation}`,
        rotation,
        groupId: names.requestGroup,
      }),
    );
    await Promise.all(consumers.map((consumer) => openGroupStream(consumer, names.requestTopic)));
    await until(() => new Set(consumers.map(({ generationId }) => generationId)).size === 1);
    const [first] = consumers;
    assert.ok(first);
    const coordinatorId = await first.findGroupCoordinator();
    const broker = cluster.kafka.brokers[coordinatorId - 1];
    assert.ok(broker);
    broker.pause();
    try {
      // The broker is paused until all consumers have committed.
      const offsets = [{ topic: names.requestTopic, partition: 0, offset: 0n, leaderEpoch: -1 }];
      for (const consumer of consumers) {
        await until(() =>
          consumer.commit({ offsets }).then(
            () => true,
            () => false,
          ),
        );
        assert.notEqual(consumer.coordinatorId, coordinatorId);
      }
    } finally {
      broker.resume();
      await Promise.all(consumers.map((consumer) => consumer.close(true)));
    }
  });

  it('finds another coordinator when that of its group has left the cluster unnoticed', async () => {
    const topic = names.requestTopic;
    // The consumer sends no heartbeat here, so no request of its own reveals the change.
    const consumer = new GroupConsumer({
      clientId: 'member',
      groupId: names.requestGroup,
      bootstrapBrokers: [...cluster.bootstrapBrokers],
      sessionTimeout: 60_000,
      heartbeatInterval: 59_000,
      retries: 60,
      retryDelay: 500,
    });
    consumer.topics.track(topic);
    await consumer.joinGroup({ sessionTimeout: 60_000 });
    const coordinatorId = await consumer.findGroupCoordinator();
    const broker = cluster.kafka.brokers[coordinatorId - 1];
    assert.ok(broker);
    await broker.kill();
    try {
      await until(async () => {
        const { brokers } = await consumer.metadata({ topics: [topic], forceUpdate: true });
        return !brokers.has(coordinatorId);
      });
      await consumer.commit({ offsets: [{ topic, partition: 0, offset: 0n, leaderEpoch: -1 }] });
      assert.notEqual(consumer.coordinatorId, coordinatorId);
    } finally {
      await consumer.close(true);
      await broker.start();
    }
  });

  it('holds or refuses when two brokers are down, says so, and goes on when they are back', async () => {
    const load = await startLoad(2, 2);
    await load.progress(100);
    const [, second, third] = cluster.kafka.brokers;
    assert.ok(second && third);
    await Promise.all([second.kill(), third.kill()]);
    const [bus] = buses;
    assert.ok(bus);
    for (;;) {
      const reason = await bus.checkHealth().then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (reason !== undefined) {
        assert.match(
          reason,
          /^Kafka: (no broker has responded|no message could be sent|the consumer is not in the group)/,
        );
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await Promise.all([second.start(), third.start()]);
    await load.progress(200);
    report('two brokers down', await load.finish());
    for (const each of buses) await each.checkHealth();
  });
});
