/** Waiting for the end of a job with `GET /api/jobs/{id}?wait=`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApp, openServer, postJob } from './open-api.ts';

interface Job {
  readonly status: string;
  readonly completed: number;
}

suite('waiting for a job', () => {
  test('is answered when the job is finished, and not at each change before', async (context) => {
    const { app, engine, store, gate } = await openApp(context);
    gate.close();
    const id = await postJob(app, '1\n'.repeat(2_000));
    let isAnswered = false;
    const waiting = app.inject(`/api/jobs/${id}?wait=60`).then((response) => {
      isAnswered = true;
      return response;
    });
    gate.allow(1);
    while (((await engine.readJob(id))?.completed ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(isAnswered, false);
    const reads = context.mock.method(store, 'readJob').mock;
    gate.open();
    const job = (await waiting).json<Job>();
    assert.deepEqual([job.status, job.completed], ['Completed', 2_000]);
    assert.ok(reads.callCount() <= 3, `${reads.callCount()} reads`);
  });

  test('ends with the job as it is when the time is over', async (context) => {
    const { app, gate } = await openApp(context);
    gate.close();
    const id = await postJob(app, '1\n');
    const startedAt = performance.now();
    const job = (await app.inject(`/api/jobs/${id}?wait=1`)).json<Job>();
    assert.equal(job.status, 'InProgress');
    assert.ok(performance.now() - startedAt >= 990);
  });

  test('ends when the job is cancelled or deleted', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    const cancelled = await postJob(app, '1\n');
    const deleted = await postJob(app, '1\n');
    const answers = [cancelled, deleted].map((id) => app.inject(`/api/jobs/${id}?wait=60`));
    await engine.cancelJob(cancelled);
    await engine.deleteJob(deleted);
    assert.equal((await answers[0])?.json<Job>().status, 'Cancelled');
    assert.equal((await answers[1])?.statusCode, 404);
  });

  test('is over at once for what is finished or unknown', async (context) => {
    const { app, engine } = await openApp(context);
    const id = await postJob(app, '1\n');
    await engine.awaitJob(id, 60_000, new AbortController().signal);
    assert.equal((await app.inject(`/api/jobs/${id}?wait=60`)).json<Job>().status, 'Completed');
    const unknown = '01900000-0000-7000-8000-000000000000';
    for (const other of [unknown, 'nonsense']) {
      assert.equal((await app.inject(`/api/jobs/${other}?wait=60`)).statusCode, 404);
    }
  });

  for (const wait of ['-1', '61', 'long', '1.5', '']) {
    test(`for "${wait}" seconds is refused`, async (context) => {
      const { app } = await openApp(context);
      const id = await postJob(app, '1\n');
      const response = await app.inject(`/api/jobs/${id}?wait=${wait}`);
      assert.equal(response.statusCode, 400);
      assert.match(response.body, /INVALID_PARAMETER.*\\"wait\\"/);
    });
  }

  test('holds nothing after its client has left, and does not hold up a server that stops', async (context) => {
    const left = Promise.withResolvers<void>();
    const { url, server, gate, ...parts } = await openServer(context, {
      service: {
        async awaitJob(jobId, waitMs, signal) {
          signal.addEventListener('abort', () => left.resolve());
          return parts.engine.awaitJob(jobId, waitMs, signal);
        },
      },
    });
    gate.close();
    const headers = { 'content-type': 'text/plain' };
    const { id } = (await (await fetch(`${url}/api/jobs`, { method: 'POST', headers, body: '1\n' })).json()) as {
      readonly id: string;
    };
    const leaver = new AbortController();
    const leaving = fetch(`${url}/api/jobs/${id}?wait=60`, { signal: leaver.signal });
    setTimeout(() => leaver.abort(), 50);
    await assert.rejects(leaving);
    await left.promise;

    const waiting = fetch(`${url}/api/jobs/${id}?wait=60`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = performance.now();
    await server.stop();
    const job = (await (await waiting).json()) as Job;
    assert.equal(job.status, 'InProgress');
    assert.ok(performance.now() - startedAt < 30_000, 'it did not wait for the whole minute');
  });
});
