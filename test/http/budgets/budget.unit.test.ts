import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Budget, type Claim, type Holder } from '../../../src/http/budgets/budget.ts';

function client(address: string | undefined, rate = Number.POSITIVE_INFINITY) {
  const holder = {
    address,
    rate,
    isSlow: rate < 1_000,
    isEvicted: false,
    evict() {
      holder.isEvicted = true;
    },
  };
  return holder satisfies Holder;
}

function leaseOf(claim: Claim) {
  if (claim.kind !== 'taken') assert.fail(`there was no room: ${claim.kind}`);
  return claim.lease;
}

suite('budgets', () => {
  test('give out what there is, and take it back once', () => {
    const budget = new Budget({ max: 10, share: 1 });
    const lease = leaseOf(budget.take(6, client('a')));
    assert.deepEqual(budget.take(5, client('b')), { kind: 'full' });
    leaseOf(budget.take(4, client('b')));
    lease.release();
    lease.release();
    assert.equal(budget.used, 4);
    assert.deepEqual(budget.rejected, { full: 1, share: 0, slow: 0 });
  });

  test('give one address its share and leave the rest to others', () => {
    const budget = new Budget({ max: 10, share: 0.5 });
    leaseOf(budget.take(5, client('a')));
    assert.deepEqual(budget.take(1, client('a')), { kind: 'share' });
    leaseOf(budget.take(5, client('b')));
    assert.deepEqual(budget.take(1, client('c')), { kind: 'full' });
    assert.deepEqual(budget.rejected, { full: 1, share: 1, slow: 0 });
  });

  test('count no share for a client that nobody knows', () => {
    const budget = new Budget({ max: 10, share: 0.5 });
    leaseOf(budget.take(9, client(undefined)));
    leaseOf(budget.take(1, client(undefined)));
    assert.equal(budget.used, 10);
  });

  test('give an address one part that is larger than its share', () => {
    const budget = new Budget({ max: 10, share: 0.5 });
    leaseOf(budget.take(8, client('a')));
    assert.deepEqual(budget.take(1, client('a')), { kind: 'share' });
  });

  test('take from the slowest when all is in use, and from nobody who is fast', () => {
    const budget = new Budget({ max: 3, share: 1 });
    const [fast, slow, slower] = [client('a'), client('b', 500), client('c', 5)];
    for (const holder of [fast, slow, slower]) leaseOf(budget.take(1, holder));
    leaseOf(budget.take(1, client('d')));
    assert.deepEqual([fast.isEvicted, slow.isEvicted, slower.isEvicted], [false, false, true]);
    leaseOf(budget.take(1, client('d')));
    assert.equal(slow.isEvicted, true);
    assert.deepEqual(budget.take(1, client('d')), { kind: 'full' });
    assert.deepEqual([fast.isEvicted, budget.used, budget.rejected.slow], [false, 3, 2]);
  });

  test('take from the address itself when its share is in use', () => {
    const budget = new Budget({ max: 4, share: 0.5 });
    const [other, own, fast] = [client('a', 1), client('b', 9), client('b')];
    for (const holder of [other, own, fast]) leaseOf(budget.take(1, holder));
    leaseOf(budget.take(1, client('b')));
    assert.deepEqual([other.isEvicted, own.isEvicted], [false, true]);
  });

  test('serve those who wait in their order, as soon as there is room', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const budget = new Budget({ max: 2, share: 1 });
    const held = leaseOf(budget.take(2, client('a')));
    const first = budget.takeSoon(1, client('b'), 1_000);
    const second = budget.takeSoon(1, client('c'), 1_000);
    const third = budget.takeSoon(1, client('d'), 1_000);
    held.release();
    assert.equal((await first).kind, 'taken');
    assert.equal((await second).kind, 'taken');
    context.mock.timers.tick(1_000);
    assert.deepEqual(await third, { kind: 'full' });
    assert.deepEqual([budget.used, budget.rejected.full], [2, 1]);
  });

  test('let others pass somebody who waits for their share', async () => {
    const budget = new Budget({ max: 4, share: 0.5 });
    leaseOf(budget.take(2, client('a')));
    const held = leaseOf(budget.take(2, client('b')));
    const ofA = budget.takeSoon(1, client('a'), 1);
    const ofC = budget.takeSoon(1, client('c'), 60_000);
    held.release();
    assert.equal((await ofC).kind, 'taken');
    assert.deepEqual(await ofA, { kind: 'share' });
  });
});
