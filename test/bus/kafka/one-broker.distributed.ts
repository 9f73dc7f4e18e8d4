/** The bus on a healthy cluster: poison messages, rebalances, topics that are emptied or recreated, replies. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Admin, Consumer, ListOffsetTimestamps, Producer, ProduceAcks, type Message } from '@platformatic/kafka';
import { context, propagation, ROOT_CONTEXT, createContextKey, type TextMapPropagator } from '@opentelemetry/api';
import { createKafkaBus, createTopics, type KafkaBus, type KafkaNames } from '../../../src/bus/kafka/index.ts';
import { writeRequest, writeResponse } from '../../../src/bus/kafka/wire-format.ts';
import { noopLogger } from '../../../src/engine/index.ts';
import { createInstallation, openBus, startCluster, until, type Cluster } from './kafka-fixture.ts';
import { collectLines, range, request, response } from './messages.ts';

let cluster: Cluster;
let names: KafkaNames;
let admin: Admin;
let buses: KafkaBus[] = [];

async function open(instanceId?: string): Promise<KafkaBus> {
  const bus = await openBus(cluster, names, instanceId);
  buses.push(bus);
  return bus;
}

async function sendRaw(topic: string, values: readonly (Buffer | undefined)[]): Promise<void> {
  const producer: Producer = new Producer({ clientId: 'raw', bootstrapBrokers: [...cluster.bootstrapBrokers] });
  const messages = values.map((value) => ({ topic, partition: 0, ...(value === undefined ? {} : { value }) }));
  await producer.send({ acks: ProduceAcks.ALL, messages });
  await producer.close();
}

/** Reads from the beginning until `count` messages are there. */
async function readAll(topic: string, count: number): Promise<Message[]> {
  const consumer: Consumer = new Consumer({
    clientId: 'raw',
    bootstrapBrokers: [...cluster.bootstrapBrokers],
    groupId: `reader-${topic}-${count}`,
  });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 100 });
  const messages: Message[] = [];
  for await (const message of stream) {
    messages.push(message);
    if (messages.length === count) break;
  }
  await consumer.close(true);
  return messages;
}

function headersOf(message: Message): Record<string, string> {
  return Object.fromEntries(Array.from(message.headers, ([name, value]) => [name.toString(), value.toString()]));
}

async function committedOffsets(groupId: string): Promise<Map<number, bigint>> {
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  return new Map(
    (group?.topics ?? []).flatMap(({ partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset] as const),
    ),
  );
}

async function endOffsets(topic: string, partitions: number): Promise<Map<number, bigint>> {
  const [listed] = await admin.listOffsets({
    topics: [
      {
        name: topic,
        partitions: range(0, partitions - 1).map((partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        })),
      },
    ],
  });
  return new Map((listed?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]));
}

before(async () => {
  cluster = await startCluster(1);
  admin = new Admin({
    clientId: 'test',
    bootstrapBrokers: [...cluster.bootstrapBrokers],
    retries: 10,
    retryDelay: 200,
  });
});
after(async () => {
  await admin.close();
  await cluster.stop();
});
beforeEach(async () => {
  names = await createInstallation(cluster);
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.stop()));
  buses = [];
});

describe('kafka bus: messages that cannot be read', () => {
  it('sets them aside with their reason and origin, and goes on', async () => {
    const bus = await open();
    const poison = [
      undefined,
      Buffer.alloc(0),
      Buffer.from('garbage'),
      writeRequest(request(1), undefined).subarray(0, 60),
      Buffer.from('{"version":3,"job_id":"j"}\n1\n'),
      writeResponse(response(1)),
    ];
    await sendRaw(names.requestTopic, poison);
    await sendRaw(names.requestTopic, [writeRequest(request(1), undefined)]);
    const collected = collectLines(1);
    bus.consumeRequests(async (message) => collected.take(message), 1);
    await collected.all;
    const dead = await readAll(names.deadLetterTopic, poison.length);
    const byOffset = dead.toSorted(
      (left, right) => Number(headersOf(left)['original-offset']) - Number(headersOf(right)['original-offset']),
    );
    assert.deepEqual(
      byOffset.map((message) => headersOf(message)['reason']),
      ['tombstone', 'empty', 'head', 'head', 'version', 'field'],
    );
    for (const [index, message] of byOffset.entries()) {
      const headers = headersOf(message);
      assert.equal(headers['original-topic'], names.requestTopic);
      assert.equal(headers['original-partition'], '0');
      assert.equal(headers['original-offset'], String(index));
      assert.deepEqual(message.value, poison[index]);
    }
    await until(() => bus.readStatistics().topics[names.requestTopic]?.deadLetters === poison.length);
    await until(async () => (await committedOffsets(names.requestGroup)).get(0) === BigInt(poison.length + 1));
  });

  it('keeps one that cannot be set aside, and holds up nothing else meanwhile', async () => {
    const bus = await open();
    await admin.deleteTopics({ topics: [names.deadLetterTopic] });
    await sendRaw(names.responseTopic, [Buffer.from('garbage'), writeResponse(response(1))]);
    await bus.sendResponses(range(2, 20).map((line) => response(line)));
    const collected = collectLines(20);
    bus.consumeResponses(async (message) => collected.take(message), 2);
    await collected.all;
    assert.equal((await committedOffsets(names.responseGroup)).get(0) ?? 0n, 0n);
    await createTopics({ bootstrapBrokers: cluster.bootstrapBrokers, names });
    const [dead] = await readAll(names.deadLetterTopic, 1);
    assert.ok(dead);
    assert.equal(headersOf(dead)['reason'], 'head');
    await until(async () => ((await committedOffsets(names.responseGroup)).get(0) ?? 0n) >= 2n);
  });
});

describe('kafka bus: offsets', () => {
  it('commits nothing beyond a message whose handler fails, and all when it succeeds', async () => {
    const bus = await open();
    await sendRaw(
      names.requestTopic,
      range(1, 50).map((line) => writeRequest(request(line), undefined)),
    );
    let mayPass = false;
    const others = collectLines(50);
    others.take(request(4));
    const failed = Promise.withResolvers<void>();
    const passed = Promise.withResolvers<void>();
    bus.consumeRequests(async (message) => {
      if (message.firstLine !== 4) return others.take(message);
      if (mayPass) return passed.resolve();
      failed.resolve();
      throw new Error('not now');
    }, 3);
    await Promise.all([others.all, failed.promise]);
    await until(async () => (await committedOffsets(names.requestGroup)).get(0) === 3n);
    await until(async () => (await bus.readLag(names.requestTopic)) === 47);
    mayPass = true;
    await passed.promise;
    await until(async () => (await committedOffsets(names.requestGroup)).get(0) === 50n);
    await until(async () => (await bus.readLag(names.requestTopic)) === 0);
    assert.equal(await bus.readLag(names.responseTopic), undefined, 'nobody reads it here');
    assert.ok((bus.readStatistics().topics[names.requestTopic]?.handlerFailures ?? 0) >= 1);
  });

  it('goes on after its topics were emptied', async () => {
    const bus = await open();
    const sender = await open('sender');
    const first = collectLines(100);
    const subscription = bus.consumeRequests(async (message) => first.take(message), 5);
    await sender.sendRequests(range(1, 100).map((line) => request(line)));
    await first.all;
    await subscription.stop();
    // These requests are lost, and with them the offsets at which the group would continue.
    await sender.sendRequests(range(1, 100).map((line) => request(line)));
    const ends = await endOffsets(names.requestTopic, 6);
    await admin.deleteRecords({
      topics: [
        { name: names.requestTopic, partitions: Array.from(ends, ([partition, offset]) => ({ partition, offset })) },
      ],
    });
    const second = collectLines(300);
    for (const line of range(1, 200)) second.take(request(line));
    bus.consumeRequests(async (message) => second.take(message), 5);
    await sender.sendRequests(range(201, 300).map((line) => request(line)));
    await second.all;
  });

  it('goes on with topics that were emptied while it reads', async () => {
    const bus = await open();
    const collected = collectLines(400);
    bus.consumeRequests(async (message) => collected.take(message), 5);
    for (const from of [1, 101, 201, 301]) {
      await bus.sendRequests(range(from, from + 99).map((line) => request(line)));
      await until(() => collected.times.size === from + 99);
      const ends = await endOffsets(names.requestTopic, 6);
      const partitions = Array.from(ends, ([partition, offset]) => ({ partition, offset }));
      await admin.deleteRecords({ topics: [{ name: names.requestTopic, partitions }] });
    }
    await collected.all;
  });

  it('goes on with topics that were made anew under it', async () => {
    const bus = await open();
    const seen: string[] = [];
    bus.consumeRequests(async ({ jobId, firstLine }) => {
      seen.push(`${jobId}:${firstLine}`);
    }, 5);
    await bus.sendRequests(range(1, 50).map((line) => request(line)));
    await until(() => new Set(seen).size === 50);
    await admin.deleteTopics({ topics: [names.requestTopic] });
    await until(async () => !(await admin.listTopics()).includes(names.requestTopic));
    await createTopics({ bootstrapBrokers: cluster.bootstrapBrokers, names, partitions: 6 });
    const requests = range(1, 50).map((line) => ({ ...request(line), jobId: 'job-2' }));
    await until(() =>
      bus.sendRequests(requests).then(
        () => true,
        () => false,
      ),
    );
    await until(() => new Set(seen).size === 100);
  });
});

describe('kafka bus: several consumers', () => {
  it('share the partitions, and take over from one that leaves within a second', async () => {
    const sender = await open('sender');
    const [first, second] = [await open('first'), await open('second')];
    const by = new Map<number, string>();
    const firstSubscription = first.consumeRequests(async ({ firstLine }) => void by.set(firstLine, 'first'), 5);
    second.consumeRequests(async ({ firstLine }) => void by.set(firstLine, 'second'), 5);
    let line = 0;
    async function send(): Promise<void> {
      const lines = range(line + 1, line + 24);
      line += 24;
      await sender.sendRequests(lines.map((each) => request(each)));
      await until(() => lines.every((each) => by.has(each)));
    }
    await until(async () => {
      await send();
      const last = new Set(range(line - 23, line).map((each) => by.get(each)));
      return last.has('first') && last.has('second');
    });
    await firstSubscription.stop();
    const leftAt = performance.now();
    by.clear();
    await send();
    assert.ok(performance.now() - leftAt < 5_000, 'sooner than a session could end');
    assert.deepEqual(new Set(by.values()), new Set(['second']));
  });

  it('lose nothing while members come and go', async () => {
    const sender = await open('sender');
    const collected = collectLines(3_000);
    const steady = await open('steady');
    steady.consumeRequests(async (message) => collected.take(message), 5);
    const sending = (async () => {
      for (const from of range(0, 99)) {
        await sender.sendRequests(range(from * 30 + 1, from * 30 + 30).map((line) => request(line)));
      }
    })();
    for (const turn of range(1, 4)) {
      const guest = await open(`guest-${turn}`);
      const firstSeen = Promise.withResolvers<void>();
      const subscription = guest.consumeRequests(async (message) => {
        collected.take(message);
        firstSeen.resolve();
      }, 5);
      await Promise.race([firstSeen.promise, collected.all]);
      await subscription.stop();
    }
    await sending;
    await collected.all;
    const repeated = Array.from(collected.times.values()).filter((times) => times > 1).length;
    assert.ok(repeated < 600, `${repeated} of 3000 came twice`);
  });
});

describe('kafka bus: stop', () => {
  it('ends a subscription at whatever moment of its joining, and the next one goes on', async () => {
    const bus = await open();
    const collected = collectLines(20);
    for (const turn of range(0, 19)) {
      const subscription = bus.consumeRequests(async (message) => collected.take(message), 2);
      await bus.sendRequests([request(turn + 1)]);
      // The moment moves on from turn to turn: before, in and after the join.
      await new Promise((resolve) => setTimeout(resolve, turn * 15));
      await subscription.stop();
    }
    bus.consumeRequests(async (message) => collected.take(message), 2);
    await collected.all;
  });
});

describe('kafka bus: slow handlers', () => {
  it('keep their partitions for longer than a session lasts, and have their message once', async () => {
    const [slow, other] = [await open('slow'), await open('other')];
    const handled: number[] = [];
    const started = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    async function handle({ firstLine }: { readonly firstLine: number }): Promise<void> {
      handled.push(firstLine);
      if (firstLine !== 1) return;
      started.resolve();
      // The session ends after 10 s without a sign of life.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      done.resolve();
    }
    slow.consumeRequests(handle, 1);
    other.consumeRequests(handle, 1);
    await slow.sendRequests([request(1)]);
    await started.promise;
    await done.promise;
    await slow.sendRequests(range(2, 40).map((line) => request(line)));
    await until(() => new Set(handled).size === 40);
    assert.equal(handled.filter((line) => line === 1).length, 1);
  });
});

describe('kafka bus: replies', () => {
  it('come back to the instance that asked', async () => {
    const [asker, other, server] = [await open('asker'), await open('other'), await open('server')];
    const at: string[] = [];
    asker.consumeResponses(async ({ firstLine }) => void at.push(`asker ${firstLine}`), 5);
    other.consumeResponses(async ({ firstLine }) => void at.push(`other ${firstLine}`), 5);
    server.consumeRequests(({ firstLine }) => server.sendResponses([response(firstLine)]), 5);
    // Both instances have partitions once both have received responses without a requested partition.
    await until(async () => {
      await server.sendResponses(range(1, 12).map((line) => response(line)));
      return at.some((text) => text.startsWith('asker')) && at.some((text) => text.startsWith('other'));
    });
    await until(async () => {
      const before = at.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return at.length === before;
    });
    at.length = 0;
    await asker.sendRequests(range(1001, 1040).map((line) => request(line)));
    await until(() => at.length >= 40);
    assert.ok(
      at.every((text) => text.startsWith('asker')),
      at.join(', '),
    );
  });

  it('carry the trace of their request', async () => {
    const key = createContextKey('trace');
    const propagator: TextMapPropagator<Record<string, string>> = {
      inject: (active, carrier) => {
        const trace = active.getValue(key);
        if (typeof trace === 'string') carrier['traceparent'] = trace;
      },
      extract: (active, carrier) => active.setValue(key, carrier['traceparent']),
      fields: () => ['traceparent'],
    };
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const storage = new AsyncLocalStorage<typeof ROOT_CONTEXT>();
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, run, self, ...rest) => storage.run(active, () => run.apply(self, rest)),
      bind: (_active, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    propagation.setGlobalPropagator(propagator);
    try {
      const bus = await open();
      const trace = Promise.withResolvers<unknown>();
      bus.consumeRequests(({ firstLine }) => bus.sendResponses([response(firstLine)]), 1);
      bus.consumeResponses(async () => trace.resolve(context.active().getValue(key)), 1);
      const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await context.with(ROOT_CONTEXT.setValue(key, parent), () => bus.sendRequests([request(1)]));
      assert.equal(await trace.promise, parent);
    } finally {
      context.disable();
      propagation.disable();
    }
  });
});

describe('kafka bus: start', () => {
  it('resolves as joined when messages of its subscriptions are handled, and of none immediately', async () => {
    const bus = await open();
    await bus.waitUntilJoined();
    const lines: number[] = [];
    bus.consumeRequests(async ({ firstLine }) => void lines.push(firstLine), 4);
    assert.equal(await bus.readLag(names.requestTopic), undefined);
    await bus.waitUntilJoined();
    assert.equal(await bus.readLag(names.requestTopic), 0);
  });

  it('says what is missing when there is no broker', async () => {
    const bus = createKafkaBus(
      { logger: noopLogger },
      { bootstrapBrokers: ['127.0.0.1:9'], instanceId: 'test', startLimitMs: 1_000 },
    );
    await assert.rejects(bus.start(), /Kafka at 127\.0\.0\.1:9 .*not available after 1 s.*KAFKA_URI/);
    await bus.stop();
  });

  it('says what is missing when there are no topics', async () => {
    const bus = createKafkaBus(
      { logger: noopLogger },
      {
        bootstrapBrokers: cluster.bootstrapBrokers,
        instanceId: 'test',
        names: { ...names, deadLetterTopic: 'nowhere' },
        startLimitMs: 1_000,
      },
    );
    await assert.rejects(bus.start(), /Unknown topic nowhere/);
    await bus.stop();
  });

  it('makes only the topics that are missing', async () => {
    const made = await createTopics({ bootstrapBrokers: cluster.bootstrapBrokers, names });
    assert.deepEqual(made, []);
    await admin.deleteTopics({ topics: [names.responseTopic] });
    await until(async () => !(await admin.listTopics()).includes(names.responseTopic));
    assert.deepEqual(await createTopics({ bootstrapBrokers: cluster.bootstrapBrokers, names }), [names.responseTopic]);
  });
});
