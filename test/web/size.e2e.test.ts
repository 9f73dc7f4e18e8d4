/** The files that a browser has to load before the page is there, in bytes as they are sent. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync } from 'node:zlib';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';

/** Without the decompression that `fetch` does. */
async function load(url: string): Promise<{ readonly bytes: number; readonly text: string }> {
  const headers = { accept: 'text/html,*/*', 'accept-encoding': 'br' };
  const body = await new Promise<Buffer>((resolve, reject) => {
    request(url, { headers }, (response) => {
      assert.equal(response.statusCode, 200, url);
      assert.equal(response.headers['content-encoding'], 'br', url);
      buffer(response).then(resolve, reject);
    })
      .once('error', reject)
      .end();
  });
  return { bytes: body.length, text: brotliDecompressSync(body).toString() };
}

describe('the size of the page', () => {
  const data = createDataDirectory();
  let server: ServerProcess;
  before(async () => {
    server = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await server.kill();
    data.remove();
  });

  const bars = [
    { what: 'scripts', pattern: /<script[^>]* src="([^"]+)"/g, bytesMax: 60_000 },
    { what: 'styles', pattern: /<link[^>]* href="([^"]+\.css)"/g, bytesMax: 15_000 },
  ];

  for (const { what, pattern, bytesMax } of bars) {
    it(`its ${what} have at most ${bytesMax} bytes, compressed with brotli`, async (context) => {
      const page = `${server.url}/`;
      const { text } = await load(page);
      const paths = Array.from(text.matchAll(pattern), ([, path = '']) => path);
      assert.ok(paths.length > 0);
      const files = await Promise.all(paths.map((path) => load(new URL(path, page).href)));
      // A part that is loaded later would not be counted.
      for (const file of files) assert.doesNotMatch(file.text, /\bimport\(|@import/);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      context.diagnostic(`${bytes} bytes`);
      assert.ok(bytes <= bytesMax, `${bytes} bytes`);
    });
  }
});
