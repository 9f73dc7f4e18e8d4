import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createPacedQueue } from '../../src/http/paced-queue.ts';

/** A clock on which each item takes `itemMs`, and a queue that takes a tenth of the time. */
function openQueue(itemMs: number, sliceItems = 2) {
  let now = 0;
  let planned: { readonly at: number; readonly action: () => void } | undefined;
  const served: (readonly [item: string, at: number])[] = [];
  const queue = createPacedQueue<string>(
    (item) => {
      served.push([item, now]);
      now += itemMs;
    },
    { share: 0.1, sliceItems },
    {
      now: () => now,
      afterTurn: (action) => action(),
      schedule(delayMs, action) {
        assert.equal(planned, undefined, 'one slice is planned at a time');
        planned = { at: now + Math.max(0, delayMs), action };
      },
    },
  );
  return {
    queue,
    served,
    /** Lets time pass up to `end`. */
    run: (end: number) => {
      for (let next = planned; next !== undefined && next.at <= end; next = planned) {
        planned = undefined;
        now = Math.max(now, next.at);
        next.action();
      }
      now = Math.max(now, end);
    },
  };
}

suite('a paced queue', () => {
  test('serves a lonely item immediately', () => {
    const { queue, served, run } = openQueue(1);
    run(1_000);
    queue.add('a');
    run(1_000);
    assert.deepEqual(served, [['a', 1_000]]);
  });

  test('rests after each slice for as long as its share demands', () => {
    const { queue, served, run } = openQueue(1);
    for (const item of 'abcde') queue.add(item);
    run(100);
    assert.deepEqual(served, [
      ['a', 0],
      ['b', 1],
      ['c', 20],
      ['d', 21],
      ['e', 40],
    ]);
  });

  test('takes its share and no more, whatever an item costs and however they come', () => {
    for (const itemMs of [0.01, 0.3, 5]) {
      const { queue, served, run } = openQueue(itemMs, 7);
      for (let time = 0; time < 10_000; time += 1) {
        queue.add(`${time % 50}`);
        run(time);
      }
      assert.ok(served.length * itemMs <= 10_000 * 0.1 + 10 * itemMs, `${served.length} items of ${itemMs} ms`);
    }
  });

  test('serves an item once, in the order of the first calls, unless it is taken out', () => {
    const { queue, served, run } = openQueue(1, 10);
    for (const item of ['a', 'b', 'a', 'c', 'b']) queue.add(item);
    queue.delete('c');
    queue.delete('nobody');
    run(0);
    assert.deepEqual(
      served.map(([item]) => item),
      ['a', 'b'],
    );
  });

  test('an item that adds itself again waits for the others', () => {
    const served: string[] = [];
    const queue = createPacedQueue<string>(
      (item) => {
        served.push(item);
        if (item === 'a' && served.length < 5) queue.add('a');
      },
      { share: 0.5, sliceItems: 3 },
      { now: () => 0, afterTurn: (action) => action(), schedule: (_, action) => queueMicrotask(action) },
    );
    for (const item of ['a', 'b', 'c']) queue.add(item);
    return new Promise<void>((resolve) =>
      setImmediate(() => {
        assert.deepEqual(served.slice(0, 3), ['a', 'b', 'c']);
        assert.equal(served.filter((item) => item === 'a').length, 3);
        resolve();
      }),
    );
  });
});
