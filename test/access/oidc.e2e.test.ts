/** A server that accepts the tokens of an OpenID Connect provider. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignJWT, type JWTPayload } from 'jose';
import { startServer } from '../cli/mathmill.ts';
import { addKey, serveProvider } from './provider.ts';

describe('a server with AUTHENTICATION=oidc', () => {
  it('serves the users of the provider by their tenant and role', async (context) => {
    const provider = await serveProvider(context);
    const { privateKey } = await addKey(provider, 'first');
    const environment = {
      AUTHENTICATION: 'oidc',
      AUTH_ISSUER: provider.issuer,
      AUTH_AUDIENCE: 'mathmill',
      AUTH_TENANT_CLAIM: 'tenant',
    };
    const { url } = await startServer(context, { environment });
    const now = Math.floor(Date.now() / 1_000);
    async function call(claims: JWTPayload, path = '/api/session') {
      const payload = { iss: provider.issuer, aud: 'mathmill', sub: 'u', exp: now + 300, tenant: 'acme', ...claims };
      const token = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'first' }).sign(privateKey);
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
      return { response, body: (await response.json()) as Record<string, unknown> };
    }

    provider.isBroken = true;
    const early = await call({ role: 'reader' });
    assert.deepEqual([early.response.status, early.body['code']], [503, 'UNAVAILABLE']);
    assert.equal(early.response.headers.get('retry-after'), '5');
    provider.isBroken = false;
    let session = await call({ role: 'reader', email: 'ada@example.com' });
    const until = Date.now() + 30_000;
    while (session.response.status === 503 && Date.now() < until) {
      session = await call({ role: 'reader', email: 'ada@example.com' });
    }
    assert.equal(session.response.status, 200);
    assert.deepEqual(
      [session.body['authentication'], session.body['tenant'], session.body['name'], session.body['role']],
      ['tokens', 'acme', 'ada@example.com', 'reader'],
    );

    const refusals = [
      [{ role: 'reader', exp: now - 120 }, '/api/jobs', 401, /no token, or one that is unknown, expired or revoked/],
      [{}, '/api/jobs', 403, /its claim "role" names no role/],
      [{ role: 'reader', tenant: undefined }, '/api/jobs', 403, /its claim "tenant" names no tenant/],
      [{ role: 'admin' }, '/api/cluster', 403, /needs the role operator; the token has the role admin/],
    ] as const;
    for (const [claims, path, status, detail] of refusals) {
      const { response, body } = await call(claims, path);
      assert.equal(response.status, status, JSON.stringify(claims));
      assert.match(String(body['detail']), detail);
    }
  });
});
