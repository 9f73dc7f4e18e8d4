import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox, rotationStep, type Letter } from '../../../src/bus/kafka/outbox.ts';
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
function openOutbox(partitions = 6, brokers = 3) {
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
  const outbox = new Outbox(
    { transport, time, onSent: () => undefined, onFailure: ({ code }) => failures.push(code) },
    { topic, deadlineMs: 10_000 },
  );
  function send(texts: readonly string[], fields: Partial<Letter> = {}): Promise<void> {
    const letters = texts.map((text) => ({ value: Buffer.from(text), headers: {}, ...fields }));
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    return outbox.send(bytes, () => letters);
  }
  return { outbox, time, sends, open, failures, send };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `m${index}`);
}

describe('outbox', () => {
  it('sends at once when nothing is under way, and resolves when the broker has it', async () => {
    const { sends, send } = openOutbox();
    let isDone = false;
    const sending = send(['a']).then(() => (isDone = true));
    await settled();
    assert.deepEqual(sends[0]?.texts, ['a']);
    assert.equal(isDone, false);
    sends[0]?.succeed();
    await sending;
  });

  it('spreads what comes together over partitions far apart, and gathers what comes later', async () => {
    const { sends, open, send } = openOutbox(60);
    const first = send(numbered(16));
    await settled();
    assert.equal(sends.length, 8);
    assert.ok(sends.every(({ texts }) => texts.length === 2));
    const thirds = new Set(sends.map(({ partition }) => Math.floor(partition / 20)));
    assert.equal(thirds.size, 3);
    const second = send(numbered(64));
    await settled();
    assert.equal(sends.length, 8);
    for (const each of open) each.succeed();
    await settled();
    assert.equal(sends.length, 16);
    assert.equal(
      sends.slice(8).reduce((sum, { texts }) => sum + texts.length, 0),
      64,
    );
    for (const each of open) each.succeed();
    await Promise.all([first, second]);
  });

  it('keeps a send within 64 messages and 512 KiB', async () => {
    const { sends, open, send } = openOutbox(1, 1);
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

  it('holds messages for other partitions back for none that hangs', async () => {
    const { sends, time, send } = openOutbox(60);
    const stuck = send(numbered(8));
    await settled();
    assert.equal(sends.length, 8);
    // All leaders hang: nothing else can go.
    const other = send(['later']);
    await settled();
    assert.equal(sends.length, 8);
    for (const hanging of sends.slice(1)) hanging.succeed();
    await settled();
    const later = sends[8];
    assert.deepEqual(later?.texts, ['later']);
    later?.succeed();
    await other;
    await time.advance(2_000);
    const bound = send(['bound for the hanging one'], { partition: sends[0]?.partition ?? 0 });
    await settled();
    const elsewhere = sends[9];
    assert.notEqual((elsewhere?.partition ?? 0) % 3, (sends[0]?.partition ?? 0) % 3);
    elsewhere?.succeed();
    await bound;
    sends[0]?.succeed();
    await stuck;
  });

  it('moves what waits behind a hanging send', async () => {
    const { sends, time, send } = openOutbox();
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
    const { sends, failures, send } = openOutbox();
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
    const { sends, open, time, send } = openOutbox();
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
    const { time, send } = openOutbox();
    const rejected = assert.rejects(send(['a']), SendFailure);
    await settled();
    await time.advance(10_500);
    await rejected;
  });

  it('sends messages alone that were too large together, and gives up one that is too large alone', async () => {
    const { sends, open, send } = openOutbox(1, 1);
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
    const { sends, open, outbox, send } = openOutbox();
    const large = 'x'.repeat(20 * 1024 * 1024);
    const first = send([large]);
    const second = send([large]);
    const third = send(['small']);
    await settled();
    assert.equal(outbox.outstandingCount, 1);
    open.values().next().value?.succeed();
    await first;
    await settled();
    assert.equal(outbox.outstandingCount, 2);
    assert.equal(sends.length, 3);
    for (const each of open) each.succeed();
    await Promise.all([second, third]);
  });

  it('tells where a message went', async () => {
    const { sends, send } = openOutbox();
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
    const { sends, outbox, send } = openOutbox();
    const first = send(['first']);
    await settled();
    const closed = outbox.close(60_000);
    await assert.rejects(send(['late']), BusClosed);
    sends[0]?.succeed();
    await Promise.all([first, closed]);
    const other = openOutbox();
    const lost = assert.rejects(other.send(['lost']), BusClosed);
    await settled();
    await other.outbox.close(0);
    await lost;
  });

  it('visits every partition in its rotation', () => {
    for (let count = 1; count <= 200; count += 1) {
      const step = rotationStep(count);
      const visited = new Set(Array.from({ length: count }, (_, turn) => (turn * step) % count));
      assert.equal(visited.size, count);
    }
  });
});
