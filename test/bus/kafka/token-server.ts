/** An issuer of access tokens: a token endpoint for client credentials, and the keys by which brokers know its tokens. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenIssuer } from '../../../deploy/local-stack/kafka-security.ts';

export interface TokenServer {
  readonly tokenEndpoint: string;
  readonly issuer: TokenIssuer;
  /** How many tokens were given. */
  readonly count: () => number;
  stop(): Promise<void>;
}

export interface TokenServerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly lifeSeconds: number;
}

const keyId = 'one';
const issuerName = 'test';

export async function startTokenServer({
  clientId,
  clientSecret,
  lifeSeconds,
}: TokenServerOptions): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' }] };
  const encoded = [clientId, clientSecret].map((text) => encodeURIComponent(text).replaceAll('%20', '+')).join(':');
  const expected = `Basic ${Buffer.from(encoded).toString('base64')}`;
  let count = 0;

  function createToken(): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: clientId, aud: 'kafka', iss: issuerName, iat: now, exp: now + lifeSeconds, scope: 'kafka' };
    const parts = [{ alg: 'RS256', typ: 'JWT', kid: keyId }, claims];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  }

  const server = createServer((request, response) => {
    const isToken = request.url === '/token';
    const isKnown = !isToken || request.headers.authorization === expected;
    if (isToken && isKnown) count += 1;
    const body = isKnown
      ? isToken
        ? { access_token: createToken(), token_type: 'Bearer', expires_in: lifeSeconds }
        : keys
      : { error: 'invalid_client' };
    request.resume();
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    tokenEndpoint: `${url}/token`,
    issuer: { name: issuerName, keysUrl: `${url}/keys` },
    count: () => count,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
