import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { noopLogger } from '../../src/engine/index.ts';
import { createBudgets } from '../../src/http/index.ts';
import { createHealthApp } from '../../src/http/app.ts';
import { openApp, postJob } from './open-api.ts';

const partner = 'https://reports.example.com';

const evil = { host: 'evil.example:8080', origin: 'http://evil.example:8080' };
const machineName = 'box.corp.example';

suite('origins and hosts', () => {
  for (const [name, host, headers, code] of [
    ['no origin', '127.0.0.1', { host: 'localhost:8080' }, undefined],
    ['the own origin', '127.0.0.1', { host: 'localhost:8080', origin: 'http://localhost:8080' }, undefined],
    ['the own origin, port 80', '127.0.0.1', { host: 'localhost', origin: 'http://localhost' }, undefined],
    ['the own origin behind TLS', '0.0.0.0', { host: 'mill.example', origin: 'https://mill.example' }, undefined],
    ['port 443 named', '127.0.0.1', { host: 'mill.example:443', origin: 'https://mill.example' }, undefined],
    ['port 80 named', '127.0.0.1', { host: 'mill.example:80', origin: 'http://mill.example' }, undefined],
    ['an allowed host without an origin', '127.0.0.1', { host: 'mill.example' }, undefined],
    ['an allowed host in other letters', '127.0.0.1', { host: 'Mill.Example.' }, undefined],
    ['an allowed host on another port', '127.0.0.1', { host: 'mill.example:8443' }, undefined],
    ['a name below an allowed one', '127.0.0.1', { host: 'a.b.mills.example' }, undefined],
    ['the parent of such names', '127.0.0.1', { host: 'mills.example' }, 'FORBIDDEN_HOST'],
    ['an allowed port', '127.0.0.1', { host: 'port.example:81' }, undefined],
    ['a port that is not allowed', '127.0.0.1', { host: 'port.example:82' }, 'FORBIDDEN_HOST'],
    ['an IPv6 host', '::1', { host: '[::1]:8080', origin: 'http://[::1]:8080' }, undefined],
    ['a loopback address in IPv6', '127.0.0.1', { host: '[::ffff:127.0.0.1]:8080' }, undefined],
    ['a name below localhost', 'localhost', { host: 'mill.localhost:1' }, undefined],
    ['an allowed origin', '127.0.0.1', { host: '127.0.0.1:8080', origin: partner }, undefined],
    ['a proxy with an allowed origin', '127.0.0.1', { host: 'reports.example.com', origin: partner }, undefined],
    ['that proxy with its port', '127.0.0.1', { host: 'reports.example.com:443', origin: partner }, undefined],
    ['another port', '127.0.0.1', { host: 'localhost:8080', origin: 'http://localhost:3000' }, 'FORBIDDEN_ORIGIN'],
    [
      'the default port of another',
      '127.0.0.1',
      { host: 'localhost:8080', origin: 'http://localhost' },
      'FORBIDDEN_ORIGIN',
    ],
    ['another site', '127.0.0.1', { host: 'localhost:8080', origin: 'https://evil.example' }, 'FORBIDDEN_ORIGIN'],
    [
      'a site whose name begins alike',
      '127.0.0.1',
      { host: '127.0.0.1', origin: `${partner}.evil.example` },
      'FORBIDDEN_ORIGIN',
    ],
    ['a file or sandbox', '127.0.0.1', { host: 'localhost:8080', origin: 'null' }, 'FORBIDDEN_ORIGIN'],
    ['an origin that is none', '127.0.0.1', { host: 'localhost:8080', origin: 'localhost:8080' }, 'FORBIDDEN_ORIGIN'],
    ['another scheme', '127.0.0.1', { host: 'localhost:80', origin: 'foo://localhost:80' }, 'FORBIDDEN_ORIGIN'],
    ['an origin with a path', '127.0.0.1', { host: 'localhost', origin: 'http://localhost/x' }, 'FORBIDDEN_ORIGIN'],
    ['an origin with a user', '127.0.0.1', { host: 'localhost', origin: 'http://x@localhost' }, 'FORBIDDEN_ORIGIN'],
    ['an empty origin', '127.0.0.1', { host: 'localhost', origin: '' }, 'FORBIDDEN_ORIGIN'],
    [
      'forwarded headers, which anybody can send',
      '127.0.0.1',
      {
        host: 'localhost',
        origin: 'http://evil.example',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      },
      'FORBIDDEN_ORIGIN',
    ],
    ['DNS rebinding', '127.0.0.1', evil, 'FORBIDDEN_HOST'],
    ['DNS rebinding where all addresses are served', '0.0.0.0', evil, 'FORBIDDEN_HOST'],
    ['DNS rebinding over IPv6', '::', evil, 'FORBIDDEN_HOST'],
    ['DNS rebinding to an address of the network', '192.168.1.5', evil, 'FORBIDDEN_HOST'],
    ['DNS rebinding without an origin', '0.0.0.0', { host: 'evil.example' }, 'FORBIDDEN_HOST'],
    ['a name that begins like this machine', '127.0.0.1', { host: '127.0.0.1.evil.example' }, 'FORBIDDEN_HOST'],
    ['a name that ends like this machine', '127.0.0.1', { host: 'notlocalhost' }, 'FORBIDDEN_HOST'],
    ['digits that are no address', '0.0.0.0', { host: '2130706433' }, 'FORBIDDEN_HOST'],
    [
      'an address where all are served',
      '0.0.0.0',
      { host: '192.168.1.5:8080', origin: 'http://192.168.1.5:8080' },
      undefined,
    ],
    ['an IPv6 address where all are served', '0.0.0.0', { host: '[2001:db8::1]' }, undefined],
    ['an address where loopback is served', '127.0.0.1', { host: '192.168.1.5:8080' }, 'FORBIDDEN_HOST'],
    ['the name of a service', '0.0.0.0', { host: 'client-application_1:8080' }, undefined],
    ['the name of a service where loopback is served', '127.0.0.1', { host: 'client-application-1' }, 'FORBIDDEN_HOST'],
    ['the name of the machine', '0.0.0.0', { host: machineName }, undefined],
    ['the name that the server listens on', 'mathmill.lan', { host: 'mathmill.lan' }, undefined],
    ['a host with a path', '0.0.0.0', { host: 'localhost/x' }, 'MALFORMED_REQUEST'],
    ['a host with a user', '0.0.0.0', { host: 'localhost@evil.example' }, 'MALFORMED_REQUEST'],
    ['two hosts in one header', '0.0.0.0', { host: '127.0.0.1, evil.example' }, 'MALFORMED_REQUEST'],
    ['a port that is none', '0.0.0.0', { host: '127.0.0.1:99999' }, 'MALFORMED_REQUEST'],
    ['a pattern', '0.0.0.0', { host: '*.mills.example' }, 'MALFORMED_REQUEST'],
  ] as const) {
    test(`${name}: ${code ?? 'accepted'}`, async (context) => {
      const allowedHosts = ['mill.example', '*.mills.example', 'port.example:81'];
      const app = await createHealthApp(
        {
          service: { checkReady: async () => [] },
          logger: noopLogger,
          stopping: new AbortController().signal,
          budgets: createBudgets(),
        },
        { host, allowedOrigins: [partner], allowedHosts, machineName },
      );
      context.after(() => app.close());
      const response = await app.inject({ url: '/health', headers });
      assert.equal(response.statusCode, code === undefined ? 200 : code === 'MALFORMED_REQUEST' ? 400 : 403);
      if (code !== undefined) assert.equal(response.json<{ code: string }>().code, code);
      const isPartner = 'origin' in headers && headers.origin === partner;
      assert.equal(response.headers['access-control-allow-origin'], isPartner ? partner : undefined);
    });
  }

  test('a page of a rebound name neither lists, reads nor deletes jobs', async (context) => {
    const { app } = await openApp(context, { host: '0.0.0.0' });
    const id = await postJob(app, '1\n');
    for (const headers of [evil, { host: evil.host }]) {
      for (const [method, url] of [
        ['GET', '/api/jobs'],
        ['GET', `/api/jobs/${id}/results`],
        ['GET', `/api/jobs/${id}/events`],
        ['POST', `/api/jobs/${id}/cancel`],
        ['DELETE', `/api/jobs/${id}`],
        ['POST', '/api/evaluate'],
      ] as const) {
        const response = await app.inject({ method, url, headers });
        assert.equal(response.statusCode, 403, `${method} ${url}`);
        const { code, detail } = response.json<{ code: string; detail: string }>();
        assert.equal(code, 'FORBIDDEN_HOST');
        assert.match(detail, /evil\.example.*ALLOWED_HOSTS/);
      }
    }
    assert.equal((await app.inject(`/api/jobs/${id}`)).statusCode, 200);
  });

  test('* allows any name, and origins must still be the own one', async (context) => {
    const { app } = await openApp(context, { allowedHosts: ['*'] });
    const ask = async (headers: Record<string, string>) => (await app.inject({ url: '/api/jobs', headers })).statusCode;
    assert.equal(await ask(evil), 200);
    assert.equal(await ask({ ...evil, origin: 'http://other.example' }), 403);
  });

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
