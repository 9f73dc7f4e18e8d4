import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { noopLogger, type JobService } from '../../src/engine/index.ts';
import { createHttpServer, HttpStartError } from '../../src/http/index.ts';
import { createEndlessResults } from './endless-results.ts';
import { openServer, uploadBytesMax } from './open-api.ts';
import { openConnection, uploadHead } from './raw-connection.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function postJob(url: string, text: string): Promise<string> {
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: text,
  });
  return ((await response.json()) as { id: string }).id;
}

suite('requests that are none', () => {
  for (const [name, bytes, status, code] of [
    ['rubbish', Buffer.from('rubbish\r\n\r\n'), 400, 'MALFORMED_REQUEST'],
    ['a TLS greeting', Buffer.from('16030100a5010000a1030300', 'hex'), 400, 'MALFORMED_REQUEST'],
    ['NUL bytes', Buffer.alloc(100), 400, 'MALFORMED_REQUEST'],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400, 'MALFORMED_REQUEST'],
    [
      'a method that is none',
      Buffer.from('BREW /health HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      400,
      'MALFORMED_REQUEST',
    ],
    ['a line end within the address', Buffer.from('GET /a\nb HTTP/1.1\r\n\r\n'), 400, 'MALFORMED_REQUEST'],
    ['a long address', Buffer.from(get(`/${'a'.repeat(20_000)}`)), 431, 'HEADERS_TOO_LARGE'],
    [
      'many headers',
      Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`),
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['no Host', Buffer.from('GET /health HTTP/1.1\r\n\r\n'), 400, 'MALFORMED_REQUEST'],
    ['a tunnel', Buffer.from('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost\r\n\r\n'), 405, 'METHOD_NOT_ALLOWED'],
    [
      'another expectation',
      Buffer.from('POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 200-ok\r\n\r\n1'),
      417,
      'EXPECTATION_FAILED',
    ],
  ] as const) {
    test(`${name}: refused with ${code}`, async (context) => {
      const { port, url } = await openServer(context);
      const connection = await openConnection(context, port);
      connection.send(bytes);
      const [head = '', body = ''] = (await connection.closed).split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} .*content-type: application/problem\\+json`, 's'));
      assert.equal((JSON.parse(body) as { code: string }).code, code);
      assert.equal((await fetch(`${url}/health`)).status, 200);
    });
  }
});

test('headers that come too slowly are refused', async (context) => {
  const { port } = await openServer(context, { headersMs: 100 });
  const connection = await openConnection(context, port);
  connection.send('GET /health HTTP/1.1\r\nHost: localhost\r\n');
  // Never silent, and never done.
  const drip = setInterval(() => connection.send('X-A: b\r\n'), 10);
  context.after(() => clearInterval(drip));
  assert.match(await connection.closed, /^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s);
});

suite('silent connections', () => {
  test('a connection without a request is closed', async (context) => {
    const { port } = await openServer(context, { idleMs: 50 });
    const connection = await openConnection(context, port);
    assert.equal(await connection.closed, '');
  });

  test('a connection that has its answer is closed', async (context) => {
    const { port } = await openServer(context, { idleMs: 50 });
    const connection = await openConnection(context, port);
    connection.send(get('/health'));
    assert.match(await connection.closed, /200 OK.*keep-alive.*"UP"/s);
  });

  test('an upload that stands still is refused, nothing kept', async (context) => {
    const { port, store } = await openServer(context, { idleMs: 50 });
    const connection = await openConnection(context, port);
    connection.send(uploadHead('Content-Length: 100\r\n'));
    connection.send('1\n');
    assert.match(await connection.closed, /^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s);
    while (store.contents().some(({ job }) => job.state === 'Receiving')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(store.contents().every(({ job }) => job.state === 'Deleting'));
  });

  test('an upload that flows may last longer than silence may', async (context) => {
    const { port } = await openServer(context, { idleMs: 500 });
    const connection = await openConnection(context, port);
    const idle = await openConnection(context, port);
    connection.send(uploadHead('Transfer-Encoding: chunked\r\n'));
    // The drip goes on until silence was too long for a connection that was opened after it.
    let isOver = false;
    void idle.closed.then(async () => (await openConnection(context, port)).closed).then(() => (isOver = true));
    while (!isOver) {
      connection.send('2\r\n1\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    connection.send('0\r\n\r\n');
    await connection.until(/201 Created/);
  });

  test('a client that waits for the server is not silent', async (context) => {
    const { port, url, gate } = await openServer(context, { idleMs: 50 });
    gate.close();
    const id = await postJob(url, '1 + 2\n');
    const connection = await openConnection(context, port);
    connection.send(get(`/api/jobs/${id}/results?follow=true`));
    // Each of these is closed for its silence, one after the other.
    for (let count = 0; count < 4; count += 1) await (await openConnection(context, port)).closed;
    gate.open();
    await connection.until(/200 OK.*\r\n3\n\r\n0\r\n\r\n$/s);
  });

  test('a client that does not read its answer is cut off, and what it was to get is not gathered', async (context) => {
    const results = createEndlessResults();
    const { port } = await openServer(context, { idleMs: 100, service: results.service });
    const connection = await openConnection(context, port);
    connection.socket.pause();
    connection.send(get(results.path));
    await results.untilLeft(1);
    const given = results.bytes();
    assert.ok(given > 0 && given < 32 * 1024 * 1024, `${given} bytes were made`);
  });
});

/** A server that stops listens for a moment longer. */
async function untilRefused(context: TestContext, port: number): Promise<void> {
  for (;;) {
    try {
      await openConnection(context, port);
    } catch (error) {
      assert.match(String(error), /ECONNREFUSED|ECONNRESET/);
      return;
    }
  }
}

suite('start and stop', () => {
  const unusedService = {} as JobService;
  const server = (port: number, host = '127.0.0.1') =>
    createHttpServer(
      { service: unusedService, logger: noopLogger },
      { host, port, machineName: 'box', allowedHosts: [], allowedOrigins: [], uploadBytesMax },
    );

  test('a port in use is said to be', async (context) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const second = server(port);
    await assert.rejects(second.start(), (error) => {
      assert.ok(error instanceof HttpStartError);
      assert.equal(error.code, 'EADDRINUSE');
      assert.match(
        error.message,
        new RegExp(`^HTTP_PORT ${port} on 127\\.0\\.0\\.1 is in use .* set HTTP_PORT to another`),
      );
      return true;
    });
    await second.stop();
  });

  test('an address of another machine is said to be', async () => {
    await assert.rejects(
      server(0, '192.0.2.1').start(),
      /^HttpStartError: HTTP_HOST 192\.0\.2\.1 is not an address of this machine: set HTTP_HOST/,
    );
  });

  test('stop may come first, and twice', async () => {
    const idle = server(0);
    await idle.stop();
    const running = server(0);
    await running.start();
    assert.match(running.url ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    await Promise.all([running.stop(), running.stop()]);
    assert.equal(running.url, undefined);
    await running.stop();
  });

  test('every address: the URL is one that can be opened', async () => {
    const running = server(0, '0.0.0.0');
    await running.start();
    assert.equal((await fetch(`${running.url}/health`)).status, 200);
    await running.stop();
  });

  test('idle connections are closed at once, requests under way get their answers', async (context) => {
    const { port, server, store } = await openServer(context, { graceMs: 60_000 });
    const idle = await openConnection(context, port);
    idle.send(get('/health'));
    await idle.until(/"UP"/);
    const fresh = await openConnection(context, port);
    const upload = await openConnection(context, port);
    upload.send(uploadHead('Content-Length: 4\r\nExpect: 100-continue\r\n'));
    await upload.until(/100 Continue/);
    const stopped = server.stop();
    await untilRefused(context, port);
    await Promise.all([idle.closed, fresh.closed]);
    upload.send('1\n2\n');
    assert.match(await upload.closed, /201 Created.*connection: close/s);
    await stopped;
    assert.equal(store.contents().length, 1);
  });

  test('a request on a connection that was opened just before is told to come again', async (context) => {
    const { port, server } = await openServer(context, { graceMs: 60_000 });
    const fresh = await openConnection(context, port);
    const stopped = server.stop();
    await untilRefused(context, port);
    fresh.send(get('/health'));
    assert.match(await fresh.closed, /503 Service Unavailable.*connection: close.*retry-after: 5.*STOPPING/s);
    await stopped;
  });

  test('what is still under way after the time of grace is cut off, nothing kept', async (context) => {
    const { port, server, store } = await openServer(context, { graceMs: 50 });
    const upload = await openConnection(context, port);
    upload.send(uploadHead('Content-Length: 4\r\nExpect: 100-continue\r\n'));
    await upload.until(/100 Continue/);
    upload.send('1\n');
    await server.stop();
    assert.ok(store.contents().every(({ job }) => job.state === 'Deleting'));
    await upload.closed;
  });

  test('events end, and results that are followed break off', async (context) => {
    const { port, url, server, gate } = await openServer(context, { graceMs: 60_000 });
    gate.close();
    const id = await postJob(url, '1 + 2\n');
    const events = await openConnection(context, port);
    events.send(get(`/api/jobs/${id}/events`));
    await events.until(/event: progress/);
    const results = await openConnection(context, port);
    results.send(get(`/api/jobs/${id}/results?follow=true&format=csv`));
    const head = await openConnection(context, port);
    head.send(get('/health'));
    await head.until(/"UP"/);
    await server.stop();
    assert.match(await events.closed, /event: progress\ndata: .*\r\n0\r\n\r\n$/s);
    assert.doesNotMatch(events.received, /event: end/);
    assert.doesNotMatch(await results.closed, /\r\n0\r\n\r\n$/);
  });

  test('a refused upload that lingers does not hold the stop', async (context) => {
    const { port, server } = await openServer(context, { graceMs: 60_000 });
    const refused = await openConnection(context, port);
    refused.send('POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    await refused.until(/UNSUPPORTED_MEDIA_TYPE/);
    await server.stop();
    await refused.closed;
  });
});
