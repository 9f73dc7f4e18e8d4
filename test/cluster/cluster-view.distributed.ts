/** Every client-application shows what all instances do, and who died is not shown for long. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterBody } from '../../src/http/schemas/index.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { startCluster, type Cluster } from './cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ clients: 2, servers: 2 });
});
after(async () => {
  await cluster.stop();
});

async function readCluster(url: string | undefined): Promise<ClusterBody> {
  const response = await fetch(`${url}/api/cluster`);
  assert.equal(response.status, 200);
  return (await response.json()) as ClusterBody;
}

async function until(url: string | undefined, isSo: (view: ClusterBody) => boolean, waitMs: number) {
  for (const end = Date.now() + waitMs; ; await sleep(250)) {
    const view = await readCluster(url);
    if (isSo(view)) return view;
    assert.ok(Date.now() < end, `not seen in time: ${JSON.stringify(view)}`);
  }
}

describe('GET /api/cluster', () => {
  it('shows the same instances through each address, with their work, and no address or credentials', async () => {
    const roles = ['client-application', 'client-application', 'server-application', 'server-application'];
    const expected = JSON.stringify(roles);
    for (const url of cluster.urls) {
      const view = await until(
        url,
        ({ instances }) => JSON.stringify(instances.map(({ role }) => role)) === expected,
        30_000,
      );
      assert.equal(new Set(view.instances.map(({ role, id }) => `${role} ${id}`)).size, 4);
      assert.deepEqual(view.store, { kind: 'mongodb', status: 'UP' });
      assert.deepEqual(view.bus, { kind: 'kafka', status: 'UP' });
      for (const { started_at, seen_at } of view.instances) assert.ok(Date.parse(started_at) <= Date.parse(seen_at));
      assert.doesNotMatch(JSON.stringify(view), /127\.0\.0\.1|localhost|mongodb:\/\//);
    }
  });

  it('shows the work of all and the lag of both topics', async () => {
    const { body } = await postJob(cluster.urls[0] ?? '', '1 + 2\n'.repeat(2_000_000));
    const isBusy = ({ instances }: ClusterBody): boolean =>
      instances.some(({ role, operations_per_second: rate }) => role === 'server-application' && rate > 0) &&
      instances.some(({ role, operations_per_second: rate }) => role === 'client-application' && rate > 0);
    await until(cluster.urls[1], isBusy, 60_000);
    await waitForJob(cluster.urls[0] ?? '', body.id);
    const isIdle = ({ instances, topics }: ClusterBody): boolean =>
      topics.length === 2 && topics.every(({ lag }) => lag === 0) && instances.every(({ jobs }) => jobs === 0);
    const { topics } = await until(cluster.urls[1], isIdle, 60_000);
    assert.deepEqual(
      topics.map(({ name }) => name),
      ['application.operation.request', 'application.operation.response'],
    );
  });

  it('does not show an instance that died for longer than a minute and a report', async () => {
    await cluster.applications.servers[1]?.kill();
    const count = ({ instances }: ClusterBody): number =>
      instances.filter(({ role }) => role === 'server-application').length;
    assert.equal(count(await readCluster(cluster.urls[0])), 2);
    await until(cluster.urls[0], (view) => count(view) === 1, 75_000);
  });
});
