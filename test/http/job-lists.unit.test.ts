import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openApp, postJob, waitFor } from './open-api.ts';

type App = Awaited<ReturnType<typeof openApp>>['app'];

async function list(app: App, query: string) {
  const response = await app.inject(`/api/jobs?${query}`);
  assert.equal(response.statusCode, 200, response.body);
  const { total, items, next } = response.json<{ total: number; items: { id: string }[]; next?: string }>();
  return { total, ids: items.map(({ id }) => id), next };
}

async function change(app: App, method: 'DELETE' | 'POST', url: string) {
  const response = await app.inject({ method, url });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

/** Three finished jobs and two that the gate holds back. */
async function openWithJobs(context: Parameters<typeof openApp>[0]) {
  const opened = await openApp(context);
  const { app, engine, gate } = opened;
  const finished = [];
  for (const name of ['nightly 1', 'Nightly 2', 'other']) {
    finished.push(await postJob(app, '1\n2\n', `?name=${encodeURIComponent(name)}`));
  }
  for (const id of finished) await waitFor(engine, id);
  gate.close();
  const running = [await postJob(app, '1\n', '?name=nightly%203'), await postJob(app, '1\n')];
  return { ...opened, finished, running };
}

describe('the list of jobs', () => {
  it('has the jobs with a status, a part of a name, or both, in pages and from a cursor', async (context) => {
    const { app, finished, running } = await openWithJobs(context);
    const [nightly1, nightly2] = finished;
    const [nightly3, unnamed] = running;
    assert.deepEqual(await list(app, 'status=InProgress'), { total: 2, ids: [unnamed, nightly3], next: undefined });
    assert.deepEqual((await list(app, 'status=Completed&status=InProgress')).total, 5);
    assert.deepEqual((await list(app, 'status=Cancelled')).ids, []);
    assert.deepEqual((await list(app, 'name=nightLY')).ids, [nightly3, nightly2, nightly1]);
    assert.deepEqual((await list(app, 'name=nightly&status=Completed')).ids, [nightly2, nightly1]);
    const first = await list(app, 'name=nightly&size=2');
    assert.deepEqual(first, { total: 3, ids: [nightly3, nightly2], next: nightly2 });
    const second = await list(app, `name=nightly&size=2&after=${first.next}`);
    assert.deepEqual(second, { total: 3, ids: [nightly1], next: undefined });
    assert.deepEqual((await list(app, 'name=nightly&size=2&page=2')).ids, [nightly1]);
    assert.deepEqual((await list(app, 'name=%25')).ids, []);
  });

  it('has the jobs created before a time', async (context) => {
    const { app, finished } = await openWithJobs(context);
    const [first, second] = finished;
    const { created_at } = (await app.inject(`/api/jobs/${second}`)).json<{ created_at: string }>();
    const before = await list(app, `before=${created_at}`);
    assert.ok(!before.ids.includes(String(second)));
    const later = new Date(Date.parse(created_at) + 1).toISOString();
    assert.ok((await list(app, `before=${later}`)).ids.includes(String(second)));
    assert.ok((await list(app, `before=${later}`)).ids.includes(String(first)));
    assert.equal((await list(app, 'before=2999-12-31T23:59:59.5%2B05:30')).total, 5);
    assert.equal((await list(app, 'before=1999-12-31T23:59:59Z')).total, 0);
  });

  const rejected: readonly (readonly [query: string, message: RegExp])[] = [
    ['status=Done', /status/],
    ['status=Completed,Cancelled', /status/],
    ['status=Deleting', /status/],
    ['status=', /status/],
    ['name=', /name/],
    ['name=a&name=b', /name/],
    [`name=${'x'.repeat(201)}`, /name/],
    ['name=%00', /U\+0000/],
    ['name=%E2%80%AE', /U\+202E/],
    ['before=yesterday', /time with its zone/],
    ['before=2026-11-30', /time with its zone/],
    ['before=2026-11-30T12:00:00', /time with its zone/],
    ['before=2026-02-30T12:00:00Z', /time with its zone/],
    ['before=2026-11-30T25:00:00Z', /time with its zone/],
    ['before=2026-11-30T12:00:00+01:00', /%2B/],
    ['before=1796000000000', /time with its zone/],
    [`before=${'9'.repeat(1000)}`, /before/],
    ['stauts=Completed', /stauts/],
  ];
  for (const [query, message] of rejected) {
    it(`rejects ?${query.slice(0, 60)} wherever it is taken`, async (context) => {
      const { app } = await openApp(context);
      for (const [method, url] of [
        ['GET', '/api/jobs'],
        ['DELETE', '/api/jobs'],
        ['POST', '/api/jobs/cancel'],
      ] as const) {
        const response = await app.inject({ method, url: `${url}?${query}` });
        assert.equal(response.statusCode, 400);
        const { code, detail } = response.json<{ code: string; detail: string }>();
        assert.equal(code, 'INVALID_PARAMETER');
        assert.match(detail, message);
      }
    });
  }
});

describe('deleting many jobs', () => {
  it('deletes those that match and says how many they were', async (context) => {
    const { app, finished, running } = await openWithJobs(context);
    const deleted = await change(app, 'DELETE', '/api/jobs?status=Completed&status=Cancelled&name=nightly');
    assert.deepEqual(deleted, { status: 200, body: { deleted: 2, more: false } });
    assert.deepEqual((await list(app, '')).ids, [...running.toReversed(), finished[2]]);
    const again = await change(app, 'DELETE', '/api/jobs?status=Completed&status=Cancelled&name=nightly');
    assert.deepEqual(again.body, { deleted: 0, more: false });
  });

  it('deletes jobs in progress, too, where no status is named', async (context) => {
    const { app, running } = await openWithJobs(context);
    const deleted = await change(app, 'DELETE', '/api/jobs?name=nightly');
    assert.deepEqual(deleted.body, { deleted: 3, more: false });
    assert.equal((await app.inject(`/api/jobs/${running[0]}`)).statusCode, 404);
    assert.equal((await list(app, '')).total, 2);
  });

  it('needs a condition, and keeps everything without one', async (context) => {
    const { app } = await openWithJobs(context);
    for (const [method, url] of [
      ['DELETE', '/api/jobs'],
      ['POST', '/api/jobs/cancel'],
    ] as const) {
      const { status, body } = await change(app, method, url);
      assert.equal(status, 400);
      assert.equal(body['code'], 'INVALID_PARAMETER');
      assert.match(String(body['detail']), /"status", "name" and "before"/);
    }
    assert.equal((await list(app, 'status=Completed')).total, 3);
    assert.equal((await list(app, 'status=InProgress')).total, 2);
  });

  it('takes up to 1,000 jobs at once, the oldest first, and says that there are more', async (context) => {
    const { app, store } = await openApp(context);
    for (let number = 0; number < 1_003; number += 1) {
      const id = `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
      const job = { id, tenant: 'default', name: 'many', mode: 'decimal', precision: 34, createdAt: number };
      await store.createJob({
        ...job,
        owner: 'other',
        leaseUntil: Number.MAX_SAFE_INTEGER,
        idempotencyKey: undefined,
      });
      const seal = { operations: 1, chunks: 1, contentDigest: undefined, sealedAt: number };
      await store.sealJob(id, 'other', { ...seal, leaseUntil: Number.MAX_SAFE_INTEGER });
    }
    const url = '/api/jobs?before=2000-01-01T00:00:00Z';
    assert.deepEqual((await change(app, 'DELETE', url)).body, { deleted: 1_000, more: true });
    const left = await list(app, '');
    assert.equal(left.ids.at(-1), '01900000-0000-7000-8000-000000001000');
    assert.deepEqual((await change(app, 'DELETE', url)).body, { deleted: 3, more: false });
  });

  it('counts each job once, however many ask at the same time', async (context) => {
    const { app, engine } = await openApp(context);
    const ids = [];
    for (let number = 0; number < 20; number += 1) ids.push(await postJob(app, '1\n', '?name=all'));
    for (const id of ids) await waitFor(engine, id);
    const answers = await Promise.all(Array.from({ length: 5 }, () => change(app, 'DELETE', '/api/jobs?name=all')));
    assert.equal(
      answers.reduce((sum, { body }) => sum + Number(body['deleted']), 0),
      20,
    );
    assert.equal((await list(app, '')).total, 0);
  });
});

describe('cancelling many jobs', () => {
  it('cancels those in progress that match, and leaves finished ones as they are', async (context) => {
    const { app, engine, finished, running } = await openWithJobs(context);
    const cancelled = await change(app, 'POST', '/api/jobs/cancel?name=nightly');
    assert.deepEqual(cancelled, { status: 200, body: { cancelled: 1, more: false } });
    assert.equal((await waitFor(engine, String(running[0]))).status, 'Cancelled');
    assert.deepEqual((await list(app, 'status=Completed')).ids, finished.toReversed());
    assert.deepEqual((await list(app, 'status=InProgress')).ids, [running[1]]);
    assert.deepEqual((await change(app, 'POST', '/api/jobs/cancel?name=nightly')).body, { cancelled: 0, more: false });
    const others = await change(app, 'POST', '/api/jobs/cancel?status=Completed&status=Cancelled');
    assert.deepEqual(others.body, { cancelled: 0, more: false });
    const all = await change(app, 'POST', '/api/jobs/cancel?status=InProgress');
    assert.deepEqual(all.body, { cancelled: 1, more: false });
  });

  it('has an address of its own, which is not that of a job', async (context) => {
    const { app } = await openApp(context);
    const response = await app.inject('/api/jobs/cancel');
    assert.equal(response.statusCode, 405);
    assert.equal(response.headers['allow'], 'POST, OPTIONS');
  });
});
