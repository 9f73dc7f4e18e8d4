/** The consumer groups of a cluster, as the brokers know them. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group } from '@platformatic/kafka';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';

const instances = 3;
const pollMs = 200;
/** Far longer than a rebalance takes: an instance is missing then, or a group never comes to rest. */
const settleMsMax = 180_000;

/** Who has which partitions, as a text to compare; undefined while they change hands, or while instances are missing. */
export async function readAssignments(bootstrap: string): Promise<string | undefined> {
  const { requestGroup, responseGroup } = defaultKafkaNames;
  const groups = await withAdmin({ bootstrapBrokers: bootstrap.split(',') }, (admin) =>
    admin.describeGroups({ groups: [requestGroup, responseGroup] }),
  );
  const isSettled = ({ state, members }: Group): boolean => state === 'Stable' && members.size === instances;
  if (groups.size < 2 || !groups.values().every(isSettled)) return undefined;
  return inspect(groups, { depth: null, maxArrayLength: null, sorted: true });
}

/** Resolves when all instances are in their groups and nothing moves. */
export async function waitForSettledGroups(bootstrap: string): Promise<void> {
  const deadline = performance.now() + settleMsMax;
  while ((await readAssignments(bootstrap)) === undefined) {
    assert.ok(performance.now() < deadline, `the consumer groups did not settle within ${settleMsMax / 1_000} s`);
    await sleep(pollMs);
  }
}
