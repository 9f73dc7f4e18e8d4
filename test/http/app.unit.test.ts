import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import {
  describeApi,
  problemCodes,
  problemTypes,
  type FinishedRequest,
  type RequestObserver,
} from '../../src/http/index.ts';
import { openApp } from './open-api.ts';

suite('addresses', () => {
  test('what is not there is not found, whatever is sent to it', async (context) => {
    const { app } = await openApp(context);
    for (const [method, url] of [
      ['GET', '/nothing'],
      ['POST', '/nothing'],
      ['PUT', '/api'],
      ['GET', '/api/jobs/a/b/c/d'],
      ['PROPFIND', '/nothing'],
      ['GET', '/docs/nothing'],
      ['GET', '/docs/static/nothing.js'],
      ['GET', '/docs/static/'],
      ['GET', '/docs/static/%00'],
      ['GET', '/docs/static/..%2f..%2fpackage.json'],
      ['GET', `/docs/static/${'a'.repeat(5_000)}`],
    ] as const) {
      const response = await app.inject({ method, url, headers: { 'content-type': 'text/plain' }, body: 'x' });
      assert.equal(response.statusCode, 404, url);
      assert.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8');
      assert.equal(response.json<{ code: string }>().code, 'NOT_FOUND');
    }
  });

  test('other methods are refused, with those that are allowed', async (context) => {
    const { app } = await openApp(context);
    for (const [method, url, allow] of [
      ['PUT', '/api/jobs', 'GET, HEAD, POST, DELETE, OPTIONS'],
      ['POST', '/health', 'GET, HEAD, OPTIONS'],
      ['GET', '/api/evaluate', 'POST, OPTIONS'],
      ['POST', '/api/jobs/x/results', 'GET, HEAD, OPTIONS'],
      ['HEAD', '/api/jobs/x/events', 'GET, OPTIONS'],
      ['PATCH', '/api/jobs/x', 'GET, HEAD, DELETE, OPTIONS'],
      ['QUERY', '/api/jobs', 'GET, HEAD, POST, DELETE, OPTIONS'],
      ['PROPFIND', '/api/jobs/x', 'GET, HEAD, DELETE, OPTIONS'],
      ['TRACE', '/health', 'GET, HEAD, OPTIONS'],
      ['M-SEARCH', '/docs/static/index.html', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const response = await app.inject({ method, url, headers: { 'content-type': 'text/plain' }, body: 'x' });
      assert.equal(response.statusCode, 405, `${method} ${url}`);
      assert.equal(response.headers.allow, allow);
      const options = await app.inject({ method: 'OPTIONS', url });
      assert.equal(options.statusCode, 204);
      assert.equal(options.headers.allow, allow);
    }
  });

  test('an address that cannot be decoded is malformed', async (context) => {
    const { app } = await openApp(context);
    const response = await app.inject('/api/jobs/%zz');
    assert.equal(response.statusCode, 400);
    assert.equal(response.json<{ code: string }>().code, 'MALFORMED_REQUEST');
    assert.equal(response.headers['x-content-type-options'], 'nosniff');
  });

  test('what is turned away before its route is measured, and its address is not in the log', async (context) => {
    const finished: FinishedRequest[] = [];
    const observer: RequestObserver = {
      begin: (_request, _route, proceed) => proceed(),
      end: (_request, request) => void finished.push(request),
    };
    const { app, logLines } = await openApp(context, { observer });
    for (const [url, status] of [
      ['/api/jobs/%zz-topsecret', 400],
      [`/api/jobs/${'topsecret'.repeat(100)}`, 404],
      ['/docs/static/topsecret%00', 404],
      [`/docs/static/${'topsecret'.repeat(1_000)}`, 404],
    ] as const) {
      assert.equal((await app.inject(url)).statusCode, status, url);
      const request = finished.pop();
      assert.deepEqual([request?.method, request?.status], ['GET', status]);
      assert.ok(!request?.route?.includes('topsecret'));
    }
    assert.doesNotMatch(JSON.stringify(logLines), /topsecret/);
    assert.deepEqual(
      logLines.filter(({ level }) => level !== 'debug'),
      [],
    );
  });

  test('a slash at the end changes nothing', async (context) => {
    const { app } = await openApp(context);
    assert.equal((await app.inject('/api/jobs/')).statusCode, 200);
  });

  test('what users write does not get into the log', async (context) => {
    const { app, logLines } = await openApp(context);
    const headers = { 'content-type': 'text/plain' };
    await app.inject({ method: 'POST', url: '/api/jobs?name=topsecret', headers, body: 'topsecret\n' });
    await app.inject({ method: 'POST', url: '/api/jobs?topsecret=1', headers, body: 'topsecret\n' });
    await app.inject('/api/jobs/topsecret');
    await app.inject('/topsecret');
    assert.equal(logLines.filter(({ message }) => message === 'request').length, 4);
    assert.doesNotMatch(JSON.stringify(logLines), /topsecret/);
  });
});

suite('health', () => {
  test('alive and ready', async (context) => {
    const { app } = await openApp(context);
    assert.deepEqual((await app.inject('/health')).json(), { status: 'UP' });
    const ready = await app.inject('/health/ready');
    assert.equal(ready.statusCode, 200);
    assert.deepEqual(ready.json(), { status: 'UP', failing: [] });
  });

  test('parts that cannot serve are named, without what is internal', async (context) => {
    const { app, logLines } = await openApp(context, {
      service: { checkReady: async () => [{ part: 'store', reason: 'secret', isRequired: true }] },
    });
    assert.equal((await app.inject('/health')).statusCode, 200);
    const ready = await app.inject('/health/ready');
    assert.equal(ready.statusCode, 503);
    assert.equal(ready.body, '{"status":"DOWN","failing":["store"]}');
    assert.match(JSON.stringify(logLines), /secret/);
  });

  test('a part that requests do without is named, and takes nobody out of a balancer', async (context) => {
    const { app, logLines } = await openApp(context, {
      service: { checkReady: async () => [{ part: 'bus', reason: 'secret', isRequired: false }] },
    });
    const ready = await app.inject('/health/ready');
    assert.equal(ready.statusCode, 200);
    assert.equal(ready.body, '{"status":"UP","failing":["bus"]}');
    assert.match(JSON.stringify(logLines), /secret/);
  });

  test('a part that does not answer is not ready', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const asked = Promise.withResolvers<void>();
    const { app } = await openApp(context, {
      service: {
        checkReady: () => {
          asked.resolve();
          return new Promise(() => {});
        },
      },
    });
    const answer = app.inject('/health/ready');
    await asked.promise;
    context.mock.timers.tick(3_000);
    assert.equal((await answer).body, '{"status":"DOWN","failing":["engine"]}');
  });
});

suite('pages', () => {
  test('the committed OpenAPI document is the one that is served', async (context) => {
    const { app } = await openApp(context);
    const committed = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    const hint = 'docs/openapi.json is not up to date: run make docs';
    assert.equal(await describeApi(), committed, hint);
    const served = await app.inject('/openapi.json');
    assert.equal(served.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(served.body, committed);
  });

  test('the document describes every route, and every reference leads somewhere', async () => {
    const document = JSON.parse(await describeApi()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    };
    assert.equal(document.openapi, '3.1.0');
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(routes.toSorted(), [
      'DELETE /api/jobs',
      'DELETE /api/jobs/{job_id}',
      'DELETE /api/session',
      'DELETE /api/tokens/{token_id}',
      'GET /api/cluster',
      'GET /api/functions',
      'GET /api/jobs',
      'GET /api/jobs/{job_id}',
      'GET /api/jobs/{job_id}/events',
      'GET /api/jobs/{job_id}/operations',
      'GET /api/jobs/{job_id}/operations/search',
      'GET /api/jobs/{job_id}/operations/{operation_id}',
      'GET /api/jobs/{job_id}/results',
      'GET /api/session',
      'GET /api/tokens',
      'GET /health',
      'GET /health/ready',
      'POST /api/evaluate',
      'POST /api/jobs',
      'POST /api/jobs/cancel',
      'POST /api/jobs/{job_id}/cancel',
      'POST /api/jobs/{job_id}/repair',
      'POST /api/session',
      'POST /api/tokens',
    ]);
    const references = Array.from(JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g));
    assert.ok(references.length > 10);
    for (const [, name = ''] of references) assert.ok(Object.hasOwn(document.components.schemas, name), name);
    assert.doesNotMatch(JSON.stringify(document), /"\$id"/);
    const post = JSON.stringify(document.paths['/api/jobs']?.['post']);
    for (const type of [
      'application/json',
      'text/plain',
      'application/octet-stream',
      'application/x-ndjson',
      'idempotency-key',
    ])
      assert.ok(post.includes(type), type);
  });

  for (const base of ['http://localhost/', 'http://localhost/mathmill/'] as const) {
    test(`the reference page runs from this server alone, under a strict policy, below ${base}`, async (context) => {
      const { app } = await openApp(context);
      /** As a proxy that serves the server below the path of `base` would. */
      const load = (url: string) => {
        assert.ok(url.startsWith(base), url);
        return app.inject(url.slice(base.length - 1));
      };
      const follow = async (url: string): Promise<string> => {
        const answer = await load(url);
        assert.equal(answer.statusCode, 302, url);
        return new URL(String(answer.headers.location), url).href;
      };
      const page = `${base}docs/`;
      for (const path of ['', 'docs', 'docs?x=/', 'docs/?x', 'docs/static/index.html']) {
        assert.equal(await follow(`${base}${path}`), page);
      }
      const { statusCode, headers, body } = await load(page);
      assert.equal(statusCode, 200);
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; /,
      );
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
      assert.doesNotMatch(body, /fastify/i);
      assert.doesNotMatch(body, /<script>|<script [^>]*>\s*[^\s<]|(?:src|href)="https?:/);
      const resources = Array.from(body.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = '']) => path);
      assert.ok(resources.length >= 4);
      for (const path of resources) {
        // The link to the web page leads on to here where no page is built.
        const expected = path === '../' ? 302 : 200;
        assert.equal((await load(new URL(path, page).href)).statusCode, expected, path);
      }
      for (const url of [`${base}docs/json`, `${base}openapi.json`]) {
        const { openapi, servers } = (await load(url)).json<{ openapi: string; servers: { url: string }[] }>();
        assert.equal(openapi, '3.1.0');
        assert.equal(new URL(servers[0]?.url ?? '', url).href, base);
      }
    });
  }
});

test('every problem has a status, a title and a description, and no two share a title', () => {
  for (const code of problemCodes) {
    const { status, title, description } = problemTypes[code];
    assert.ok(status >= 400 && status < 600);
    assert.match(title, /^[A-Z].*[^.]$/);
    assert.match(description, /^[A-Z].*\.$/s);
    assert.match(code, /^[A-Z][A-Z0-9_]+$/);
  }
  assert.equal(new Set(problemCodes.map((code) => problemTypes[code].title)).size, problemCodes.length);
});
