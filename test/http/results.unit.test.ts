import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { openApp, openServer, postJob, waitFor } from './open-api.ts';

/** A finished job: 600 lines, those with a number that 100 divides are faulty. */
async function openResults(context: TestContext) {
  const parts = await openApp(context);
  const lines = Array.from({ length: 600 }, (_, index) => ((index + 1) % 100 === 0 ? '1 / 0' : `${index + 1} + 1`));
  const id = await postJob(parts.app, lines.join('\r\n'));
  await waitFor(parts.engine, id);
  return {
    ...parts,
    id,
    get: (query = '', headers = {}) => parts.app.inject({ url: `/api/jobs/${id}/results${query}`, headers }),
  };
}

const divided = /^ERROR DIV0: .+ \(column \d+\)$/;

suite('results', () => {
  test('text, one line an operation', async (context) => {
    const { get, id } = await openResults(context);
    const response = await get();
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(response.headers['content-disposition'], `inline; filename="mathmill-${id}.txt"`);
    assert.equal(response.headers['mathmill-job-status'], 'Completed');
    assert.equal(response.headers['cache-control'], 'no-store');
    const lines = response.body.split('\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines.length, 600);
    for (const [index, line] of lines.entries()) {
      if ((index + 1) % 100 === 0) assert.match(line, divided);
      else assert.equal(line, String(index + 2));
    }
  });

  test('a part of the lines, by number and outcome', async (context) => {
    const { get } = await openResults(context);
    assert.equal((await get('?from=510&limit=4')).body, '511\n512\n513\n514\n');
    assert.equal((await get('?from=599')).body.split('\n').length, 3);
    assert.equal((await get('?from=601')).body, '');
    assert.equal((await get('?outcome=succeeded&from=499&limit=3')).body, '500\n502\n503\n');
    const failed = (await get('?outcome=failed&format=csv')).body.split('\n').map((line) => line.split(',')[0]);
    assert.deepEqual(failed, ['id', '100', '200', '300', '400', '500', '600', '']);
    for (const query of [
      'from=0',
      'from=x',
      'limit=0',
      'outcome=pending',
      'format=xml',
      'follow=perhaps',
      'form=csv',
    ]) {
      const response = await get(`?${query}`);
      assert.equal(response.statusCode, 400, query);
      assert.equal(response.json<{ code: string }>().code, 'INVALID_PARAMETER');
    }
  });

  test('the format goes by Accept, and format goes before it', async (context) => {
    const { get, id } = await openResults(context);
    const csv = await get('?limit=1', { accept: 'text/csv' });
    assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(csv.headers['content-disposition'], `attachment; filename="mathmill-${id}.csv"`);
    assert.equal(csv.headers['vary'], 'Origin, Accept');
    assert.equal(csv.body, 'id,custom_id,request,result,error_code,error_message,error_column\n1,,1 + 1,2,,,\n');
    const ndjson = await get('?limit=1&format=ndjson', { accept: 'text/csv' });
    assert.equal(ndjson.headers['content-type'], 'application/x-ndjson');
    assert.equal(ndjson.body, '{"id":"1","request":"1 + 1","result":"2"}\n');
    const none = await get('', { accept: 'application/json' });
    assert.equal(none.statusCode, 406);
    assert.equal(none.json<{ code: string }>().code, 'NOT_ACCEPTABLE');
  });

  test('HEAD gives the headers alone', async (context) => {
    const { app, id } = await openResults(context);
    const response = await app.inject({ method: 'HEAD', url: `/api/jobs/${id}/results?format=csv` });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(response.headers['mathmill-job-status'], 'Completed');
    assert.equal(response.body, '');
  });

  test('a job under way gives its finished beginning', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const id = await postJob(app, '1\n'.repeat(600));
    await waitFor(engine, id, 512);
    const response = await app.inject(`/api/jobs/${id}/results`);
    assert.equal(response.headers['mathmill-job-status'], 'InProgress');
    assert.equal(response.body, '1\n'.repeat(512));
  });

  test('follow gives lines as they are finished, to the end', async (context) => {
    const { url, engine, gate } = await openServer(context);
    gate.close();
    gate.allow(1);
    const posted = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '1\n'.repeat(600),
    });
    const { id } = (await posted.json()) as { id: string };
    await waitFor(engine, id, 512);
    const response = await fetch(`${url}/api/jobs/${id}/results?follow=true`);
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      // Nothing of the first chunk is held back until the second is finished.
      if (text.length === 1024) gate.open();
    }
    assert.equal(text, '1\n'.repeat(600));
  });

  test('a job that is deleted on the way breaks the answer off', async (context) => {
    const { url, engine, gate, logLines } = await openServer(context);
    gate.close();
    gate.allow(1);
    const posted = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '1\n'.repeat(600),
    });
    const { id } = (await posted.json()) as { id: string };
    await waitFor(engine, id, 512);
    const response = await fetch(`${url}/api/jobs/${id}/results?follow=true`);
    const reader = response.body?.getReader();
    assert.equal((await reader?.read())?.value?.length, 1024);
    await engine.deleteJob(id);
    await assert.rejects(async () => reader?.read(), /terminated/);
    assert.ok(logLines.some(({ level, message }) => level === 'warn' && message === 'results broken off'));
  });

  test('a client that leaves ends the reading', async (context) => {
    const left = Promise.withResolvers<void>();
    const { url } = await openServer(context, {
      service: {
        async streamResults(_id, _query, signal) {
          signal.addEventListener('abort', () => left.resolve());
          const job = {
            id: '01900000-0000-7000-8000-000000000000',
            name: undefined,
            status: 'InProgress',
            mode: 'decimal',
            precision: 34,
            operations: 1e9,
            completed: 0,
            succeeded: 0,
            failed: 0,
            cancelled: 0,
            createdAt: 0,
            finishedAt: undefined,
            expiresAt: undefined,
          } as const;
          const text = Buffer.from('1\n'.repeat(512));
          async function* slices() {
            for (let firstLine = 1; ; firstLine += 512) {
              const outcomes = { succeeded: 512, failed: 0, cancelled: 0, cost: 0, text };
              yield { firstLine, count: 512, fromLine: firstLine, toLine: firstLine + 511, outcomes, chunk: undefined };
            }
          }
          return { job, slices: slices() };
        },
      },
    });
    const controller = new AbortController();
    const response = await fetch(`${url}/api/jobs/01900000-0000-7000-8000-000000000000/results`, {
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
    await left.promise;
  });
});
