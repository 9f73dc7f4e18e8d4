import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairQueue } from '../../src/evaluator-pool/fair-queue.ts';

/** Takes `count` items, each of which costs what `costs` says for its job (the letter it starts with). */
function serve(queue: FairQueue<string>, count: number, costs: Record<string, number> = {}): string {
  const taken: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    assert.equal(queue.peek(), queue.peek());
    const item = queue.take();
    assert.ok(item !== undefined);
    taken.push(item);
    const job = item.charAt(0);
    queue.charge(job, costs[job] ?? 1);
  }
  return taken.join(' ');
}

function fill(queue: FairQueue<string>, job: string, count: number): void {
  for (let index = 1; index <= count; index += 1) queue.push(job, `${job}${index}`);
}

describe('FairQueue', () => {
  it('is empty at first and at last', () => {
    const queue = new FairQueue<string>();
    assert.equal(queue.take(), undefined);
    queue.push('a', 'a1');
    assert.equal(queue.size, 1);
    assert.equal(queue.take(), 'a1');
    assert.equal(queue.size, 0);
    assert.equal(queue.peek(), undefined);
  });

  it('lets jobs of equal cost take turns, each in the order of arrival', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 4);
    fill(queue, 'b', 2);
    fill(queue, 'c', 1);
    assert.equal(serve(queue, 7), 'a1 b1 c1 a2 b2 a3 a4');
  });

  it('gives a job of costly items the same time, not the same number of turns', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 20);
    fill(queue, 'b', 20);
    const taken = serve(queue, 22, { a: 10, b: 1 }).split(' ');
    assert.equal(taken.filter((item) => item.startsWith('a')).length, 2);
  });

  it('serves a newcomer at once, and gives it no claim to the time before it came', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 10);
    serve(queue, 5);
    fill(queue, 'b', 10);
    assert.equal(serve(queue, 6), 'b1 a6 b2 a7 b3 a8');
  });

  it('lets a job that had nothing waiting not save up its share', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 1);
    fill(queue, 'b', 10);
    serve(queue, 7);
    fill(queue, 'a', 5);
    assert.equal(serve(queue, 4), 'a1 a2 b7 a3');
  });

  it('holds against a job what it cost more than was thought', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 5);
    fill(queue, 'b', 5);
    serve(queue, 2);
    queue.charge('a', 2);
    assert.equal(serve(queue, 4), 'b2 b3 a2 b4');
  });

  it('puts an item back in front of the others of its job', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 2);
    const first = queue.take();
    assert.ok(first !== undefined);
    queue.unshift('a', first);
    assert.equal(serve(queue, 2), 'a1 a2');
  });

  it('forgets what was when nothing waits any more', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 1);
    serve(queue, 1, { a: 1_000 });
    fill(queue, 'a', 2);
    fill(queue, 'b', 2);
    assert.equal(serve(queue, 4), 'a1 b1 a2 b2');
  });
});
