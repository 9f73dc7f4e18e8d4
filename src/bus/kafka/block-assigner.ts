import type { GroupAssignment, GroupPartitionsAssigner } from '@platformatic/kafka';

/**
 * Gives each member one run of neighboring partitions. Leaders take turns from partition to partition, so a run has
 * some of every broker, and a dead or hanging broker takes a share of each member's partitions and not all of one's
 * (which dealing them out in turn does with as many members as brokers). The members are in the order of their ids, so
 * a rebalance without a change of members moves nothing.
 */
export const assignBlocks: GroupPartitionsAssigner = (_current, members, topics, metadata) => {
  const memberIds = [...members.keys()].sort();
  const assigned = memberIds.map((memberId) => ({ memberId, assignments: new Map<string, GroupAssignment>() }));
  for (const topic of topics) {
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    for (const [index, { assignments }] of assigned.entries()) {
      const from = Math.floor((count * index) / memberIds.length);
      const to = Math.floor((count * (index + 1)) / memberIds.length);
      if (to > from)
        assignments.set(topic, { topic, partitions: Array.from({ length: to - from }, (_, at) => from + at) });
    }
  }
  return assigned;
};

/** The protocol's name within the group: members of another one cannot join, which is right, since one of them assigns for all. */
export const blockProtocol = { name: 'range', version: 1 };
