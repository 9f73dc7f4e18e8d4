/** The built web page as a server sends it: files of a folder, compressed copies, caches and policy. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { readPageFiles } from '../../src/http/index.ts';
import { openApp } from './open-api.ts';

const script = `${'a'.repeat(4000)}\n`;
const browserAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function writeFolder(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mathmill-page-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
  }
  return folder;
}

async function openPage(context: TestContext) {
  const folder = writeFolder(context, {
    'index.html': '<!doctype html><title>Mathmill</title>',
    'app-ABCD2345.js': script,
    'favicon.svg': '<svg/>',
    'notes.txt': 'not of the page',
  });
  const { app } = await openApp(context, { page: readPageFiles(folder) });
  return (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
    app.inject({ method, url, headers });
}

describe('the web page at /', () => {
  it('is for clients that name text/html; others are led to the reference of the API', async (context) => {
    const get = await openPage(context);
    const page = await get('/', { accept: browserAccept });
    assert.equal(page.statusCode, 200);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(page.body, /<title>Mathmill/);
    for (const accept of ['*/*', 'application/json', 'text/*', 'text/html;q=0', '']) {
      const other = await get('/', { accept });
      assert.deepEqual([other.statusCode, other.headers.location], [302, 'docs/'], accept);
      assert.match(String(other.headers.vary), /\bAccept\b(?!-)/);
    }
    assert.match(String(page.headers.vary), /\bAccept\b(?!-)/);
  });

  it('leads to the reference of the API where no page is built', async (context) => {
    assert.equal(readPageFiles(join(tmpdir(), 'mathmill-page-that-is-not-there')), undefined);
    assert.equal(readPageFiles(writeFolder(context, { 'app-ABCD2345.js': script })), undefined);
    const { app } = await openApp(context);
    const response = await app.inject({ url: '/', headers: { accept: browserAccept } });
    assert.deepEqual([response.statusCode, response.headers.location], [302, 'docs/']);
  });

  it('has the strict policy, as all its files do', async (context) => {
    const get = await openPage(context);
    for (const url of ['/', '/app-ABCD2345.js', '/favicon.svg']) {
      const response = await get(url, { accept: browserAccept });
      assert.equal(response.headers['content-security-policy'], policy, url);
      assert.equal(response.headers['x-content-type-options'], 'nosniff');
    }
  });

  it('is asked about each time, and its script never again', async (context) => {
    const get = await openPage(context);
    const caches = async (url: string) => (await get(url, { accept: browserAccept })).headers['cache-control'];
    assert.equal(await caches('/'), 'no-cache');
    assert.equal(await caches('/favicon.svg'), 'no-cache');
    assert.equal(await caches('/app-ABCD2345.js'), 'public, max-age=31536000, immutable');
  });

  it('serves no other file of the folder, and takes no other method', async (context) => {
    const get = await openPage(context);
    for (const url of [
      '/notes.txt',
      '/index.html.br',
      '/app-ABCD2345.js.gz',
      '/app-00000000.js',
      '/..%2fpackage.json',
    ]) {
      assert.equal((await get(url)).statusCode, 404, url);
    }
    const post = await get('/', {}, 'POST');
    assert.deepEqual([post.statusCode, post.headers.allow], [405, 'GET, HEAD, OPTIONS']);
  });
});

describe('a file of the page', () => {
  it('comes in the coding that the client likes best, compressed once', async (context) => {
    const get = await openPage(context);
    const ask = (coding: string) => get('/app-ABCD2345.js', { 'accept-encoding': coding });
    const brotli = await ask('gzip, deflate, br, zstd');
    assert.equal(brotli.headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(brotli.rawPayload).toString(), script);
    const gzip = await ask('gzip');
    assert.equal(gzip.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(gzip.rawPayload).toString(), script);
    const plain = await ask('identity');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.body, script);
    for (const response of [brotli, gzip, plain]) assert.match(String(response.headers.vary), /Accept-Encoding/);
  });

  it('is not sent again to a client that has it', async (context) => {
    const get = await openPage(context);
    const first = await get('/app-ABCD2345.js', { 'accept-encoding': 'br' });
    const tag = String(first.headers.etag);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get('/app-ABCD2345.js', { 'accept-encoding': 'br', 'if-none-match': known });
      assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', tag], known);
    }
    const other = await get('/app-ABCD2345.js', { 'accept-encoding': 'gzip', 'if-none-match': tag });
    assert.equal(other.statusCode, 200);
  });

  it('has a tag that changes with its content', async (context) => {
    const tags = await Promise.all(
      ['one', 'two'].map(async (text) => {
        const page = readPageFiles(writeFolder(context, { 'index.html': text }));
        const { app } = await openApp(context, { page });
        return (await app.inject({ url: '/', headers: { accept: 'text/html' } })).headers.etag;
      }),
    );
    assert.notEqual(tags[0], tags[1]);
  });

  it('answers HEAD with the headers alone', async (context) => {
    const get = await openPage(context);
    const head = await get('/app-ABCD2345.js', {}, 'HEAD');
    assert.deepEqual([head.statusCode, head.body], [200, '']);
    assert.equal(head.headers['content-length'], String(script.length));
  });
});

describe('the reference of the API at /docs', () => {
  it('is sent compressed, and again only when it has changed', async (context) => {
    const { app } = await openApp(context);
    let bytes = 0;
    for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
      const url = `/docs/static/${name}`;
      const whole = await app.inject({ url });
      const sent = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
      assert.deepEqual([sent.statusCode, sent.headers['content-encoding']], [200, 'br']);
      assert.ok(brotliDecompressSync(sent.rawPayload).equals(whole.rawPayload), name);
      const known = await app.inject({ url, headers: { 'accept-encoding': 'br', 'if-none-match': sent.headers.etag } });
      assert.equal(known.statusCode, 304);
      bytes += sent.rawPayload.length;
    }
    assert.ok(bytes < 450_000, `${bytes} bytes`);
  });
});
