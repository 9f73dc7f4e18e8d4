import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterBody } from '../../src/http/schemas/index.ts';
import { openApp, postJob, waitFor } from './open-api.ts';

describe('GET /api/cluster', () => {
  it('shows one process as a cluster of one', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    const id = await postJob(app, '1\n2\n3\n');
    await waitFor(engine, id, 0);
    const response = await app.inject('/api/cluster');
    assert.equal(response.statusCode, 200);
    const { instances, ...rest } = response.json<ClusterBody>();
    assert.deepEqual(rest, {
      topics: [],
      store: { kind: 'memory', status: 'UP' },
      bus: { kind: 'memory', status: 'UP' },
    });
    const [instance] = instances;
    assert.equal(instances.length, 1);
    assert.equal(instance?.role, 'standalone');
    assert.equal(instance.jobs, 1);
    assert.ok(Date.parse(instance.started_at) <= Date.parse(instance.seen_at));
  });

  it('shows a store that cannot serve as DOWN, and nothing of the reason', async (context) => {
    const { app, store } = await openApp(context);
    store.checkHealth = () => Promise.reject(new Error('mongodb://user:secret@db-1:27017 is away'));
    const response = await app.inject('/api/cluster');
    assert.equal(response.statusCode, 200);
    const { store: ofStore, bus, instances } = response.json<ClusterBody>();
    assert.deepEqual([ofStore.status, bus.status], ['DOWN', 'UP']);
    assert.equal(instances.length, 1);
    assert.doesNotMatch(response.body, /secret|db-1/);
  });

  it('takes no parameters', async (context) => {
    const { app } = await openApp(context);
    assert.equal((await app.inject('/api/cluster?instance=1')).statusCode, 400);
  });
});
