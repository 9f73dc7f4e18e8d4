/** The token of the commands: where it comes from, where it goes, and what a command says when it does not suffice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createFolder, runMathmill, type Ended, type Variables } from './mathmill.ts';

const token = 'mm_0123456789ab_secret-of-the-token';

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

/** Accepts everything and notes the header of each request. */
async function serveNoting(context: TestContext): Promise<{ url: string; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  const url = await serve(context, (request, response) => {
    seen.push(request.headers.authorization);
    request.resume();
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      if (request.method === 'DELETE') response.writeHead(204).end();
      else if (request.method === 'POST') response.writeHead(201).end('{"id":"a","created_operations":1}');
      else response.end('{"page":1,"size":30,"total":0,"items":[]}');
    });
  });
  return { url, seen };
}

async function serveProblem(context: TestContext, status: number, code: string, detail: string): Promise<string> {
  return serve(context, (request, response) => {
    request.resume();
    response.writeHead(status, { 'Content-Type': 'application/problem+json', 'WWW-Authenticate': 'Bearer' });
    response.end(JSON.stringify({ status, code, detail }));
  });
}

function checkFailure({ code, stdout, stderr }: Ended, message: string): void {
  assert.deepEqual([code, stdout, stderr], [2, '', `mathmill: ${message}\n`]);
}

describe('the token of a command', () => {
  it('is sent with each request, from the environment', async (context) => {
    const { url, seen } = await serveNoting(context);
    const environment = { MATHMILL_URL: url, MATHMILL_TOKEN: token };
    for (const args of [['list'], ['submit', '-'], ['delete', 'a']]) {
      await runMathmill(args, { environment, input: '1\n' });
    }
    assert.deepEqual(seen, Array(seen.length).fill(`Bearer ${token}`));
    assert.ok(seen.length >= 3, String(seen.length));
  });

  it('is sent from a file, without the end of its line', async (context) => {
    const { url, seen } = await serveNoting(context);
    const file = join(await createFolder(context), 'token');
    for (const end of ['', '\n', '\r\n', '\n\n']) {
      writeFileSync(file, `${token}${end}`);
      await runMathmill(['list'], { environment: { MATHMILL_URL: url, MATHMILL_TOKEN_FILE: file } });
    }
    assert.deepEqual(seen, Array(4).fill(`Bearer ${token}`));
  });

  it('is not sent when none is set, nor when the setting is empty', async (context) => {
    const { url, seen } = await serveNoting(context);
    await runMathmill(['list', '--url', url]);
    const empty = { MATHMILL_TOKEN: '', MATHMILL_TOKEN_FILE: '' };
    assert.equal((await runMathmill(['list', '--url', url], { environment: empty })).code, 0);
    assert.deepEqual(seen, [undefined, undefined]);
  });

  it('never follows a redirect to another host', async (context) => {
    const { url: other, seen } = await serveNoting(context);
    const url = await serve(context, (request, response) => {
      request.resume();
      response.writeHead(307, { Location: `${other}/api/jobs` }).end();
    });
    for (const args of [['list'], ['submit', '-'], ['results', 'a'], ['cancel', 'a']]) {
      const environment = { MATHMILL_URL: url, MATHMILL_TOKEN: token };
      const { code, stderr } = await runMathmill(args, { environment, input: '1\n' });
      assert.equal(code, 2);
      assert.match(stderr, /it redirects to http:/);
    }
    assert.deepEqual(seen, []);
  });
});

describe('a token that cannot be used', () => {
  async function listWith(environment: Variables): Promise<Ended> {
    // Nothing may be sent, so nothing needs to listen.
    const ended = await runMathmill(['list'], { environment: { MATHMILL_URL: 'http://127.0.0.1:1', ...environment } });
    assert.doesNotMatch(ended.stderr, /secret/);
    return ended;
  }

  it('is set twice', async () => {
    const ended = await listWith({ MATHMILL_TOKEN: token, MATHMILL_TOKEN_FILE: '/nowhere' });
    checkFailure(ended, 'MATHMILL_TOKEN and MATHMILL_TOKEN_FILE are both set: remove one of them');
  });

  it('has spaces, or characters of which a header has none', async () => {
    for (const text of ['Bearer mm_secret', 'mm_secrét', 'mm_secret\nX-Header: 1']) {
      const ended = await listWith({ MATHMILL_TOKEN: text });
      checkFailure(ended, 'MATHMILL_TOKEN must be a token: ASCII characters without spaces');
    }
  });

  it('is in a file that is missing, a folder, empty, or has something else', async (context) => {
    const folder = await createFolder(context);
    const file = join(folder, 'token');
    const read = `cannot read MATHMILL_TOKEN_FILE`;
    checkFailure(await listWith({ MATHMILL_TOKEN_FILE: file }), `${read} ${file}: there is no such file`);
    checkFailure(await listWith({ MATHMILL_TOKEN_FILE: folder }), `${read} ${folder}: it is a directory`);
    for (const content of ['', '\n', '\r\n\n']) {
      writeFileSync(file, content);
      checkFailure(await listWith({ MATHMILL_TOKEN_FILE: file }), `MATHMILL_TOKEN_FILE ${file} is empty`);
    }
    writeFileSync(file, 'two secrets\n');
    checkFailure(
      await listWith({ MATHMILL_TOKEN_FILE: file }),
      `the content of MATHMILL_TOKEN_FILE ${file} must be a token: ASCII characters without spaces`,
    );
    // The superuser reads every file.
    if (process.getuid?.() === 0) return;
    chmodSync(file, 0);
    checkFailure(await listWith({ MATHMILL_TOKEN_FILE: file }), `${read} ${file}: permission denied`);
  });

  it('has no place beside the user and the password of the URL', async () => {
    const ended = await listWith({ MATHMILL_URL: 'http://ada:secret@127.0.0.1:1', MATHMILL_TOKEN: token });
    checkFailure(
      ended,
      'MATHMILL_URL must not contain a user or a password while MATHMILL_TOKEN is set: a request can carry only one of the two',
    );
  });
});

describe('a server that rejects', () => {
  const commands = [['list'], ['status', 'a'], ['results', 'a'], ['submit', '-'], ['delete', 'a'], ['cancel', '--all']];

  async function checkRejection(url: string, environment: Variables, message: string): Promise<void> {
    for (const args of commands) {
      checkFailure(
        await runMathmill(args, { environment: { MATHMILL_URL: url, ...environment }, input: '1\n' }),
        message,
      );
    }
  }

  it('a request without a token says where one is set', async (context) => {
    const url = await serveProblem(context, 401, 'UNAUTHENTICATED', 'No token.');
    await checkRejection(
      url,
      {},
      `${url} requires a token: set MATHMILL_TOKEN or MATHMILL_TOKEN_FILE (UNAUTHENTICATED)`,
    );
  });

  it('a token says which one, and does not show it', async (context) => {
    const url = await serveProblem(context, 401, 'UNAUTHENTICATED', 'No token.');
    const file = join(await createFolder(context), 'token');
    writeFileSync(file, `${token}\n`);
    const settings = { MATHMILL_TOKEN: token, MATHMILL_TOKEN_FILE: file };
    for (const [setting, value] of Object.entries(settings)) {
      await checkRejection(
        url,
        { [setting]: value },
        `${url} does not accept the token of ${setting}: it is unknown, expired or revoked (UNAUTHENTICATED)`,
      );
    }
  });

  it('a role says which role is needed', async (context) => {
    const detail = 'This needs the role submitter; the token has the role reader.';
    const url = await serveProblem(context, 403, 'FORBIDDEN_ROLE', detail);
    await checkRejection(
      url,
      { MATHMILL_TOKEN: token },
      `the role of the token is not sufficient: ${detail} (FORBIDDEN_ROLE)`,
    );
  });

  it('the token while a job is followed ends the command', async (context) => {
    let requests = 0;
    const url = await serve(context, (_request, response) => {
      requests += 1;
      if (requests > 1) {
        response.writeHead(401).end('{"status":401,"code":"UNAUTHENTICATED","detail":"No token."}');
        return;
      }
      const counts = '"operations":2,"completed":1,"succeeded":1,"failed":0,"cancelled":0';
      const rest = '"mode":"decimal","precision":34,"created_at":"2026-01-01T00:00:00.000Z"';
      response.end(`{"id":"a","status":"InProgress",${rest},${counts}}`);
    });
    const environment = { MATHMILL_URL: url, MATHMILL_TOKEN: token };
    const ended = await runMathmill(['status', 'a', '--follow'], { environment });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /does not accept the token of MATHMILL_TOKEN/);
    assert.equal(requests, 2);
  });
});
