/** An OpenID Connect provider on this machine, as far as a server needs one: its configuration and its keys. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

export type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

export interface Provider {
  readonly issuer: string;
  /** Keys that it serves. */
  readonly served: JWK[];
  readonly counts: { configuration: number; keys: number };
  /** Responds with 500 from now on. */
  isBroken: boolean;
}

export async function serveProvider(context: TestContext): Promise<Provider> {
  const provider = { issuer: '', served: [] as JWK[], counts: { configuration: 0, keys: 0 }, isBroken: false };
  const server = createServer((request, response) => {
    const isConfiguration = request.url === '/realm/.well-known/openid-configuration';
    provider.counts[isConfiguration ? 'configuration' : 'keys'] += 1;
    if (provider.isBroken) return void response.writeHead(500).end();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        isConfiguration
          ? { issuer: provider.issuer, jwks_uri: provider.issuer.replace('/realm', '/keys') }
          : { keys: provider.served },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
  return provider;
}

export async function addKey(provider: Provider, kid: string, algorithm = 'RS256'): Promise<Keys> {
  const keys = await generateKeyPair(algorithm, { extractable: true });
  provider.served.push({ ...(await exportJWK(keys.publicKey)), kid, alg: algorithm, use: 'sig' });
  return keys;
}
