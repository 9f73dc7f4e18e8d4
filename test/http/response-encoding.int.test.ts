/** Compressed responses over real connections: whole, in time, and ended with their client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { createEndlessResults } from './endless-results.ts';
import { openApp, openServer, postJob, waitFor } from './open-api.ts';

const codings = {
  gzip: { decode: gunzipSync, createDecoder: () => createGunzip() },
  zstd: { decode: zstdDecompressSync, createDecoder: () => createZstdDecompress() },
};
const encodings = ['gzip', 'zstd'] as const;

async function get(
  url: string,
  headers: Record<string, string> = {},
  localAddress = '127.0.0.1',
): Promise<IncomingMessage> {
  const outgoing = request(url, { headers, localAddress, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

async function postLines(url: string, text: string): Promise<string> {
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: text,
  });
  return ((await response.json()) as { id: string }).id;
}

async function openHalfDoneJob(context: TestContext) {
  const parts = await openServer(context);
  parts.gate.close();
  parts.gate.allow(1);
  const id = await postLines(parts.url, '1\n'.repeat(600));
  await waitFor(parts.engine, id, 512);
  return { ...parts, id, results: `${parts.url}/api/jobs/${id}/results` };
}

suite('compressed responses', () => {
  for (const encoding of encodings) {
    test(`${encoding}: results of any length are what they are without it`, async (context) => {
      const { app, engine } = await openApp(context);
      for (const count of [1, 600, 60_000]) {
        const id = await postJob(app, Array.from({ length: count }, (_, index) => `${index} * 7\n`).join(''));
        await waitFor(engine, id);
        const url = `/api/jobs/${id}/results`;
        const plain = await app.inject({ url });
        const encoded = await app.inject({ url, headers: { 'accept-encoding': encoding } });
        assert.equal(plain.headers['content-encoding'], undefined);
        const isCompressed = plain.rawPayload.length >= 1024;
        assert.equal(encoded.headers['content-encoding'], isCompressed ? encoding : undefined);
        const body = isCompressed ? codings[encoding].decode(encoded.rawPayload) : encoded.rawPayload;
        assert.ok(body.equals(plain.rawPayload));
        assert.ok(!isCompressed || encoded.rawPayload.length < plain.rawPayload.length);
        assert.equal(encoded.headers['mathmill-lines'], String(count));
        assert.equal(encoded.headers['vary'], 'Origin, Accept, Accept-Encoding');
      }
    });

    test(`${encoding}: JSON, for HEAD with the same length`, async (context) => {
      const { app } = await openApp(context);
      for (const url of ['/api/functions', '/openapi.json', '/docs/json']) {
        const plain = await app.inject({ url });
        const encoded = await app.inject({ url, headers: { 'accept-encoding': encoding } });
        assert.equal(encoded.headers['content-encoding'], encoding, url);
        assert.equal(encoded.headers['vary'], 'Origin, Accept-Encoding');
        assert.equal(codings[encoding].decode(encoded.rawPayload).toString(), plain.body);
        assert.equal(encoded.headers['content-length'], String(encoded.rawPayload.length));
        const head = await app.inject({ method: 'HEAD', url, headers: { 'accept-encoding': encoding } });
        assert.equal(head.headers['content-encoding'], encoding);
        assert.equal(head.headers['content-length'], encoded.headers['content-length']);
      }
      const small = await app.inject({ url: '/health', headers: { 'accept-encoding': encoding } });
      assert.equal(small.headers['content-encoding'], undefined);
    });

    test(`${encoding}: lines of a job in progress arrive when they are finished`, async (context) => {
      const { results, gate } = await openHalfDoneJob(context);
      const response = await get(`${results}?follow=true`, { 'accept-encoding': encoding });
      assert.equal(response.headers['content-encoding'], encoding);
      let text = '';
      for await (const bytes of response.pipe(codings[encoding].createDecoder())) {
        text += String(bytes);
        // Nothing of the first chunk is held back until the second is finished.
        if (text.length === 1024) gate.open();
      }
      assert.equal(text, '1\n'.repeat(600));
    });

    test(`${encoding}: a client that leaves ends the reading`, async (context) => {
      const results = createEndlessResults();
      const { url } = await openServer(context, { service: results.service });
      const response = await get(`${url}${results.path}`, { 'accept-encoding': encoding });
      await once(response, 'data');
      response.destroy();
      await results.untilLeft(1);
    });

    test(`${encoding}: a client that does not read is not compressed for`, async (context) => {
      const results = createEndlessResults();
      const { url } = await openServer(context, { idleMs: 100, service: results.service });
      const response = await get(`${url}${results.path}`, { 'accept-encoding': encoding });
      response.pause();
      await results.untilLeft(1);
      assert.ok(results.bytes() < 64 * 1024 * 1024);
    });

    test(`${encoding}: a response that is interrupted fails to decode`, async (context) => {
      const { results, engine, id } = await openHalfDoneJob(context);
      const response = await get(`${results}?follow=true`, { 'accept-encoding': encoding });
      await once(response, 'data');
      await engine.deleteJob(id);
      await assert.rejects(async () => {
        for await (const bytes of response) void bytes;
      }, /aborted/);
    });
  }

  test('events are not compressed', async (context) => {
    const { results } = await openHalfDoneJob(context);
    const response = await get(results.replace('results', 'events'), { 'accept-encoding': 'gzip, zstd' });
    assert.equal(response.headers['content-encoding'], undefined);
    response.destroy();
  });

  test('responses beyond the memory of encoders are sent as they are, later ones compressed again', async (context) => {
    const results = createEndlessResults();
    const budgets = { encoderBytesMax: 2_000_000, addressShare: 1 };
    const { url, server } = await openServer(context, { service: results.service, budgets });
    const open = (path: string) => get(`${url}${path}`, { 'accept-encoding': 'gzip' });
    const responses = await Promise.all(Array.from({ length: 3 }, () => open(results.path)));
    assert.ok(responses.every(({ headers }) => headers['content-encoding'] === 'gzip'));
    for (const path of [results.path, '/openapi.json']) {
      const next = await open(path);
      assert.equal(next.headers['content-encoding'], undefined, path);
      assert.match(next.headers['vary'] ?? '', /Accept-Encoding/);
      next.destroy();
    }
    assert.equal(server.readBudgets().encoders.rejected.full, 2);
    for (const response of responses) response.destroy();
    await results.untilLeft(4);
    assert.equal(server.readBudgets().encoders.used, 0);
    assert.equal((await open(results.path)).headers['content-encoding'], 'gzip');
  });

  test('an address that holds its share of encoders leaves the rest to others', async (context) => {
    const results = createEndlessResults();
    const budgets = { encoderBytesMax: 2_000_000 };
    const { url } = await openServer(context, { service: results.service, budgets });
    const headers = { 'accept-encoding': 'zstd' };
    const encodingFor = async (localAddress: string) =>
      (await get(`${url}${results.path}`, headers, localAddress)).headers['content-encoding'];
    assert.equal(await encodingFor('127.0.0.1'), 'zstd');
    assert.equal(await encodingFor('127.0.0.1'), undefined);
    assert.equal(await encodingFor('127.0.0.2'), 'zstd');
  });
});
