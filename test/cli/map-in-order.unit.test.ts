import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mapInOrder } from '../../src/cli/map-in-order.ts';

async function* count(to: number): AsyncGenerator<number, void, void> {
  for (let number = 1; number <= to; number += 1) yield number;
}

describe('mapInOrder', () => {
  it('gives results in the order of the items, whatever the order in which they are done', async () => {
    const doers = new Map<number, () => void>();
    const work = (item: number): Promise<number> =>
      new Promise((resolve) => {
        doers.set(item, () => resolve(item * 10));
        // All of a window are under way before the first is done, and they are done backwards.
        if (doers.size === 4) for (const [, done] of [...doers].toReversed()) done();
        if (doers.size === 4) doers.clear();
      });
    assert.deepEqual(
      await Array.fromAsync(mapInOrder(count(20), work, 4)),
      await Array.fromAsync(count(20), (n) => n * 10),
    );
  });

  it('never has more at work than the window', async () => {
    let atWork = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise(setImmediate);
      atWork -= 1;
    };
    await Array.fromAsync(mapInOrder(count(50), work, 3));
    assert.equal(most, 3);
  });

  it('gives a result while the source is waiting', async () => {
    const { promise: more, resolve: sendMore } = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<number, void, void> {
      yield 1;
      await more;
      yield 2;
    }
    const results = mapInOrder(source(), async (item) => item, 8);
    assert.deepEqual(await results.next(), { done: false, value: 1 });
    sendMore();
    assert.deepEqual(await results.next(), { done: false, value: 2 });
    assert.deepEqual(await results.next(), { done: true, value: undefined });
  });

  it('finishes what came before the source failed', async () => {
    async function* source(): AsyncGenerator<number, void, void> {
      yield 1;
      yield 2;
      throw new Error('no more');
    }
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const result of mapInOrder(source(), (item) => new Promise<number>((r) => setImmediate(r, item)), 8)) {
        seen.push(result);
      }
    };
    await assert.rejects(read(), /no more/);
    assert.deepEqual(seen, [1, 2]);
  });

  it('throws what the work throws, at its place', async () => {
    const results = mapInOrder(
      count(3),
      async (item) => {
        if (item > 1) throw new Error(`item ${item}`);
        return item;
      },
      8,
    );
    assert.equal((await results.next()).value, 1);
    await assert.rejects(results.next(), /item 2/);
  });
});
