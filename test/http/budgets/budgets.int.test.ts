/** Each budget of a server at small limits, over real connections. 127.0.0.1 does harm, 127.0.0.2 is another user. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { noopLogger } from '../../../src/engine/index.ts';
import { createProbes } from '../../../src/http/index.ts';
import { openServer } from '../open-api.ts';
import { openConnection, uploadHead, type RawConnection } from '../raw-connection.ts';

const other = '127.0.0.2';
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const openUpload = uploadHead('Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n');
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const rejected = (status: number, code: string) =>
  new RegExp(`^HTTP/1\\.1 ${status} .*retry-after: 2.*"${code}"`, 'is');

/** Sends a whole upload and waits until it is accepted. */
async function upload(connection: RawConnection): Promise<void> {
  connection.send(`${uploadHead('Content-Length: 2\r\n')}1\n`);
  await connection.until(/201 Created/);
}

async function submit(url: string, text: string): Promise<string> {
  const headers = { 'content-type': 'text/plain' };
  const response = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body: text });
  return ((await response.json()) as { id: string }).id;
}

suite('connections', () => {
  test('beyond the share of an address, its longest idle one is closed', async (context) => {
    const { port, server } = await openServer(context, { budgets: { connectionsMax: 6 } });
    const busy = await openConnection(context, port);
    busy.send(openUpload);
    await busy.until(/100 Continue/);
    const idle = [await openConnection(context, port), await openConnection(context, port)];
    const newest = await openConnection(context, port);
    await idle[0]?.closed;
    await upload(newest);
    busy.send(`${chunk('1\n')}0\r\n\r\n`);
    await busy.until(/201 Created/);
    assert.equal(server.readBudgets().connections.used, 3);
  });

  test('an address whose connections are all at work gets no more, another one does', async (context) => {
    const { port, server } = await openServer(context, { budgets: { connectionsMax: 4 } });
    for (let count = 0; count < 2; count += 1) {
      const busy = await openConnection(context, port);
      busy.send(openUpload);
      await busy.until(/100 Continue/);
    }
    assert.equal(await (await openConnection(context, port)).closed, '');
    await upload(await openConnection(context, port, other));
    assert.deepEqual(server.readBudgets().connections.rejected, { full: 0, share: 1, slow: 0 });
  });

  test('one that sends no first byte is closed before one that was used', async (context) => {
    const { port } = await openServer(context, { budgets: { firstByteMs: 50 } });
    const used = await openConnection(context, port);
    used.send(get('/health'));
    await used.until(/"UP"/);
    const unused = await openConnection(context, port);
    assert.equal(await unused.closed, '');
    used.send(get('/health'));
    await used.until(/"UP".*"UP"/s);
  });
});

suite('uploads', () => {
  const slow = { sampleMs: 10, rateWindowMs: 100, uploadRateMin: 1_000 };

  test('one below the minimum rate is ended, one above it is not', async (context) => {
    const { port, server } = await openServer(context, { budgets: { ...slow, uploadRateMin: 100 } });
    const fast = await openConnection(context, port);
    fast.send(openUpload);
    const flow = setInterval(() => fast.send(chunk('1\n'.repeat(1_000))), 5);
    context.after(() => clearInterval(flow));
    const trickle = await openConnection(context, port);
    trickle.send(openUpload);
    assert.match(await trickle.closed, /408 .*"code":"REQUEST_TIMEOUT"/s);
    clearInterval(flow);
    fast.send('0\r\n\r\n');
    await fast.until(/201 Created/);
    assert.equal(server.readBudgets().connections.rejected.slow, 1);
    assert.equal(server.readBudgets().uploads.used, 0);
  });

  test('where there is no room, the slow one gives way, also to its own address', async (context) => {
    const budgets = { sampleMs: 10, slowSenderMs: 50, uploadsMax: 2 };
    const { port, server } = await openServer(context, { budgets });
    const first = await openConnection(context, port);
    first.send(openUpload);
    await first.until(/100 Continue/);
    await upload(await openConnection(context, port, other));
    // As soon as it is known to be slow, a try succeeds.
    let isAccepted = false;
    while (!isAccepted) {
      const next = await openConnection(context, port);
      next.send(`${uploadHead('Content-Length: 2\r\nConnection: close\r\n')}1\n`);
      isAccepted = (await next.closed).includes('201 Created');
    }
    assert.match(await first.closed, /408 .*"code":"REQUEST_TIMEOUT"/s);
    assert.equal(server.readBudgets().uploads.rejected.slow, 1);
  });
});

suite('memory', () => {
  const compressed = zstdCompressSync('1\n'.repeat(1_000));
  const head = (length: number) => uploadHead(`Content-Encoding: zstd\r\nContent-Length: ${length}\r\n`);

  test('of decoders: an upload waits for it, and is put off when it takes too long', async (context) => {
    const budgets = { decoderBytesMax: 600_000, addressShare: 1, decoderWaitMs: 60_000 };
    const { port, server } = await openServer(context, { budgets });
    const holder = await openConnection(context, port);
    holder.send(head(compressed.length));
    holder.send(compressed.subarray(0, -1));
    while (server.readBudgets().decoders.used === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = await openConnection(context, port);
    waiting.send(head(compressed.length));
    waiting.send(compressed);
    holder.send(compressed.subarray(-1));
    await Promise.all([holder.until(/201 Created/), waiting.until(/201 Created/)]);
    assert.equal(server.readBudgets().decoders.used, 0);
  });

  test('of decoders: too little of it is a 503', async (context) => {
    const budgets = { decoderBytesMax: 100_000, addressShare: 1, decoderWaitMs: 10 };
    const { port } = await openServer(context, { budgets });
    const connection = await openConnection(context, port);
    connection.send(head(compressed.length));
    connection.send(compressed);
    await connection.until(rejected(503, 'TOO_BUSY'));
  });

  test('of whole bodies: what is not complete holds only its share, and gives it back', async (context) => {
    const { port, server } = await openServer(context, { budgets: { bodyBytesMax: 200_000 } });
    const evaluate = (length: number) => uploadHead(`Content-Length: ${length}\r\n`, '/api/evaluate');
    const unfinished = await openConnection(context, port);
    unfinished.send(`${evaluate(80_000)}1`);
    while (server.readBudgets().bodies.used === 0) await new Promise((resolve) => setImmediate(resolve));
    const refused = await openConnection(context, port);
    refused.send(`${evaluate(70_000)}1`);
    await refused.until(rejected(429, 'TOO_MANY_REQUESTS'));
    const allowed = await openConnection(context, port, other);
    allowed.send(`${evaluate(5)}1 + 2`);
    await allowed.until(/200 OK.*"result":"3"/s);
    unfinished.socket.destroy();
    while (server.readBudgets().bodies.used > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('of responses that are not read: those beyond it are a 503', async (context) => {
    const { port, url, server } = await openServer(context, {
      budgets: { responseBytesMax: 4_000_000, addressShare: 1 },
    });
    const line = `${'1+'.repeat(15_000)}1\n`;
    const id = await submit(url, line.repeat(100));
    const page = get(`/api/jobs/${id}/operations?size=100`);
    const reader = await openConnection(context, port);
    reader.socket.pause();
    reader.send(page.repeat(5));
    while (server.readBudgets().responses.rejected.full === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(server.readBudgets().responses.used <= 4_000_000);
    reader.socket.destroy();
    while (server.readBudgets().responses.used > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

suite('downloads and followers', () => {
  test('further ones of an address are put off, those of others are not', async (context) => {
    const { port, url, gate } = await openServer(context, { budgets: { downloadsMax: 2, followersMax: 2 } });
    gate.close();
    const id = await submit(url, '1\n');
    for (const path of [`results?follow=true`, 'events']) {
      const first = await openConnection(context, port);
      first.send(get(`/api/jobs/${id}/${path}`));
      if (path === 'events') await first.until(/event: progress/);
      const second = await openConnection(context, port);
      second.send(get(`/api/jobs/${id}/${path}`));
      await second.until(rejected(429, 'TOO_MANY_REQUESTS'));
      const third = await openConnection(context, port, other);
      third.send(get(`/api/jobs/${id}/${path}`));
      if (path === 'events') await third.until(/event: progress/);
    }
    const waiting = await openConnection(context, port, '127.0.0.3');
    waiting.send(get(`/api/jobs/${id}?wait=1`));
    await waiting.until(rejected(503, 'TOO_BUSY'));
  });

  test('a proxy that is trusted passes on whose share it is', async (context) => {
    const budgets = { followersMax: 2, trustedProxies: ['127.0.0.0/8'] };
    const { port, url, gate } = await openServer(context, { budgets });
    gate.close();
    const id = await submit(url, '1\n');
    const follow = async (client: string) => {
      const connection = await openConnection(context, port);
      connection.send(get(`/api/jobs/${id}/events`, `X-Forwarded-For: ${client}\r\n`));
      return connection;
    };
    await (await follow('198.51.100.1')).until(/event: progress/);
    await (await follow('198.51.100.1')).until(rejected(429, 'TOO_MANY_REQUESTS'));
    await (await follow('198.51.100.2')).until(/event: progress/);
  });

  test('a reader below the minimum rate is disconnected', async (context) => {
    const budgets = { sampleMs: 10, rateWindowMs: 100, downloadRateMin: 1_000_000 };
    const { port, url, server, engine } = await openServer(context, { budgets });
    const id = await submit(url, `${'1+'.repeat(15_000)}1\n`.repeat(500));
    await engine.awaitJob(id, 60_000, new AbortController().signal);
    const reader = await openConnection(context, port);
    reader.socket.pause();
    reader.send(get(`/api/jobs/${id}/results?format=csv`));
    while (server.readBudgets().connections.rejected.slow === 0) await new Promise((resolve) => setImmediate(resolve));
    while (server.readBudgets().downloads.used > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

test('probes have a port of their own, with nothing but health and metrics', async (context) => {
  const metricsPage = { contentType: 'text/plain', write: async () => 'metrics 1\n' };
  const dependencies = { service: { checkReady: async () => [] }, logger: noopLogger, metricsPage };
  assert.deepEqual(createProbes(dependencies, { httpHost: '127.0.0.1', probePort: undefined }), []);
  const [probes] = createProbes(dependencies, { httpHost: '127.0.0.1', probePort: 0 });
  assert.ok(probes !== undefined);
  await probes.start();
  context.after(async () => probes.stop());
  for (const [path, status] of [
    ['/health', 200],
    ['/health/ready', 200],
    ['/metrics', 200],
    ['/api/jobs', 404],
  ] as const) {
    assert.equal((await fetch(`${probes.url}${path}`)).status, status, path);
  }
});
