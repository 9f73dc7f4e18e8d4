import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { StoreError } from '../../src/engine/index.ts';
import { createEndlessResults } from './endless-results.ts';
import { openApp, openServer, postJob, waitFor } from './open-api.ts';
import { openConnection } from './raw-connection.ts';

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

const failingSlices: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new StoreError('unavailable', 'no store')) }),
};

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

  test('CSV for spreadsheets has no cell that is run as a formula', async (context) => {
    const { app, engine } = await openApp(context);
    const records = [
      { custom_id: '=cmd', request: '-2 - 3' },
      { custom_id: '@a', request: '+1' },
      { request: '=1 + 1' },
      { custom_id: '-1,"', request: '1' },
    ];
    const posted = await app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: { 'content-type': 'application/x-ndjson' },
      body: records.map((record) => JSON.stringify(record)).join('\n'),
    });
    const { id } = posted.json<{ id: string }>();
    await waitFor(engine, id);
    const read = async (query: string) => app.inject(`/api/jobs/${id}/results?${query}`);
    const safe = (await read('format=csv&spreadsheet_safe=true')).body.split('\n');
    assert.equal(safe[1], `1,'=cmd,'-2 - 3,-5,,,`);
    assert.equal(safe[2], `2,'@a,'+1,1,,,`);
    assert.match(safe[3] ?? '', /^3,,'=1 \+ 1,,SYNTAX,/);
    assert.equal(safe[4], `4,"'-1,""",1,1,,,`);
    assert.match((await read('format=csv')).body, /^1,=cmd,-2 - 3,-5,,,$/m);
    for (const query of ['format=ndjson', 'format=text', '']) {
      const response = await read(`${query}&spreadsheet_safe=true`);
      assert.equal(response.statusCode, 400);
      assert.match(response.json<{ detail: string }>().detail, /"spreadsheet_safe" is for CSV only/);
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
    assert.equal(csv.headers['vary'], 'Origin, Accept, Accept-Encoding');
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
    assert.ok(logLines.some(({ level, message }) => level === 'warn' && message === 'results interrupted'));
  });

  for (const query of ['', '?follow=true']) {
    test(`results${query} that cannot be read are answered by a problem alone`, async (context) => {
      const { app, engine } = await openApp(context, {
        service: {
          async streamResults(id, readQuery, signal) {
            const stream = await engine.streamResults(id, readQuery, signal);
            return stream && { ...stream, slices: failingSlices };
          },
        },
      });
      const id = await postJob(app, '1\n');
      await waitFor(engine, id);
      const headers = { 'accept-encoding': 'gzip' };
      const response = await app.inject({ url: `/api/jobs/${id}/results${query}`, headers });
      assert.equal(response.statusCode, 503);
      assert.equal(response.json<{ code: string }>().code, 'UNAVAILABLE');
      for (const name of ['content-encoding', 'content-disposition', 'mathmill-lines']) {
        assert.equal(response.headers[name], undefined, name);
      }
    });
  }

  test('a client that leaves ends the reading', async (context) => {
    const results = createEndlessResults();
    const { url } = await openServer(context, { service: results.service });
    const controller = new AbortController();
    const response = await fetch(`${url}${results.path}`, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await results.untilLeft(1);
  });

  test('results over HTTP/1.0 that are interrupted end in a reset', async (context) => {
    const { url, port, engine, gate } = await openServer(context);
    gate.close();
    gate.allow(1);
    const posted = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '1\n'.repeat(600),
    });
    const { id } = (await posted.json()) as { id: string };
    await waitFor(engine, id, 512);
    const connection = await openConnection(context, port);
    const failed = once(connection.socket, 'error');
    connection.send(`GET /api/jobs/${id}/results?follow=true HTTP/1.0\r\n\r\n`);
    await connection.until(/\r\n\r\n1\n/);
    await engine.deleteJob(id);
    const [error] = (await failed) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });
});

suite('the number of outcomes that is announced', () => {
  for (const [query, expected] of [
    ['', 600],
    ['?follow=true', 600],
    ['?from=600', 1],
    ['?from=601', 0],
    ['?from=5000000', 0],
    ['?limit=10', 10],
    ['?from=595&limit=10', 6],
    ['?outcome=failed', 6],
    ['?outcome=failed&limit=4', 4],
    ['?outcome=failed&from=101', 5],
    ['?outcome=failed&from=200', 5],
    ['?outcome=failed&from=513', 1],
    ['?outcome=failed&from=514&limit=9', 1],
    ['?outcome=failed&from=601', 0],
    ['?outcome=succeeded', 594],
    ['?outcome=succeeded&from=2', 593],
    ['?outcome=succeeded&from=512', 88],
    ['?outcome=succeeded&from=513&limit=50', 50],
  ] as const) {
    test(`${query} has ${expected}, in every format, for HEAD too`, async (context) => {
      const { app, get, id } = await openResults(context);
      for (const format of ['text', 'csv', 'ndjson']) {
        const whole = `${query}${query === '' ? '?' : '&'}format=${format}`;
        const response = await get(whole);
        const lines = response.body.split('\n').length - 1 - (format === 'csv' ? 1 : 0);
        assert.equal(lines, expected);
        assert.equal(response.headers['mathmill-lines'], String(expected));
        const length = query.includes('follow') ? undefined : String(response.rawPayload.length);
        assert.equal(response.headers['content-length'], length);
        const head = await app.inject({ method: 'HEAD', url: `/api/jobs/${id}/results${whole}` });
        assert.equal(head.headers['mathmill-lines'], String(expected));
      }
    });
  }

  test('of a cancelled job, whatever was left without a result', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const id = await postJob(app, '1\n1 / 0\n'.repeat(600));
    await waitFor(engine, id, 512);
    await app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` });
    gate.open();
    await waitFor(engine, id);
    for (const query of [
      '',
      '?from=700',
      '?outcome=failed',
      '?outcome=failed&from=100',
      '?outcome=succeeded&from=600',
    ]) {
      const { headers, body } = await app.inject(`/api/jobs/${id}/results${query}`);
      assert.equal(headers['mathmill-lines'], String(body.split('\n').length - 1), query);
    }
  });

  test('is unknown while the job is in progress', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const id = await postJob(app, '1\n'.repeat(600));
    await waitFor(engine, id, 512);
    for (const method of ['GET', 'HEAD'] as const) {
      const { headers } = await app.inject({ method, url: `/api/jobs/${id}/results` });
      assert.equal(headers['mathmill-lines'], undefined);
    }
  });
});
