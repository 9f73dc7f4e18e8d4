import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchingProducer, spreadPartitions, type QueuedMessage } from '../../../src/bus/kafka/batching-producer.ts';
import { SendFailure, type OutgoingMessage, type Transport } from '../../../src/bus/kafka/transport.ts';
import { BusClosed } from '../../../src/engine/index.ts';
import { createFakeTime, type FakeTime } from '../../fake-time.ts';

interface Send {
  readonly partition: number;
  readonly texts: readonly string[];
  succeed(): void;
  fail(kind?: 'unreachable' | 'refused' | 'tooLarge'): void;
}

const topic = 'topic';

/** Sends wait until the test ends them. Partition p is led by broker p % brokers. */
function openProducer(partitions = 6, brokers = 3, isMoreExpected = () => false) {
  const time: FakeTime = createFakeTime();
  const sends: Send[] = [];
  const open = new Set<Send>();
  const transport: Transport = {
    leaders: () => Array.from({ length: partitions }, (_, partition) => partition % brokers),
    async send(_topic: string, partition: number, messages: readonly OutgoingMessage[]) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const send: Send = {
        partition,
        texts: messages.map(({ value }) => String(value).slice(0, 40)),
        succeed: () => resolve(),
        fail: (kind = 'unreachable') => reject(new SendFailure(kind, kind)),
      };
      for (const other of open) assert.notEqual(other.partition, partition, 'one send in flight per partition');
      sends.push(send);
      open.add(send);
      await promise.finally(() => open.delete(send));
    },
  };
  const failures: string[] = [];
  const producer = new BatchingProducer(
    { transport, time, onSent: () => undefined, onFailure: ({ code }) => failures.push(code), isMoreExpected },
    { topic, deadlineMs: 10_000 },
  );
  function send(texts: readonly string[], fields: Partial<QueuedMessage> = {}): Promise<void> {
    const messages = texts.map((text) => ({ value: Buffer.from(text), headers: {}, ...fields }));
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    return producer.send(bytes, () => messages);
  }
  return { producer, time, sends, open, failures, send };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `m${index}`);
}

/** Messages as large as those of chunks of many lines. */
function chunks(count: number): string[] {
  return numbered(count).map((text) => text.padEnd(10_000, '.'));
}

describe('batching producer', () => {
  it('sends at once when nothing is under way, and resolves when the broker has it', async () => {
    const { sends, send } = openProducer();
    let isDone = false;
    const sending = send(['a']).then(() => (isDone = true));
    await settled();
    assert.deepEqual(sends[0]?.texts, ['a']);
    assert.equal(isDone, false);
    sends[0]?.succeed();
    await sending;
  });

  it('spreads what comes together over partitions far apart, and gathers what comes later', async () => {
    const { sends, open, send } = openProducer(60);
    const first = send(chunks(15));
    await settled();
    assert.equal(sends.length, 3);
    assert.ok(sends.every(({ texts }) => texts.length === 5));
    const thirds = new Set(sends.map(({ partition }) => Math.floor(partition / 20)));
    assert.equal(thirds.size, 3);
    const second = send(chunks(64));
    await settled();
    assert.equal(sends.length, 3);
    for (const each of open) each.succeed();
    await settled();
    assert.equal(sends.length, 6);
    assert.equal(
      sends.slice(3).reduce((sum, { texts }) => sum + texts.length, 0),
      64,
    );
    for (const each of open) each.succeed();
    await Promise.all([first, second]);
  });

  it('sends small messages that come together in one request', async () => {
    const { sends, send } = openProducer(60);
    const sending = send(numbered(15));
    await settled();
    assert.deepEqual(
      sends.map(({ texts }) => texts.length),
      [15],
    );
    sends[0]?.succeed();
    await sending;
  });

  it('gathers small messages while a request is in flight, for 20 ms at most', async () => {
    for (const partition of [undefined, 7]) {
      const { sends, open, time, send } = openProducer(60);
      const all = [send(['first'], { partition: 5 })];
      await settled();
      for (const text of ['a', 'b']) {
        all.push(send([text], { partition }));
        await settled();
        await time.advance(9);
        await settled();
      }
      assert.equal(sends.length, 1);
      await time.advance(2);
      await settled();
      assert.deepEqual(sends[1]?.texts, ['a', 'b']);
      for (const each of open) each.succeed();
      await Promise.all(all);
    }
  });

  it('sends what gathered as soon as it has 64 KiB, or the request in flight ends', async () => {
    const { sends, open, send } = openProducer(60);
    const all = [send(['first']), send(chunks(7))];
    await settled();
    assert.equal(sends.length, 3);
    all.push(send(['small']));
    await settled();
    sends[0]?.succeed();
    await settled();
    assert.equal(sends.length, 3, 'two are still in flight');
    for (const each of open) each.succeed();
    await settled();
    assert.deepEqual(sends[3]?.texts, ['small']);
    sends[3]?.succeed();
    await Promise.all(all);
  });

  it('waits for messages that are expected, for 10 ms at most', async () => {
    let isMoreExpected = true;
    const { sends, time, send } = openProducer(60, 3, () => isMoreExpected);
    const first = send(['a'], { partition: 3 });
    await settled();
    await time.advance(9);
    await settled();
    assert.equal(sends.length, 0);
    await time.advance(1);
    await settled();
    assert.deepEqual(sends[0]?.texts, ['a']);
    sends[0]?.succeed();
    await first;
    const second = send(['b'], { partition: 3 });
    await settled();
    isMoreExpected = false;
    const third = send(['c'], { partition: 3 });
    await settled();
    assert.deepEqual(sends[1]?.texts, ['b', 'c']);
    sends[1]?.succeed();
    await Promise.all([second, third]);
  });

  it('keeps a send within 64 messages and 512 KiB', async () => {
    const { sends, open, send } = openProducer(1, 1);
    const first = send(['first']);
    await settled();
    const many = send(numbered(100), { partition: 0 });
    open.values().next().value?.succeed();
    await settled();
    assert.equal(sends[1]?.texts.length, 64);
    open.values().next().value?.succeed();
    await settled();
    assert.equal(sends[2]?.texts.length, 36);
    const large = send(['x'.repeat(300_000), 'y'.repeat(300_000), 'z'.repeat(900_000)], { partition: 0 });
    for (const length of [1, 1, 1]) {
      open.values().next().value?.succeed();
      await settled();
      assert.equal(sends.at(-1)?.texts.length, length);
    }
    open.values().next().value?.succeed();
    await Promise.all([first, many, large]);
  });

  it('sends to two partitions at a time what prefers one, each in its turn, and what gathers meanwhile together', async () => {
    const { sends, open, send } = openProducer(60);
    const all = [4, 5, 6, 7].map((partition) => send(numbered(2), { partition }));
    await settled();
    assert.deepEqual(new Set(sends.map(({ partition }) => partition)), new Set([4, 5]));
    const more = send(numbered(3), { partition: 6 });
    for (const each of open) each.succeed();
    await settled();
    assert.deepEqual(
      sends.slice(2).map(({ partition, texts }) => [partition, texts.length]),
      [
        [6, 5],
        [7, 2],
      ],
    );
    for (const each of open) each.succeed();
    await Promise.all([...all, more]);
  });

  it('holds messages for other partitions back for none that hangs', async () => {
    const { sends, time, send } = openProducer(60);
    const stuck = send(chunks(3));
    await settled();
    assert.equal(sends.length, 3);
    // All leaders hang: nothing else can go.
    const other = send(['later']);
    await settled();
    assert.equal(sends.length, 3);
    for (const hanging of sends.slice(1)) hanging.succeed();
    await settled();
    await time.advance(20);
    await settled();
    const later = sends[3];
    assert.deepEqual(later?.texts, ['later']);
    later?.succeed();
    await other;
    await time.advance(2_000);
    const bound = send(['bound for the hanging one'], { partition: sends[0]?.partition ?? 0 });
    await settled();
    const elsewhere = sends[4];
    assert.notEqual((elsewhere?.partition ?? 0) % 3, (sends[0]?.partition ?? 0) % 3);
    elsewhere?.succeed();
    await bound;
    sends[0]?.succeed();
    await stuck;
  });

  it('moves what waits behind a hanging send', async () => {
    const { sends, time, send } = openProducer();
    const first = send(['first'], { partition: 2 });
    await settled();
    const second = send(['second'], { partition: 2 });
    await settled();
    assert.equal(sends.length, 1);
    await time.advance(1_500);
    await settled();
    assert.deepEqual(sends[1]?.texts, ['second']);
    assert.notEqual((sends[1]?.partition ?? 2) % 3, 2);
    sends[1]?.succeed();
    await second;
    sends[0]?.succeed();
    await first;
  });

  it('tries a failed message elsewhere, away from the same leader', async () => {
    const { sends, failures, send } = openProducer();
    const sending = send(['a'], { partition: 1 });
    await settled();
    sends[0]?.fail();
    await settled();
    assert.deepEqual(failures, ['unreachable']);
    assert.notEqual((sends[1]?.partition ?? 1) % 3, 1);
    sends[1]?.succeed();
    await sending;
  });

  it('waits a while when every leader is in trouble, and gives up at the deadline', async () => {
    const { sends, open, time, send } = openProducer();
    const sending = send(['a']);
    const rejected = assert.rejects(sending, (error) => error instanceof SendFailure && error.retryable);
    await settled();
    const failAll = async (): Promise<void> => {
      for (let rounds = 0; rounds < 6; rounds += 1) {
        for (const each of open) each.fail();
        await settled();
      }
    };
    await failAll();
    assert.equal(sends.length, 3, 'each leader once');
    await time.advance(1_250);
    await failAll();
    assert.ok(sends.length > 3 && sends.length <= 6);
    await time.advance(10_000);
    await failAll();
    await rejected;
  });

  it('gives up a hanging message at the deadline too', async () => {
    const { time, send } = openProducer();
    const rejected = assert.rejects(send(['a']), SendFailure);
    await settled();
    await time.advance(10_500);
    await rejected;
  });

  it('sends messages alone that were too large together, and gives up one that is too large alone', async () => {
    const { sends, open, send } = openProducer(1, 1);
    const small = send(['first']);
    await settled();
    const both = [send(['small'], { partition: 0 }), send(['huge'], { partition: 0 })];
    const isRefused = assert.rejects(both[1] ?? small, (error) => error instanceof SendFailure && !error.retryable);
    open.values().next().value?.succeed();
    await settled();
    assert.deepEqual(sends[1]?.texts, ['small', 'huge']);
    sends[1]?.fail('tooLarge');
    await settled();
    assert.deepEqual(sends[2]?.texts, ['small']);
    sends[2]?.succeed();
    await settled();
    assert.deepEqual(sends[3]?.texts, ['huge']);
    sends[3]?.fail('tooLarge');
    await isRefused;
    await Promise.all([small, both[0]]);
  });

  it('lets senders wait when too many bytes are under way', async () => {
    const { sends, open, producer, send } = openProducer();
    const large = 'x'.repeat(20 * 1024 * 1024);
    const first = send([large]);
    const second = send([large]);
    const third = send(['small']);
    await settled();
    assert.equal(producer.outstandingCount, 1);
    open.values().next().value?.succeed();
    await first;
    await settled();
    assert.equal(producer.outstandingCount, 2);
    assert.equal(sends.length, 3);
    for (const each of open) each.succeed();
    await Promise.all([second, third]);
  });

  it('tells where a message went', async () => {
    const { sends, send } = openProducer();
    const placed: number[] = [];
    const sending = send(['a'], { onPlaced: (partition) => placed.push(partition) });
    await settled();
    sends[0]?.fail();
    await settled();
    sends[1]?.succeed();
    await sending;
    assert.deepEqual(
      placed,
      sends.map(({ partition }) => partition),
    );
  });

  it('waits at close for what is under way, refuses what comes after, and gives up the rest', async () => {
    const { sends, producer, send } = openProducer();
    const first = send(['first']);
    await settled();
    const closed = producer.close(60_000);
    await assert.rejects(send(['late']), BusClosed);
    sends[0]?.succeed();
    await Promise.all([first, closed]);
    const other = openProducer();
    const lost = assert.rejects(other.send(['lost']), BusClosed);
    await settled();
    await other.producer.close(0);
    await lost;
  });

  it('visits every partition in its rotation, and three in a row reach both of two consumers', () => {
    for (let count = 1; count <= 200; count += 1) {
      const order = spreadPartitions(count);
      assert.equal(new Set(order).size, count);
      const halves = order.map((partition) => (partition < count / 2 ? 0 : 1));
      for (let turn = 0; count >= 4 && turn < count; turn += 1) {
        const row = [0, 1, 2].map((step) => halves[(turn + step) % count]);
        assert.ok(turn + 2 >= count || new Set(row).size === 2, `${count} partitions, from turn ${turn} on`);
      }
    }
  });
});
