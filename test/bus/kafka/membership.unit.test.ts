import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beginMembership, changeMembership } from '../../../src/bus/kafka/membership.ts';

describe('membership', () => {
  const { membership } = beginMembership(undefined, 'me', 5, [1, 2, 3]);

  it('keeps what is in hand through the next generation', () => {
    assert.equal(beginMembership(membership, 'me', 6, [2, 3, 4]).change, 'kept');
    const next = changeMembership(membership, 'me', 6, [2, 3, 4]);
    assert.equal(next.change, 'kept');
    assert.deepEqual(next.membership.lost, new Set([1]));
  });

  it('keeps nothing after a gap, or under another name', () => {
    assert.equal(beginMembership(undefined, 'me', 1, [1]).change, 'broken');
    assert.equal(changeMembership(membership, 'me', 7, [1, 2, 3]).change, 'broken');
    assert.equal(changeMembership(membership, 'you', 6, [1, 2, 3]).change, 'broken');
    assert.equal(beginMembership(membership, 'me', 4, [1, 2, 3]).change, 'broken');
  });

  it('begins anew when a partition comes back that was lost under the same stream', () => {
    const without = changeMembership(membership, 'me', 6, [2, 3]).membership;
    assert.equal(changeMembership(without, 'me', 7, [1, 2, 3]).change, 'broken');
    const fresh = beginMembership(without, 'me', 7, [1, 2, 3]);
    assert.equal(fresh.change, 'kept');
    assert.equal(fresh.membership.lost.size, 0);
  });
});
