/** Tokens of an OpenID Connect provider, which here is a real server with real keys. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import {
  AccessDenied,
  createAuthenticator,
  createJwtVerifier,
  createTokenService,
  type Identity,
  type ProviderSettings,
} from '../../src/access/index.ts';
import { noopLogger, StoreError } from '../../src/engine/index.ts';
import { createFakeTime } from '../fake-time.ts';
import { MemoryTokenStore } from '../simulation/memory-token-store.ts';
import { addKey, serveProvider, type Keys } from './provider.ts';

async function open(context: TestContext, settings: Partial<ProviderSettings> = {}) {
  const provider = await serveProvider(context);
  const keys = await addKey(provider, 'first');
  // The library reads the clock of the system for the age of its keys.
  const time = createFakeTime();
  await time.advance(Date.now() - time.now());
  const verifier = createJwtVerifier(
    {
      issuer: provider.issuer,
      audience: 'mathmill',
      jwksUri: undefined,
      tenantClaim: 'tenant',
      roleClaim: 'role',
      ...settings,
    },
    { time, logger: noopLogger },
  );
  const seconds = (offset: number): number => Math.floor(time.now() / 1_000) + offset;
  const claims: JWTPayload = {
    iss: provider.issuer,
    aud: 'mathmill',
    sub: 'user-1',
    exp: seconds(300),
    preferred_username: 'ada',
    tenant: 'acme',
    role: 'submitter',
  };
  function sign(changes: JWTPayload = {}, header: object = {}, key: Keys['privateKey'] = keys.privateKey) {
    return new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'RS256', kid: 'first', ...header })
      .sign(key);
  }
  return { provider, keys, time, verifier, seconds, claims, sign };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a token of a provider', () => {
  it('says who sends the request: name, tenant and role', async (context) => {
    const { verifier, sign, claims } = await open(context);
    const identity = await verifier.verify(await sign());
    assert.deepEqual(identity?.principal, { tenant: 'acme', role: 'submitter', name: 'ada' });
    assert.equal(identity?.expiresAt, (claims.exp ?? 0) * 1_000);
    assert.match(identity?.tokenId ?? '', /^jwt-[0-9a-f]{16}$/);
    const other = await verifier.verify(await sign({ sub: 'user-2' }));
    assert.notEqual(other?.tokenId, identity?.tokenId);
  });

  it('is rejected without a signature, also where its header says that none is needed', async (context) => {
    const { verifier, claims, sign } = await open(context);
    const [head = '', body = '', signature = ''] = (await sign()).split('.');
    const unsigned = [encode({ alg: 'none' }), encode(claims)].join('.');
    for (const token of [
      `${unsigned}.`,
      `${unsigned}.AA`,
      `${encode({ alg: 'none', kid: 'first' })}.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${encode({ ...claims, role: 'operator' })}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    ]) {
      assert.equal(await verifier.verify(token), undefined, token);
    }
  });

  it('is rejected where the public key was used as a secret', async (context) => {
    const { verifier, claims, keys } = await open(context);
    for (const secret of [await exportSPKI(keys.publicKey), JSON.stringify(await exportJWK(keys.publicKey))]) {
      for (const algorithm of ['HS256', 'RS256']) {
        const text = `${encode({ alg: algorithm, kid: 'first' })}.${encode(claims)}`;
        const signature = createHmac('sha256', secret).update(text).digest('base64url');
        assert.equal(await verifier.verify(`${text}.${signature}`), undefined);
      }
    }
  });

  it('is rejected for another issuer or audience, before its time and after it, with a minute of tolerance', async (context) => {
    const { verifier, sign, seconds } = await open(context);
    const isAccepted = async (changes: JWTPayload) => (await verifier.verify(await sign(changes))) !== undefined;
    assert.equal(await isAccepted({ exp: seconds(-50) }), true);
    assert.equal(await isAccepted({ nbf: seconds(50) }), true);
    assert.equal(await isAccepted({ aud: ['other', 'mathmill'] }), true);
    for (const wrong of [
      { iss: 'https://evil.example' },
      { iss: undefined },
      { aud: 'other' },
      { aud: undefined },
      { exp: seconds(-61) },
      { exp: undefined },
      { nbf: seconds(70) },
      { sub: undefined },
    ]) {
      assert.equal(await isAccepted(wrong as JWTPayload), false, JSON.stringify(wrong));
    }
  });

  it('is rejected when another key signed it, and accepted when the provider has added its key', async (context) => {
    const { verifier, sign, provider } = await open(context);
    const stranger = await generateKeyPair('RS256');
    assert.equal(await verifier.verify(await sign({}, {}, stranger.privateKey)), undefined);
    const next = await addKey(provider, 'second', 'ES256');
    const token = await sign({}, { kid: 'second', alg: 'ES256' }, next.privateKey);
    // The keys were fetched just now, and are not fetched again for a key that nobody knows.
    assert.equal(await verifier.verify(token), undefined);
    for (let index = 0; index < 50; index += 1) await verifier.verify(await sign({}, { kid: `unknown-${index}` }));
    assert.deepEqual(provider.counts, { configuration: 1, keys: 1 });
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 });
    assert.equal((await verifier.verify(token))?.principal.name, 'ada');
    assert.equal(provider.counts.keys, 2);
  });

  it('cannot be checked while the provider is down: unavailable, and soon again', async (context) => {
    const { verifier, sign, provider, time } = await open(context);
    provider.isBroken = true;
    const token = await sign();
    for (let index = 0; index < 20; index += 1) {
      await assert.rejects(verifier.verify(token), (error) => error instanceof StoreError && error.retryable);
    }
    assert.equal(provider.counts.configuration, 1, 'it is left alone for a while');
    provider.isBroken = false;
    await time.advance(5_000);
    assert.notEqual(await verifier.verify(token), undefined);
    // From then on its keys are known.
    provider.isBroken = true;
    assert.notEqual(await verifier.verify(token), undefined);
  });

  it('stays valid while the provider is down, whatever keys other tokens name and however long it takes', async (context) => {
    const { verifier, sign, provider, time } = await open(context);
    assert.notEqual(await verifier.verify(await sign()), undefined);
    provider.isBroken = true;
    // The library has a clock of its own for the pause between two fetches.
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 });
    const unknown = await sign({}, { kid: 'unknown' });
    const before = provider.counts.keys;
    for (let index = 0; index < 20; index += 1) await assert.rejects(verifier.verify(unknown), StoreError);
    assert.equal(provider.counts.keys, before + 1, 'the provider is not called for each of them');
    assert.notEqual(await verifier.verify(await sign()), undefined);
    await time.advance(3_600_000);
    const later = Math.floor(time.now() / 1_000) + 300;
    assert.notEqual(await verifier.verify(await sign({ exp: later })), undefined);
  });

  it('is rejected some minutes after the provider has removed its key', async (context) => {
    const { verifier, sign, provider, time } = await open(context);
    const token = await sign({ exp: Math.floor(time.now() / 1_000) + 7_200 });
    assert.notEqual(await verifier.verify(token), undefined);
    provider.served.length = 0;
    await addKey(provider, 'second');
    await time.advance(600_000);
    await verifier.verify(token);
    const until = performance.now() + 10_000;
    while ((await verifier.verify(token)) !== undefined) assert.ok(performance.now() < until, 'it is still accepted');
  });

  it('has its role in a claim of its own, or with a prefix in a list', async (context) => {
    const { verifier, sign } = await open(context, { roleClaim: 'realm_access.roles', tenantClaim: undefined });
    const roleOf = async (rolesOfRealm: unknown) =>
      (await verifier.verify(await sign({ realm_access: { roles: rolesOfRealm } })))?.principal.role;
    assert.equal(await roleOf('reader'), 'reader');
    assert.equal(await roleOf(['offline_access', 'mathmill-reader', 'mathmill-admin']), 'admin');
    for (const none of [['admin', 'operator'], [], 'king', 7, null, undefined, { reader: true }]) {
      await assert.rejects(roleOf(none), AccessDenied);
    }
    const plain = await verifier.verify(await sign({ 'realm_access.roles': 'operator' }));
    assert.deepEqual([plain?.principal.role, plain?.principal.tenant], ['operator', 'default']);
  });

  it('is denied, not unknown, when it names no tenant', async (context) => {
    const { verifier, sign } = await open(context);
    for (const tenant of [undefined, '', 'Acme Corp', ['acme'], 'a'.repeat(64)]) {
      await assert.rejects(verifier.verify(await sign({ tenant })), /names no tenant/);
    }
  });

  it('is nothing else', async (context) => {
    const { verifier, provider } = await open(context);
    for (const text of ['', 'a.b', 'a.b.c.d', '..', 'mm_x', `${'a'.repeat(20_000)}.b.c`, 'é.é.é']) {
      assert.equal(await verifier.verify(text), undefined);
    }
    assert.equal(provider.counts.configuration, 0);
  });
});

describe('an authenticator with a provider', () => {
  it('accepts its tokens besides those of the store, and sessions of both', async (context) => {
    const { verifier, sign, time } = await open(context);
    const store = new MemoryTokenStore();
    const tokens = createTokenService(store, time);
    const parts = { store, time, logger: noopLogger };
    const authenticator = createAuthenticator({ ...parts, jwtVerifier: verifier });
    const identity = await authenticator.identify(await sign());
    assert.ok(identity !== undefined);
    const session = await tokens.openSession(identity);
    assert.ok(session !== undefined);
    assert.equal(session.record.expiresAt, identity.expiresAt, 'no longer than the token');
    const known: Identity | undefined = await authenticator.identify(session.text);
    assert.deepEqual(known?.principal, identity.principal);
    // A server that does not accept the provider any more.
    assert.equal(await createAuthenticator(parts).identify(session.text), undefined);
    assert.equal(await createAuthenticator(parts).identify(await sign()), undefined);
  });
});
