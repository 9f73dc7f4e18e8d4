import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterMetadata, ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { assignBlocks } from '../../../src/bus/kafka/block-assigner.ts';
import { range } from './messages.ts';

describe('block assigner', () => {
  function assign(members: readonly string[], partitionsCount: number) {
    const metadata = {
      id: 'cluster',
      brokers: new Map(),
      controllerId: 1,
      lastUpdate: 0,
      topics: new Map([['topic', { id: 't', partitions: [], partitionsCount, lastUpdate: 0 }]]),
    } satisfies ClusterMetadata;
    const subscriptions = members.map((memberId): [string, ExtendedGroupProtocolSubscription] => [
      memberId,
      { memberId, version: 1 },
    ]);
    return assignBlocks('', new Map(subscriptions), new Set(['topic']), metadata);
  }

  it('gives every partition to exactly one member, in even runs', () => {
    for (const members of range(1, 9)) {
      for (const partitions of [1, 3, 6, 59, 60]) {
        const assigned = assign(
          range(1, members).map((index) => `member-${index}`),
          partitions,
        );
        const lists = assigned.map(({ assignments }) => assignments.get('topic')?.partitions ?? []);
        assert.deepEqual(
          lists.flat().toSorted((left, right) => left - right),
          range(0, partitions - 1),
        );
        const sizes = lists.map((list) => list.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        for (const list of lists)
          if (list[0] !== undefined) assert.deepEqual(list, range(list[0], list[0] + list.length - 1));
      }
    }
  });

  it('does not depend on the order in which members joined', () => {
    const byMember = (members: readonly string[]) =>
      new Map(assign(members, 60).map(({ memberId, assignments }) => [memberId, assignments.get('topic')?.partitions]));
    assert.deepEqual(byMember(['c', 'a', 'b']), byMember(['a', 'b', 'c']));
  });
});
