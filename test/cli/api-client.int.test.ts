/** The reaction of the commands to servers that misbehave. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
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

  it('shows the problem of a server, and obeys no control character in it', async (context) => {
    const problem = '{"detail":"The disk is\\u001b[2J full.","code":"X"}';
    const url = await serve(context, (_request, response) => response.writeHead(503).end(problem));
    const ended = await runMathmill(['status', 'a', '--url', url]);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /failed: The disk is\\u001b\[2J full\. \(X\)\n/);
  });

  const html = { 'Content-Type': 'text/html; charset=utf-8' };
  const foreign: readonly (readonly [
    name: string,
    status: number,
    headers: Record<string, string>,
    body: string,
    message: string,
  ])[] = [
    ['a login page', 200, html, '<html>', '200 with text/html, which is not a Mathmill response: a proxy, a login'],
    [
      'JSON of something else',
      200,
      { 'Content-Type': 'application/json' },
      '{"id":7}',
      '200 with application/json, which',
    ],
    ['an array', 200, { 'Content-Type': 'application/json' }, '[]', '200 with application/json, which is not'],
    [
      'a limit of nginx',
      413,
      html,
      '<html>',
      '413 with text/html, which is not a Mathmill response: a proxy in between? (nginx: client_max_body_size; see docs/reverse-proxy.md)',
    ],
    [
      'a proxy without its server',
      502,
      html,
      'Bad Gateway',
      '502 with text/html, which is not a Mathmill response: a proxy in between that cannot',
    ],
    [
      'a proxy that is tired of waiting',
      504,
      {},
      '',
      '504 with no content type, which is not a Mathmill response: a proxy in between that does not wait',
    ],
    ['a wrong path of a proxy', 404, html, '', '404 with text/html, which is not a Mathmill response: another program'],
    [
      'a redirect',
      302,
      { Location: 'https://login.example/in?token=secret' },
      '',
      'it redirects to https://login.example/in\n',
    ],
    [
      'an error of another API',
      400,
      { 'Content-Type': 'application/json' },
      '{"error":"no"}',
      '400 with application/json',
    ],
  ];
  for (const [name, status, headers, body, message] of foreign) {
    it(`says that it is not Mathmill which answers with ${name}`, async (context) => {
      const url = await serve(context, (_request, response) => response.writeHead(status, headers).end(body));
      for (const command of [['status', 'a'], ['results', 'a'], ['list'], ['delete', 'a'], ['submit', '-']]) {
        const ended = await runMathmill([...command, '--url', url], { input: '1\n' });
        assert.equal(ended.code, 2, command[0]);
        assert.equal(ended.stdout, '', command[0]);
        assert.ok(ended.stderr.startsWith(`mathmill: ${url} responded ${status} with `), ended.stderr);
        assert.ok(ended.stderr.includes(message), ended.stderr);
        assert.doesNotMatch(ended.stderr, /secret/);
      }
    });
  }

  it('says which protocol the port speaks', async (context) => {
    const plain = (await serve(context, (_request, response) => response.end())).replace('http:', 'https:');
    const tried = await runMathmill(['list', '--url', plain]);
    assert.deepEqual(
      [tried.code, tried.stderr],
      [2, `mathmill: ${plain} speaks plain HTTP: use ${plain.replace('https:', 'http:')}\n`],
    );
    const tls = createNetServer((socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46])));
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    context.after(() => tls.close());
    const url = `http://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    const other = await runMathmill(['list', '--url', url]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /does not speak HTTP: if it speaks TLS, use https:\/\/127/);
  });

  it('says where the URL of a server ends', async (context) => {
    const url = await serve(context, (request, response) => {
      if (request.url?.startsWith('/api/api/') === true) {
        response.writeHead(404, { 'Content-Type': 'application/problem+json' });
        response.end('{"detail":"No such endpoint.","code":"NOT_FOUND"}');
      } else response.end(jobDocument(2));
    });
    for (const end of ['/api', '/api/']) {
      const ended = await runMathmill(['status', 'a', '--url', url + end]);
      assert.equal(ended.code, 2);
      assert.equal(
        ended.stderr,
        `mathmill: No such endpoint. (NOT_FOUND)\nThe URL of the server ends before /api: use ${url}\n`,
      );
    }
    assert.equal((await runMathmill(['status', 'a', '--url', `${url}/`])).code, 0);
  });

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
      assert.match(ended.stderr, /^mathmill: http:\S+ closed the connection before it responded\n$/);
    }
  });

  const text = { 'Content-Type': 'text/plain; charset=utf-8' };

  it('never takes results that break off for whole ones', async (context) => {
    const url = await serve(context, (_request, response) => {
      response.writeHead(200, text).write('1\n2\n', () => response.socket?.destroy());
    });
    const ended = await runMathmill(['results', 'a', '--url', url]);
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, '1\n2\n');
    assert.match(
      ended.stderr,
      /^mathmill: results are missing: 2 arrived \(.* disconnected: .*\); continue with --from 3\n$/,
    );
  });

  /** Answers as through a proxy that speaks HTTP/1.0 to servers: the end of the connection is the end of the body. */
  async function serveHttp10(context: TestContext, headers: readonly string[], body: string): Promise<string> {
    const server = createNetServer((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\n${headers.join('\r\n')}\r\n\r\n${body}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const csvHead = 'id,custom_id,request,result,error_code,error_message,error_column\n';
  const streams: readonly (readonly [format: string, type: string, body: string])[] = [
    ['text', 'text/plain; charset=utf-8', '1\nERROR UNKNOWN: did you mean "e"?\n'],
    ['csv', 'text/csv; charset=utf-8; header=present', `${csvHead}1,"a\n""b",1,1,,,\n2,,2,2,,,\n`],
    ['ndjson', 'application/x-ndjson', '{"id":"1"}\n{"id":"2"}\n'],
  ];
  for (const [format, type, body] of streams) {
    it(`counts the results in ${format}, and compares`, async (context) => {
      const headers = [`Content-Type: ${type}`, 'Mathmill-Job-Status: Completed'];
      const whole = await serveHttp10(context, [...headers, 'Mathmill-Lines: 2'], body);
      const args = ['results', 'a', '--format', format, '--url'];
      assert.deepEqual(await runMathmill([...args, whole]), { code: 0, signal: null, stdout: body, stderr: '' });
      const cut = await serveHttp10(context, [...headers, 'Mathmill-Lines: 3000'], body);
      const ended = await runMathmill([...args, cut]);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, body);
      assert.equal(
        ended.stderr,
        `mathmill: results are missing: 2 of 3,000 arrived (${cut} ended the response too early); continue with --from 3\n`,
      );
      const older = await serveHttp10(context, headers, body);
      assert.equal((await runMathmill([...args, older])).code, 0);
    });
  }

  it('asks for the count when the job was finished while its results came', async (context) => {
    for (const [status, lines, code] of [
      ['Completed', '2', 0],
      ['Completed', '3', 2],
      ['InProgress', undefined, 2],
      ['Completed', undefined, 0],
    ] as const) {
      const url = await serve(context, (request, response) => {
        const isFirst = request.url?.includes('follow=true') === true;
        const headers = isFirst ? { 'Mathmill-Job-Status': 'InProgress' } : { 'Mathmill-Job-Status': status };
        response.writeHead(200, {
          ...text,
          ...headers,
          ...(!isFirst && lines !== undefined && { 'Mathmill-Lines': lines }),
        });
        response.end('1\n2\n');
      });
      const ended = await runMathmill(['results', 'a', '--follow', '--url', url]);
      assert.equal(ended.code, code, `${status} ${lines}: ${ended.stderr}`);
      assert.equal(ended.stdout, '1\n2\n');
      if (code === 2) assert.match(ended.stderr, /results are missing/);
    }
  });

  it('follows a job through failures that pass', async (context) => {
    let asked = 0;
    const url = await serve(context, (request, response) => {
      asked += 1;
      if (asked === 2) response.writeHead(503).end();
      else if (asked === 3) request.socket.destroy();
      else if (asked === 4) response.writeHead(502, { 'Content-Type': 'text/html' }).end('<html>');
      else response.end(jobDocument(asked < 5 ? 1 : 2));
    });
    const ended = await runMathmill(['status', 'a', '--follow', '--url', url]);
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /^completed {3}2 \(100 %\)$/m);
    assert.equal(asked, 5);
  });
});
