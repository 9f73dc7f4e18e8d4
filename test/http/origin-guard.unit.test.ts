import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApp } from './open-api.ts';

const partner = 'https://reports.example.com';

suite('origins', () => {
  for (const [name, host, headers, code] of [
    ['no origin', '127.0.0.1', { host: 'localhost:8080' }, undefined],
    ['the own origin', '127.0.0.1', { host: 'localhost:8080', origin: 'http://localhost:8080' }, undefined],
    ['the own origin, port 80', '127.0.0.1', { host: 'localhost', origin: 'http://localhost' }, undefined],
    ['the own origin behind TLS', '0.0.0.0', { host: 'mill.example', origin: 'https://mill.example' }, undefined],
    ['an IPv6 host', '::1', { host: '[::1]:8080', origin: 'http://[::1]:8080' }, undefined],
    ['a name below localhost', 'localhost', { host: 'mill.localhost:1' }, undefined],
    ['an allowed origin', '127.0.0.1', { host: '127.0.0.1:8080', origin: partner }, undefined],
    ['a proxy with an allowed origin', '127.0.0.1', { host: 'reports.example.com', origin: partner }, undefined],
    ['another port', '127.0.0.1', { host: 'localhost:8080', origin: 'http://localhost:3000' }, 'FORBIDDEN_ORIGIN'],
    ['another site', '127.0.0.1', { host: 'localhost:8080', origin: 'https://evil.example' }, 'FORBIDDEN_ORIGIN'],
    [
      'a site whose name begins alike',
      '127.0.0.1',
      { host: '127.0.0.1', origin: `${partner}.evil.example` },
      'FORBIDDEN_ORIGIN',
    ],
    ['a file or sandbox', '127.0.0.1', { host: 'localhost:8080', origin: 'null' }, 'FORBIDDEN_ORIGIN'],
    ['an origin that is none', '127.0.0.1', { host: 'localhost:8080', origin: 'localhost:8080' }, 'FORBIDDEN_ORIGIN'],
    ['DNS rebinding', '127.0.0.1', { host: 'evil.example:8080', origin: 'http://evil.example:8080' }, 'FORBIDDEN_HOST'],
    ['DNS rebinding without an origin', '127.0.0.1', { host: 'evil.example' }, 'FORBIDDEN_HOST'],
    ['a name that begins like this machine', '127.0.0.1', { host: '127.0.0.1.evil.example' }, 'FORBIDDEN_HOST'],
    ['a name that ends like this machine', '127.0.0.1', { host: 'notlocalhost' }, 'FORBIDDEN_HOST'],
  ] as const) {
    test(`${name}: ${code ?? 'taken'}`, async (context) => {
      const { app, store } = await openApp(context, { host, allowedOrigins: [partner] });
      const response = await app.inject({
        method: 'POST',
        url: '/api/jobs',
        headers: { 'content-type': 'text/plain', ...headers },
        body: '1\n',
      });
      assert.equal(response.statusCode, code === undefined ? 201 : 403);
      if (code !== undefined) assert.equal(response.json<{ code: string }>().code, code);
      assert.equal(store.contents().length, code === undefined ? 1 : 0);
      const isPartner = 'origin' in headers && headers.origin === partner;
      assert.equal(response.headers['access-control-allow-origin'], isPartner ? partner : undefined);
    });
  }

  test('an allowed origin may read refusals too', async (context) => {
    const { app } = await openApp(context, { allowedOrigins: [partner] });
    for (const url of ['/nothing', '/api/jobs/x', '/api/jobs?page=x']) {
      const response = await app.inject({ url, headers: { host: 'localhost', origin: partner } });
      assert.ok(response.statusCode >= 400);
      assert.equal(response.headers['access-control-allow-origin'], partner);
    }
  });

  test('preflights are answered for allowed origins only', async (context) => {
    const { app } = await openApp(context, { allowedOrigins: [partner] });
    const ask = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/api/jobs',
        headers: {
          host: 'localhost',
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'idempotency-key',
        },
      });
    const allowed = await ask(partner);
    assert.equal(allowed.statusCode, 204);
    assert.equal(allowed.headers['access-control-allow-origin'], partner);
    assert.match(String(allowed.headers['access-control-allow-methods']), /\bPOST\b.*\bDELETE\b/);
    assert.match(String(allowed.headers['access-control-allow-headers']), /Idempotency-Key/);
    assert.equal(allowed.headers['vary'], 'Origin');
    const refused = await ask('https://evil.example');
    assert.equal(refused.statusCode, 403);
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
  });
});
