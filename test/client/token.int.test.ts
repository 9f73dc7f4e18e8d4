/** The token of the client, with a small server in place of Mathmill. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ApiError, ForbiddenRoleError, MathmillClient, UnauthenticatedError } from '../../src/client/index.ts';

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

/** Notes the header of each request; `statuses` are those of the first responses. */
async function serveNoting(context: TestContext, statuses: readonly number[] = []) {
  const seen: (string | undefined)[] = [];
  const url = await serve(context, (request, response) => {
    seen.push(request.headers.authorization);
    request.resume();
    response.writeHead(statuses[seen.length - 1] ?? 200, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end('{"total":0,"items":[]}');
  });
  return { url, seen };
}

async function serveProblem(context: TestContext, status: number, code: string) {
  const counted = { requests: 0 };
  const url = await serve(context, (request, response) => {
    counted.requests += 1;
    request.resume();
    response.writeHead(status, { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' });
    response.end(JSON.stringify({ status, code, detail: 'No.' }));
  });
  return { url, counted };
}

describe('the token of the client', () => {
  it('is sent with each request, and none without the option', async (context) => {
    const { url, seen } = await serveNoting(context);
    await new MathmillClient(url, { token: 'mm_a' }).listJobs();
    await new MathmillClient(url, { token: 'mm_a' }).submit(['1']);
    await new MathmillClient(url).listJobs();
    await new MathmillClient(url, { token: undefined }).listJobs();
    assert.deepEqual(seen, ['Bearer mm_a', 'Bearer mm_a', undefined, undefined]);
  });

  it('comes from a function, called for each try', async (context) => {
    const { url, seen } = await serveNoting(context, [503, 503]);
    let calls = 0;
    const client = new MathmillClient(url, { token: async () => `mm_${(calls += 1)}` });
    await client.listJobs();
    assert.deepEqual(seen, ['Bearer mm_1', 'Bearer mm_2', 'Bearer mm_3']);
  });

  it('takes the place of another header of that name', async (context) => {
    const { url, seen } = await serveNoting(context);
    await new MathmillClient(url, { token: 'mm_a', headers: { Authorization: 'Basic YTpi' } }).listJobs();
    assert.deepEqual(seen, ['Bearer mm_a']);
  });

  it('is not sent to another host that a response redirects to', async (context) => {
    const { url: other, seen } = await serveNoting(context);
    const url = await serve(context, (_request, response) => {
      response.writeHead(307, { location: other }).end();
    });
    await new MathmillClient(url, { token: 'mm_a' }).listJobs();
    assert.deepEqual(seen, [undefined]);
  });

  it('ends the call immediately when there is none, or one that no header can hold', async () => {
    const fetchNothing = async (): Promise<Response> => assert.fail('nothing may be sent');
    const reason = new Error('the vault is closed');
    const withoutToken = async (): Promise<string> => Promise.reject(reason);
    await assert.rejects(
      new MathmillClient(undefined, { token: withoutToken, fetch: fetchNothing }).listJobs(),
      reason,
    );
    for (const token of ['', 'mm_a\n', 'mm a', 'mm_é']) {
      await assert.rejects(
        new MathmillClient(undefined, { token: () => token, fetch: fetchNothing }).listJobs(),
        /^TypeError: the token must be ASCII characters without spaces$/,
      );
    }
  });
});

describe('a rejection', () => {
  const calls: Readonly<Record<string, (client: MathmillClient) => Promise<unknown>>> = {
    list: (client) => client.listJobs(),
    submit: (client) => client.submit(['1']),
    wait: (client) => client.wait('a'),
    follow: (client) => Array.fromAsync(client.follow('a')),
    results: (client) => Array.fromAsync(client.results('a')),
    delete: (client) => client.delete('a'),
  };
  for (const [status, code, Class] of [
    [401, 'UNAUTHENTICATED', UnauthenticatedError],
    [403, 'FORBIDDEN_ROLE', ForbiddenRoleError],
  ] as const) {
    it(`with ${code} has its class, and the request is not sent again`, async (context) => {
      const { url, counted } = await serveProblem(context, status, code);
      const client = new MathmillClient(url, { token: 'mm_secret' });
      for (const [name, call] of Object.entries(calls)) {
        counted.requests = 0;
        await assert.rejects(call(client), (error) => {
          assert.ok(error instanceof Class && error instanceof ApiError, name);
          assert.deepEqual([error.status, error.code], [status, code]);
          assert.doesNotMatch(String(error), /secret/);
          return true;
        });
        assert.equal(counted.requests, 1, name);
      }
    });
  }

  it('of a token during the results is the error of the results', async (context) => {
    const url = await serve(context, (request, response) => {
      if (request.method === 'HEAD') response.writeHead(401).end();
      else response.end('{"id":"1","request":"1","result":"1"}\n');
    });
    const results = new MathmillClient(url, { token: 'mm_a' }).results('a');
    assert.equal((await results.next()).value?.id, '1');
    await assert.rejects(results.next(), UnauthenticatedError);
  });
});
