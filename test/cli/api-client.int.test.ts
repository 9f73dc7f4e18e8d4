/** What the commands make of servers that misbehave. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { runMathmill } from './mathmill.ts';

async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function jobDocument(completed: number): string {
  const counts = { operations: 2, completed, succeeded: completed, failed: 0, cancelled: 0 };
  const status = completed === 2 ? 'Completed' : 'InProgress';
  return JSON.stringify({
    id: 'a',
    status,
    mode: 'decimal',
    precision: 34,
    created_at: '2026-01-01T00:00:00.000Z',
    ...counts,
  });
}

describe('commands against servers that misbehave', () => {
  it('says how to start one when there is none', async () => {
    const ended = await runMathmill(['list', '--url', 'http://127.0.0.1:1']);
    assert.equal(ended.code, 2);
    assert.equal(
      ended.stderr,
      'mathmill: cannot reach a Mathmill server at http://127.0.0.1:1: connection refused\n' +
        'Start one with "mathmill serve", or name another one with --url or MATHMILL_URL.\n',
    );
  });

  it('refuses an address that is none, and shows no password', async () => {
    const wrong = await runMathmill(['list', '--url', 'localhost:8080']);
    assert.match(wrong.stderr, /^mathmill: --url must be the address of a server, such as .*, not "localhost:8080"\n$/);
    const secret = await runMathmill(['list'], {
      environment: { MATHMILL_URL: 'http://ada:secret@127.0.0.1:1/below' },
    });
    assert.equal(secret.code, 2);
    assert.match(secret.stderr, /at http:\/\/127\.0\.0\.1:1\/below: connection refused/);
    assert.doesNotMatch(secret.stderr, /secret/);
  });

  it('sends the path and the user of the address along', async (context) => {
    const seen: unknown[] = [];
    const url = await serve(context, (request, response) => {
      seen.push(request.url, request.headers.authorization);
      response.end(jobDocument(2));
    });
    await runMathmill(['status', 'a b/c', '--url', url.replace('//', '//ada:secret@').concat('/below')]);
    assert.deepEqual(seen, ['/below/api/jobs/a%20b%2Fc', `Basic ${Buffer.from('ada:secret').toString('base64')}`]);
  });

  const answers: readonly (readonly [name: string, status: number, body: string, message: RegExp])[] = [
    ['a page of something else', 200, '<html>', /does not answer like a Mathmill server/],
    ['JSON of something else', 200, '{"id":7}', /does not answer like a Mathmill server/],
    ['a bare failure', 502, 'Bad Gateway', /failed: HTTP status 502\n/],
    [
      'a problem of the server',
      503,
      '{"detail":"The disk is\\u001b[2J full.","code":"X"}',
      /failed: The disk is\ufffd\[2J full\. \(X\)\n/,
    ],
    ['a bare refusal', 404, '', /^mathmill: HTTP status 404\n/],
  ];
  for (const [name, status, body, message] of answers) {
    it(`says so when it gets ${name}`, async (context) => {
      const url = await serve(context, (_request, response) => response.writeHead(status).end(body));
      const ended = await runMathmill(['status', 'a', '--url', url]);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, message);
    });
  }

  it('sees a refusal that comes before it has sent everything', async (context) => {
    const url = await serve(context, (request, response) => {
      request.once('data', () => {
        response.writeHead(413).end('{"detail":"Too large.","code":"UPLOAD_TOO_LARGE"}');
      });
    });
    const ended = await runMathmill(['submit', '-', '--url', url], { input: Buffer.alloc(32 * 1024 * 1024, '1\n') });
    assert.deepEqual(ended, { code: 2, signal: null, stdout: '', stderr: 'mathmill: Too large. (UPLOAD_TOO_LARGE)\n' });
  });

  it('fails when the connection breaks during an upload', async (context) => {
    const url = await serve(context, (request) => request.once('data', () => request.socket.destroy()));
    for (const options of [[], ['--gzip']]) {
      const ended = await runMathmill(['submit', '-', '--url', url, ...options], {
        input: Buffer.alloc(8_000_000, '1\n'),
      });
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /^mathmill: http:\S+ closed the connection before it answered\n$/);
    }
  });

  it('never takes results that break off for whole ones', async (context) => {
    const url = await serve(context, (_request, response) => {
      response.write('1\n2\n', () => response.socket?.destroy());
    });
    const ended = await runMathmill(['results', 'a', '--url', url]);
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, '1\n2\n');
    assert.match(ended.stderr, /broke off before the results were complete/);
  });

  it('follows a job through failures that pass', async (context) => {
    let asked = 0;
    const url = await serve(context, (request, response) => {
      asked += 1;
      if (asked === 2) response.writeHead(503).end();
      else if (asked === 3) request.socket.destroy();
      else response.end(jobDocument(asked < 4 ? 1 : 2));
    });
    const ended = await runMathmill(['status', 'a', '--follow', '--url', url]);
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /^completed {3}2 \(100 %\)$/m);
    assert.equal(asked, 4);
  });
});
