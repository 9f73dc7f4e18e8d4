/**
 * Requirements for every OperationBus. A bus may repeat and reorder (so the cases compare sets, not sequences), and may lose
 * messages that a dying process had in hand; in a healthy process that keeps running, everything sent is delivered.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { OperationBus, RequestMessage, ResponseMessage, Subscription } from '../../src/engine/index.ts';
import { tombstone } from '../../src/jobs/index.ts';

export interface BusHarness {
  open(): Promise<{ readonly bus: OperationBus; close(): Promise<void> }>;
}

function request(firstLine: number, text = '1\n'): RequestMessage {
  return {
    jobId: 'job-1',
    firstLine,
    count: 1,
    mode: 'decimal',
    precision: 34,
    text: Buffer.from(text),
    faults: [],
    attempt: 1,
    costMax: 1_000,
  };
}

function response(firstLine: number, text = '1\n'): ResponseMessage {
  const counts = text.startsWith('!') ? { succeeded: 0, failed: 1, errors: { DIV0: 1 } } : { succeeded: 1, failed: 0 };
  const outcomes = { ...counts, cancelled: 0, cost: 3, engine: '3', text: Buffer.from(text) };
  return { jobId: 'job-1', firstLine, count: 1, outcomes };
}

/** A promise that the test resolves. */
function createSignal<Value = void>() {
  return Promise.withResolvers<Value>();
}

/** Collects delivered messages; its promise resolves after `count` different ones. */
function collect<Message extends { readonly firstLine: number }>(count: number) {
  const all = createSignal();
  const seen = new Map<number, Message>();
  return {
    seen,
    all: all.promise,
    take(message: Message): void {
      seen.set(message.firstLine, message);
      if (seen.size === count) all.resolve();
    },
  };
}

export function testOperationBus(name: string, harness: BusHarness): void {
  describe(`operation bus: ${name}`, () => {
    let opened: Awaited<ReturnType<BusHarness['open']>>;
    let bus: OperationBus;
    let subscriptions: Subscription[] = [];

    beforeEach(async () => {
      opened = await harness.open();
      bus = opened.bus;
      subscriptions = [];
    });
    afterEach(async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      await opened.close();
    });

    function consumeRequests(handler: (message: RequestMessage) => Promise<void>, concurrency = 10): void {
      subscriptions.push(bus.consumeRequests(handler, concurrency));
    }
    function consumeResponses(handler: (message: ResponseMessage) => Promise<void>, concurrency = 10): void {
      subscriptions.push(bus.consumeResponses(handler, concurrency));
    }

    it('delivers a request as it was sent', async () => {
      const sent: RequestMessage = {
        ...request(513, 'π\u0000 × 2\n\nlast\n'),
        count: 3,
        mode: 'rational',
        precision: 7,
        faults: [{ line: 514, code: 'ENCODING', message: 'bad “byte”', column: 2, endColumn: 3 }],
        attempt: 4,
        costMax: 72_000_000_000,
      };
      const delivered = createSignal<RequestMessage>();
      consumeRequests(async (message) => delivered.resolve(message));
      await bus.sendRequests([sent]);
      const message = await delivered.promise;
      assert.deepEqual({ ...message, text: Buffer.from(message.text) }, sent);
    });

    it('delivers a response as it was sent, a tombstone and 4 MiB of outcomes too', async () => {
      const sent: ResponseMessage[] = [
        response(1, '!DIV0 3 6 division by “zero”\n'),
        {
          jobId: 'j',
          firstLine: 2,
          count: 9,
          outcomes: { ...tombstone(9), text: Buffer.alloc(0) },
        },
        response(3, `${'7'.repeat(4 * 1024 * 1024)}\n`),
      ];
      const collected = collect<ResponseMessage>(sent.length);
      consumeResponses(async (message) => collected.take(message));
      await bus.sendResponses(sent);
      await collected.all;
      for (const expected of sent) {
        const message = collected.seen.get(expected.firstLine);
        assert.ok(message);
        const { outcomes } = message;
        assert.deepEqual({ ...message, outcomes: { ...outcomes, text: Buffer.from(outcomes.text) } }, expected);
      }
    });

    it('delivers the rows of a table as they were sent, with what evaluates them', async () => {
      const text = Buffer.concat([
        Buffer.from('1;"two\r\nlines"\r\n'),
        Buffer.alloc(1024 * 1024 - 1, 0xff),
        Buffer.from('\n2;"'),
      ]);
      const sent: RequestMessage = {
        ...request(513),
        text,
        count: 3,
        faults: [{ line: 515, code: 'QUOTE', message: 'never closed', column: 0, endColumn: 0 }],
        table: {
          dialect: {
            format: 'csv',
            delimiter: ';',
            decimal: ',',
            group: '\u202f',
            numbers: 'written',
            missing: 'zero',
            missingValues: ['', 'NA'],
          },
          cells: 2,
          columns: [{ name: 'größe', index: 1 }],
          formulas: [{ name: 'π', text: '`größe` * 2' }],
          totals: ['größe'],
          added: ['errors'],
        },
      };
      const delivered = createSignal<RequestMessage>();
      consumeRequests(async (message) => delivered.resolve(message));
      await bus.sendRequests([sent]);
      const message = await delivered.promise;
      assert.deepEqual({ ...message, text: Buffer.from(message.text) }, sent);
    });

    it('delivers the totals of columns with their outcomes', async () => {
      const { outcomes } = response(1);
      const totals = [
        { count: 1, sum: '-0.5', min: '-0.5', max: '-0.5' },
        { count: 0, sum: '0', min: undefined, max: undefined },
        { count: 512, sum: `${'7'.repeat(20_000)}/3`, min: '1/3', max: '1e+300' },
      ];
      const delivered = createSignal<ResponseMessage>();
      consumeResponses(async (message) => delivered.resolve(message));
      await bus.sendResponses([{ ...response(1), outcomes: { ...outcomes, totals } }]);
      assert.deepEqual((await delivered.promise).outcomes.totals, totals);
    });

    it('delivers every one of many messages', async () => {
      const collected = collect<RequestMessage>(2_000);
      consumeRequests(async (message) => collected.take(message));
      const messages = Array.from({ length: 2_000 }, (_, index) => request(index + 1));
      for (let from = 0; from < messages.length; from += 100) await bus.sendRequests(messages.slice(from, from + 100));
      await collected.all;
    });

    it('keeps messages until somebody consumes them', async () => {
      await bus.sendRequests([request(1), request(2)]);
      const collected = collect<RequestMessage>(2);
      consumeRequests(async (message) => collected.take(message));
      await collected.all;
    });

    it('keeps requests and responses apart', async () => {
      const requests = collect<RequestMessage>(1);
      const responses = collect<ResponseMessage>(1);
      consumeRequests(async (message) => requests.take(message));
      consumeResponses(async (message) => responses.take(message));
      await bus.sendRequests([request(1)]);
      await bus.sendResponses([response(2)]);
      await Promise.all([requests.all, responses.all]);
      assert.deepEqual([...requests.seen.keys()], [1]);
      assert.deepEqual([...responses.seen.keys()], [2]);
    });

    it('runs at most as many handlers at once as it is told, and that many', async () => {
      let running = 0;
      let most = 0;
      const full = createSignal();
      const release = createSignal();
      const collected = collect<RequestMessage>(20);
      consumeRequests(async (message) => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) full.resolve();
        await release.promise;
        running -= 1;
        collected.take(message);
      }, 3);
      await bus.sendRequests(Array.from({ length: 20 }, (_, index) => request(index + 1)));
      await full.promise;
      release.resolve();
      await collected.all;
      assert.equal(most, 3);
    });

    it('delivers a message again when its handler fails', async () => {
      const collected = collect<RequestMessage>(3);
      let failures = 0;
      consumeRequests(async (message) => {
        if (message.firstLine === 2 && failures < 2) {
          failures += 1;
          throw new Error('not now');
        }
        collected.take(message);
      });
      await bus.sendRequests([request(1), request(2), request(3)]);
      await collected.all;
      assert.equal(failures, 2);
    });

    it('waits at stop for the handlers under way and starts no other', async () => {
      const started = createSignal();
      const release = createSignal();
      const handled: number[] = [];
      const subscription = bus.consumeRequests(async ({ firstLine }) => {
        started.resolve();
        await release.promise;
        handled.push(firstLine);
      }, 1);
      await bus.sendRequests([request(1), request(2), request(3)]);
      await started.promise;
      let isStopped = false;
      const stopped = subscription.stop().then(() => {
        isStopped = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(isStopped, false);
      release.resolve();
      await stopped;
      assert.equal(handled.length, 1);
      await subscription.stop();
      const collected = collect<RequestMessage>(2);
      consumeRequests(async (message) => {
        if (!handled.includes(message.firstLine)) collected.take(message);
      });
      await collected.all;
    });

    it('is healthy while it runs', async () => {
      await bus.checkHealth();
    });

    it('refuses messages after its stop', async () => {
      await bus.stop();
      await assert.rejects(bus.sendRequests([request(1)]));
      await assert.rejects(bus.sendResponses([response(1)]));
      await bus.stop();
    });
  });
}
