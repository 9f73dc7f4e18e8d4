import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createTokenSource } from '../../../../src/bus/kafka/security/token-source.ts';

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** The next reply of the endpoint, and the requests that it got. */
let reply: Reply = { status: 200, body: '' };
const asked: { readonly authorization: string | undefined; readonly form: string }[] = [];
const server = createServer((request, response) => {
  void readAll(request).then((form) => {
    asked.push({ authorization: request.headers.authorization, form });
    response.writeHead(reply.status).end(reply.body);
  });
});
let tokenEndpoint: string;

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tokenEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function give(token: string, seconds?: number): void {
  reply = { status: 200, body: JSON.stringify({ access_token: token, expires_in: seconds }) };
}

function createSource(now: () => number, clientSecret: { text: string } | { file: string } = { text: 's' }) {
  const login = { mechanism: 'OAUTHBEARER', tokenEndpoint, clientId: 'ada b', clientSecret, extensions: {} } as const;
  return createTokenSource({ ...login, scope: 'kafka' }, now);
}

describe('access tokens by client credentials', () => {
  it('asks as RFC 6749 says, once for all that ask together', async () => {
    give('one', 100);
    asked.length = 0;
    const source = createSource(() => 0, { text: 'ä+:' });
    assert.deepEqual(await Promise.all([source(), source(), source()]), ['one', 'one', 'one']);
    assert.deepEqual(asked, [
      {
        authorization: `Basic ${Buffer.from('ada+b:%C3%A4%2B%3A').toString('base64')}`,
        form: 'grant_type=client_credentials&scope=kafka',
      },
    ]);
  });

  it('renews a token when a quarter of its life is left, and keeps it to its end while the endpoint fails', async () => {
    let now = 0;
    const source = createSource(() => now);
    give('one', 100);
    assert.equal(await source(), 'one');
    give('two', 100);
    now = 74_000;
    assert.equal(await source(), 'one');
    reply = { status: 500, body: 'out of order' };
    now = 76_000;
    assert.equal(await source(), 'one');
    now = 100_000;
    await assert.rejects(source(), /no access token from KAFKA_SASL_TOKEN_ENDPOINT: it responded with 500$/);
    give('two', 100);
    assert.equal(await source(), 'two');
  });

  it('reads the secret again for each request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mathmill-token-'));
    const file = join(folder, 'secret');
    let now = 0;
    writeFileSync(file, 'first\n');
    give('one', 1);
    const source = createSource(() => now, { file });
    await source();
    writeFileSync(file, 'second\n');
    now = 2_000;
    await source();
    const secrets = asked.slice(-2).map(({ authorization = '' }) => atob(authorization.slice('Basic '.length)));
    assert.deepEqual(secrets, ['ada+b:first', 'ada+b:second']);
    rmSync(folder, { recursive: true });
  });

  it('names the error code of a refusal, and nothing that was sent', async () => {
    reply = { status: 401, body: '{"error":"invalid_client","error_description":"the secret s is wrong"}' };
    await assert.rejects(createSource(() => 0)(), (error: Error) => {
      assert.equal(
        error.message,
        'no access token from KAFKA_SASL_TOKEN_ENDPOINT: it responded with 401 (invalid_client)',
      );
      return true;
    });
  });

  for (const body of ['', '[]', '{"access_token":""}', 'null']) {
    it(`rejects the answer ${JSON.stringify(body)}`, async () => {
      reply = { status: 200, body };
      await assert.rejects(createSource(() => 0)(), /its response has no access_token/);
    });
  }
});
