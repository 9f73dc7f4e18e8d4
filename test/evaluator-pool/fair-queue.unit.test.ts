import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairQueue } from '../../src/evaluator-pool/fair-queue.ts';

interface Item {
  readonly job: string;
  readonly order: number;
}

function createQueue(): FairQueue<Item> {
  return new FairQueue(({ order }) => order);
}

/** Takes `count` items, each of which costs what `costs` says for its job. */
function serve(queue: FairQueue<Item>, count: number, costs: Record<string, number> = {}): string {
  const taken: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const next = queue.peek();
    const item = queue.take();
    assert.ok(item !== undefined);
    assert.equal(item, next);
    const { job, order } = item;
    taken.push(`${job}${order}`);
    queue.charge(job, costs[job] ?? 1);
  }
  return taken.join(' ');
}

function fill(queue: FairQueue<Item>, job: string, count: number): void {
  for (let index = 1; index <= count; index += 1) queue.put(job, { job, order: index });
}

describe('FairQueue', () => {
  it('is empty at first and at last', () => {
    const queue = createQueue();
    assert.equal(queue.take(), undefined);
    fill(queue, 'a', 1);
    assert.equal(queue.size, 1);
    assert.equal(serve(queue, 1), 'a1');
    assert.equal(queue.size, 0);
    assert.equal(queue.peek(), undefined);
  });

  it('lets jobs of equal cost take turns, each in the order of arrival', () => {
    const queue = createQueue();
    fill(queue, 'a', 4);
    fill(queue, 'b', 2);
    fill(queue, 'c', 1);
    assert.equal(serve(queue, 7), 'a1 b1 c1 a2 b2 a3 a4');
  });

  it('gives a job of costly items the same time, not the same number of turns', () => {
    const queue = createQueue();
    fill(queue, 'a', 20);
    fill(queue, 'b', 20);
    const taken = serve(queue, 22, { a: 10, b: 1 }).split(' ');
    assert.equal(taken.filter((item) => item.startsWith('a')).length, 2);
  });

  it('serves a newcomer at once, and gives it no claim to the time before it came', () => {
    const queue = createQueue();
    fill(queue, 'a', 10);
    serve(queue, 5);
    fill(queue, 'b', 10);
    assert.equal(serve(queue, 6), 'b1 a6 b2 a7 b3 a8');
  });

  it('lets a job that had nothing waiting not save up its share', () => {
    const queue = createQueue();
    fill(queue, 'a', 1);
    fill(queue, 'b', 10);
    serve(queue, 7);
    fill(queue, 'a', 5);
    assert.equal(serve(queue, 4), 'a1 a2 b7 a3');
  });

  it('holds against a job what it cost more than was thought', () => {
    const queue = createQueue();
    fill(queue, 'a', 5);
    fill(queue, 'b', 5);
    serve(queue, 2);
    queue.charge('a', 2);
    assert.equal(serve(queue, 4), 'b2 b3 a2 b4');
  });

  it('keeps the order within a job, in whatever order its items come and come back', () => {
    const queue = createQueue();
    for (const order of [3, 1, 4, 2]) queue.put('a', { job: 'a', order });
    const [first, second] = [queue.take(), queue.take()];
    assert.ok(first !== undefined && second !== undefined);
    queue.put('a', first);
    queue.put('a', second);
    assert.equal(serve(queue, 4), 'a1 a2 a3 a4');
  });

  it('forgets what was when nothing waits any more', () => {
    const queue = createQueue();
    fill(queue, 'a', 1);
    serve(queue, 1, { a: 1_000 });
    fill(queue, 'a', 2);
    fill(queue, 'b', 2);
    assert.equal(serve(queue, 4), 'a1 b1 a2 b2');
  });
});
