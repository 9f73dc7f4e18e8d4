import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openApp, operationsMax, waitFor } from './open-api.ts';

const json = { 'content-type': 'application/json' };

type App = Awaited<ReturnType<typeof openApp>>['app'];

function post(app: App, body: string | Buffer | object, query = '', headers: Record<string, string> = {}) {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return app.inject({ method: 'POST', url: `/api/jobs${query}`, headers: { ...json, ...headers }, body: bytes });
}

suite('uploads in JSON', () => {
  test('the operations of an array become the lines of a job', async (context) => {
    const { app, engine } = await openApp(context);
    const operations = ['1 + 2', '1 / 3', '', '"', '\ud800', '1\u00002'];
    const posted = await post(app, { operations, mode: 'decimal', precision: 5, name: 'from JSON' });
    assert.equal(posted.statusCode, 201, posted.body);
    const { id, created_operations } = posted.json<{ id: string; created_operations: number }>();
    assert.equal(created_operations, operations.length);
    assert.equal((await waitFor(engine, id)).name, 'from JSON');
    const { items } = (await app.inject(`/api/jobs/${id}/operations`)).json<{
      items: { request: string; result?: string; error?: { code: string } }[];
    }>();
    assert.deepEqual(
      items.map(({ request, result, error }) => [request, result ?? error?.code]),
      [
        ['1 + 2', '3'],
        ['1 / 3', '0.33333'],
        ['', 'EMPTY'],
        ['"', 'SYNTAX'],
        ['\ufffd', 'ENCODING'],
        ['1\u00002', 'SYNTAX'],
      ],
    );
  });

  for (const [name, headers, body] of [
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync('{"operations":["1"]}')],
    ['zstd', { 'content-encoding': 'zstd' }, zstdCompressSync('{"operations":["1"]}')],
    ['a charset', { 'content-type': 'application/json; charset=UTF-8' }, '{"operations":["1"]}'],
    ['a byte order mark', {}, '\ufeff{"operations":["1"]}'],
  ] as const) {
    test(`${name}: accepted`, async (context) => {
      const { app } = await openApp(context);
      const posted = await post(app, body, '', headers);
      assert.equal(posted.statusCode, 201, posted.body);
      assert.equal(posted.json<{ created_operations: number }>().created_operations, 1);
    });
  }

  test('options come from the body or the query, or are the same in both', async (context) => {
    const { app, engine } = await openApp(context);
    for (const [query, body] of [
      ['', { mode: 'float64', precision: 7, name: 'a' }],
      ['?mode=float64&precision=7&name=a', {}],
      ['?mode=float64&precision=7', { mode: 'float64', precision: 7, name: 'a' }],
    ] as const) {
      const { id } = (await post(app, { operations: ['1'], ...body }, query)).json<{ id: string }>();
      const { mode, precision, name } = await waitFor(engine, id);
      assert.deepEqual({ mode, precision, name }, { mode: 'float64', precision: 7, name: 'a' });
    }
  });

  const large = '9'.repeat(60_000);
  const rejected: readonly [
    name: string,
    body: string | Buffer | object,
    query: string,
    status: number,
    code: string,
    detail: RegExp,
  ][] = [
    ['an empty array', { operations: [] }, '', 400, 'EMPTY_UPLOAD', /no operations/],
    ['no operations', {}, '', 400, 'INVALID_PARAMETER', /"operations"|operations/],
    ['no object', '["1"]', '', 400, 'INVALID_PARAMETER', /body must be object/],
    ['a number', { operations: ['1', 2] }, '', 400, 'INVALID_PARAMETER', /"operations\.1" must be string/],
    ['a string for the array', { operations: '1\n2' }, '', 400, 'INVALID_PARAMETER', /"operations" must be array/],
    ['a line feed', { operations: ['1', '2\n3'] }, '', 400, 'INVALID_PARAMETER', /"operations\.1".*line break/],
    ['a carriage return', { operations: ['2\r3'] }, '', 400, 'INVALID_PARAMETER', /"operations\.0".*line break/],
    ['a precision in quotes', { operations: ['1'], precision: '5' }, '', 400, 'INVALID_PARAMETER', /"precision"/],
    ['an unknown field', { operations: ['1'], nam: 'a' }, '', 400, 'INVALID_PARAMETER', /no body field "nam"/],
    ['a name with half a pair', '{"operations":["1"],"name":"\\ud800"}', '', 400, 'INVALID_PARAMETER', /"name"/],
    ['a long name', { operations: ['1'], name: 'a'.repeat(201) }, '', 400, 'INVALID_PARAMETER', /"name"/],
    ['two modes', { operations: ['1'], mode: 'bigint' }, '?mode=decimal', 400, 'INVALID_PARAMETER', /"mode".*differ/],
    ['two names', { operations: ['1'], name: 'a' }, '?name=b', 400, 'INVALID_PARAMETER', /"name".*differ/],
    ['a key twice', '{"operations":["1"],"operations":[]}', '', 400, 'INVALID_JSON', /more than once/],
    ['no bytes', '', '', 400, 'INVALID_JSON', /empty/],
    ['half of an object', '{"operations":["1"', '', 400, 'INVALID_JSON', /./],
    ['UTF-16', Buffer.from('{"operations":["1"]}', 'utf16le'), '', 400, 'NOT_UTF8', /UTF-16/],
    [
      'too many operations',
      { operations: Array(operationsMax + 1).fill('1') },
      '',
      413,
      'TOO_MANY_OPERATIONS',
      /100000/,
    ],
    [
      'too many bytes',
      { operations: Array(170).fill(large) },
      '',
      413,
      'TOO_MANY_BYTES',
      /10000000 bytes.*text\/plain/,
    ],
  ];
  for (const [name, body, query, status, code, detail] of rejected) {
    test(`${name}: rejected, nothing kept`, async (context) => {
      const { app, store } = await openApp(context);
      const response = await post(app, body, query);
      assert.equal(response.statusCode, status, response.body);
      const problem = response.json<{ code: string; detail: string }>();
      assert.equal(problem.code, code);
      assert.match(problem.detail, detail);
      assert.deepEqual(
        store.contents().filter(({ job }) => job.state !== 'Deleting'),
        [],
      );
    });
  }

  test('a compressed body that is too large is rejected', async (context) => {
    const { app } = await openApp(context);
    const body = gzipSync(JSON.stringify({ operations: Array(170).fill(large) }));
    const response = await post(app, body, '', { 'content-encoding': 'gzip' });
    assert.equal(response.json<{ code: string }>().code, 'TOO_MANY_BYTES');
  });

  test('idempotency keys compare what was sent', async (context) => {
    const { app, store } = await openApp(context);
    const key = { 'idempotency-key': 'a key' };
    const first = await post(app, '{"operations":["1","2"]}', '', key);
    const replay = await post(app, '{ "operations": [ "1", "2" ] }', '', key);
    assert.equal(replay.headers['idempotent-replayed'], 'true');
    assert.equal(replay.json<{ id: string }>().id, first.json<{ id: string }>().id);
    for (const body of ['{"operations":["1","3"]}', '{"operations":["1","2"],"precision":5}']) {
      assert.equal((await post(app, body, '', key)).statusCode, 422);
    }
    assert.equal(store.contents().length, 1);
  });

  test('one body may exceed the share of its address, a second one waits for it', async (context) => {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { app } = await openApp(context, {
      budgets: { bodyBytesMax: 20_000_000, addressShare: 0.1 },
      service: {
        async submit() {
          reached.resolve();
          await go.promise;
          return { kind: 'empty' };
        },
      },
    });
    const body = gzipSync(JSON.stringify({ operations: Array(160).fill(large) }));
    const first = post(app, body, '', { 'content-encoding': 'gzip' });
    await reached.promise;
    assert.equal((await post(app, { operations: ['1', large, large] })).statusCode, 429);
    go.resolve();
    assert.equal((await first).json<{ code: string }>().code, 'EMPTY_UPLOAD');
  });

  test('the bytes that are held at once are bounded, and given back', async (context) => {
    const go = Promise.withResolvers<void>();
    const { app } = await openApp(context, {
      budgets: { bodyBytesMax: 20_000_000, addressShare: 1 },
      service: {
        async submit() {
          await go.promise;
          return { kind: 'empty' };
        },
      },
    });
    const body = JSON.stringify({ operations: Array(160).fill(large) });
    const posts = Array.from({ length: 3 }, async () => post(app, body));
    // Two are held, so the first that is answered is the one without room.
    const busy = await Promise.race(posts);
    assert.equal(busy.statusCode, 503);
    assert.equal(busy.json<{ code: string }>().code, 'TOO_BUSY');
    assert.equal(busy.headers['retry-after'], '2');
    go.resolve();
    const statuses = (await Promise.all(posts)).map(({ statusCode }) => statusCode);
    assert.deepEqual(
      statuses.toSorted((left, right) => left - right),
      [400, 400, 503],
    );
    assert.equal((await post(app, body)).json<{ code: string }>().code, 'EMPTY_UPLOAD');
  });
});
