/** Tokens, tenants and revocation, through all addresses of a cluster. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runMathmill } from '../cli/mathmill.ts';
import { postJob } from '../e2e/server-process.ts';
import { startCluster, type Cluster } from './cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ servers: 1, environment: { AUTHENTICATION: 'tokens' } });
});
after(async () => {
  await cluster.stop();
});

/** By the command, which opens the store of the cluster. */
async function token(...args: readonly string[]): Promise<string> {
  const environment = { MONGODB_URI: cluster.store.uri };
  const ended = await runMathmill(['token', ...args], { environment });
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout.trim();
}

function bearer(text: string): { readonly authorization: string } {
  return { authorization: `Bearer ${text}` };
}

/** The status of the request at each address. */
async function statuses(path: string, headers: Record<string, string> = {}): Promise<number[]> {
  return Promise.all(
    cluster.urls.map(async (url) => {
      const response = await fetch(url + path, { headers });
      await response.body?.cancel();
      return response.status;
    }),
  );
}

describe('a cluster with AUTHENTICATION=tokens', () => {
  it('knows a token, its tenant and its role at every address', async () => {
    const acme = bearer(await token('create', '--role', 'submitter', '--tenant', 'acme', '--name', 'a'));
    const globex = bearer(await token('create', '--role', 'admin', '--tenant', 'globex', '--name', 'g'));
    const operator = bearer(await token('create', '--role', 'operator', '--name', 'root'));
    assert.deepEqual(await statuses('/api/jobs'), [401, 401, 401]);
    assert.deepEqual(await statuses('/health/ready'), [200, 200, 200]);

    const created = await postJob(cluster.urls[0] ?? '', '0.1 + 0.2\n', acme);
    assert.equal(created.status, 201);
    const path = `/api/jobs/${created.body.id}`;
    for (const url of cluster.urls) {
      const response = await fetch(`${url}${path}/results?follow=true`, { headers: acme });
      assert.equal(await response.text(), '0.3\n');
      const list = await fetch(`${url}/api/jobs?status=Completed`, { headers: globex });
      assert.equal(((await list.json()) as { total: number }).total, 0);
    }
    assert.deepEqual(await statuses(path, globex), [404, 404, 404]);
    assert.deepEqual(await statuses(path, operator), [200, 200, 200]);
    assert.deepEqual(await statuses('/api/cluster', acme), [403, 403, 403]);
    assert.deepEqual(await statuses('/api/cluster', operator), [200, 200, 200]);
  });

  it('has idempotency keys for each tenant', async () => {
    const ids = new Set<string>();
    for (const tenant of ['acme', 'globex']) {
      const own = bearer(await token('create', '--role', 'submitter', '--tenant', tenant, '--name', 'k'));
      for (const url of cluster.urls) {
        const created = await postJob(url, `1 + 1 # ${tenant}\n`, { ...own, 'idempotency-key': 'monday' });
        assert.equal(created.status, 201);
        ids.add(created.body.id);
      }
    }
    assert.equal(ids.size, 2);
  });

  it('accepts a token nowhere ten seconds after it was revoked', async () => {
    const text = await token('create', '--role', 'reader', '--name', 'short');
    const headers = bearer(text);
    assert.deepEqual(await statuses('/api/jobs', headers), [200, 200, 200]);
    await token('revoke', text);
    const revokedAt = performance.now();
    while ((await statuses('/api/jobs', headers)).includes(200)) {
      // Two more than promised, for a machine that is busy.
      assert.ok(performance.now() - revokedAt < 12_000, 'it is still accepted');
    }
  });
});
