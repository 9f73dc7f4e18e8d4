import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { StoreError } from '../../src/engine/index.ts';
import { openApp, operationsMax, postJob, uploadBytesMax, waitFor } from './open-api.ts';

const textPlain = { 'content-type': 'text/plain' };
const ndjson = { 'content-type': 'application/x-ndjson' };
const unknownId = '01900000-0000-7000-8000-000000000000';

async function readPage(app: Awaited<ReturnType<typeof openApp>>['app'], url: string) {
  const response = await app.inject(url);
  const { items, ...page } = response.json<{
    page?: number;
    size: number;
    total: number;
    next?: string;
    items: { id: string }[];
  }>();
  return { ...page, ids: items.map(({ id }) => id) };
}

suite('jobs', () => {
  for (const url of ['/api/jobs', '/api/jobs/', '/api/jobs?name=a/b', '/api/jobs/?name=a/']) {
    test(`the Location of a job leads to it from ${url}, below the path of a proxy too`, async (context) => {
      const { app } = await openApp(context);
      const posted = await app.inject({ method: 'POST', url, headers: textPlain, body: '1\n' });
      const { id } = posted.json<{ id: string }>();
      for (const base of ['http://localhost', 'http://localhost/mathmill']) {
        assert.equal(new URL(String(posted.headers.location), base + url).href, `${base}/api/jobs/${id}`);
      }
    });
  }

  test('a job is submitted, evaluated and read', async (context) => {
    const { app, engine } = await openApp(context);
    const posted = await app.inject({
      method: 'POST',
      url: '/api/jobs?name=two%20lines&mode=decimal&precision=20',
      headers: { 'content-type': 'text/plain; charset=UTF-8' },
      body: '1 / 3\n1 +\n',
    });
    assert.equal(posted.statusCode, 201);
    const { id, ...rest } = posted.json<{ id: string }>();
    assert.deepEqual(rest, { created_operations: 2, status: 'InProgress' });
    assert.equal(posted.headers.location, `jobs/${id}`);

    await waitFor(engine, id);
    const job = (await app.inject(`/api/jobs/${id}`)).json<Record<string, unknown>>();
    const { created_at, finished_at, expires_at, ...facts } = job;
    assert.deepEqual(facts, {
      id,
      name: 'two lines',
      status: 'Completed',
      mode: 'decimal',
      precision: 20,
      operations: 2,
      completed: 2,
      succeeded: 1,
      failed: 1,
      cancelled: 0,
      error_counts: { SYNTAX: 1 },
      engine: ['3'],
    });
    for (const time of [created_at, finished_at, expires_at]) {
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }

    const list = (await app.inject(`/api/jobs/${id}/operations`)).json<{ items: unknown[] }>();
    assert.deepEqual(list, {
      page: 1,
      size: 30,
      total: 2,
      items: [
        { id: '1', request: '1 / 3', result: '0.33333333333333333333' },
        {
          id: '2',
          request: '1 +',
          error: (list.items[1] as { error: unknown }).error,
        },
      ],
    });
    const second = (await app.inject(`/api/jobs/${id}/operations/2`)).json<{ error: Record<string, unknown> }>();
    assert.equal(second.error['code'], 'SYNTAX');
    assert.equal(second.error['column'], 4);
    assert.ok(Number(second.error['end_column']) >= 4);
    assert.ok(String(second.error['message']).length > 0);
  });

  test('bytes of no known type are taken as text', async (context) => {
    const { app } = await openApp(context);
    const headers = { 'content-type': 'application/octet-stream' };
    const posted = await app.inject({ method: 'POST', url: '/api/jobs', headers, body: '1\n2\n' });
    assert.equal(posted.statusCode, 201);
    assert.equal(posted.json<{ created_operations: number }>().created_operations, 2);
  });

  test('lines that end with carriage returns only are one line with an error', async (context) => {
    const { app, engine } = await openApp(context);
    const id = await postJob(app, '10\r-4\r-3\r+1\r');
    await waitFor(engine, id);
    const { error } = (await app.inject(`/api/jobs/${id}/operations/1`)).json<{
      error: { code: string; message: string };
    }>();
    assert.equal(error.code, 'SYNTAX');
    assert.match(error.message, /carriage return.*LF or CRLF/);
  });

  test('NDJSON uploads keep custom ids', async (context) => {
    const { app, engine } = await openApp(context);
    const posted = await app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"custom_id":"a","request":"1 + 2"}\n{"request":"2 * 3"}\n',
    });
    const { id } = posted.json<{ id: string }>();
    await waitFor(engine, id);
    const { items } = (await app.inject(`/api/jobs/${id}/operations`)).json<{ items: unknown[] }>();
    assert.deepEqual(items, [
      { id: '1', custom_id: 'a', request: '1 + 2', result: '3' },
      { id: '2', request: '2 * 3', result: '6' },
    ]);
  });

  for (const [name, compress] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    test(`${name} uploads are decoded`, async (context) => {
      const { app } = await openApp(context);
      const posted = await app.inject({
        method: 'POST',
        url: '/api/jobs',
        headers: { ...textPlain, 'content-encoding': name },
        body: compress(Buffer.from('1\n2\n3')),
      });
      assert.equal(posted.statusCode, 201);
      assert.equal(posted.json<{ created_operations: number }>().created_operations, 3);
    });
  }

  type Refused = [
    name: string,
    headers: Record<string, string>,
    body: string | Buffer,
    query: string,
    status: number,
    code: string,
    detail: RegExp,
  ];
  const refused: readonly Refused[] = [
    ['no body', textPlain, '', '', 400, 'EMPTY_UPLOAD', /no operations/],
    [
      'an empty gzip body',
      { ...textPlain, 'content-encoding': 'gzip' },
      gzipSync(''),
      '',
      400,
      'EMPTY_UPLOAD',
      /no operations/,
    ],
    [
      'text that says it is gzip',
      { ...textPlain, 'content-encoding': 'gzip' },
      '1\n',
      '',
      400,
      'BAD_ENCODING',
      /not valid gzip/,
    ],
    [
      'text that says it is zstd',
      { ...textPlain, 'content-encoding': 'zstd' },
      '1\n',
      '',
      400,
      'BAD_ENCODING',
      /not valid zstd/,
    ],
    [
      'a cut gzip body',
      { ...textPlain, 'content-encoding': 'gzip' },
      gzipSync('1\n2\n').subarray(0, -4),
      '',
      400,
      'BAD_ENCODING',
      /too early/,
    ],
    [
      'another encoding',
      { ...textPlain, 'content-encoding': 'br' },
      '1\n',
      '',
      415,
      'UNSUPPORTED_ENCODING',
      /gzip, zstd/,
    ],
    [
      'two encodings',
      { ...textPlain, 'content-encoding': 'gzip, gzip' },
      '1\n',
      '',
      415,
      'UNSUPPORTED_ENCODING',
      /gzip, zstd/,
    ],
    ['no content type', {}, Buffer.from('1\n'), '', 415, 'UNSUPPORTED_MEDIA_TYPE', /missing; send text\/plain/],
    [
      "curl's own content type",
      { 'content-type': 'application/x-www-form-urlencoded' },
      '1\n',
      '',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /curl -d .* use --data-binary @file -H 'Content-Type: text\/plain'/,
    ],
    ['XML', { 'content-type': 'application/xml' }, '<a/>', '', 415, 'UNSUPPORTED_MEDIA_TYPE', /text\/plain/],
    [
      'UTF-16',
      textPlain,
      Buffer.from('\ufeff1 + 2\n', 'utf16le'),
      '',
      400,
      'NOT_UTF8',
      /UTF-16. Save or send it as UTF-8/,
    ],
    ['UTF-16 in NDJSON', ndjson, Buffer.from('{"request":"1"}\n', 'utf16le'), '', 400, 'NOT_UTF8', /UTF-16/],
    [
      'a large UTF-16 file, compressed',
      { ...textPlain, 'content-encoding': 'gzip' },
      gzipSync(Buffer.from('\ufeff1 + 2\r\n'.repeat(100_000), 'utf16le').swap16()),
      '',
      400,
      'NOT_UTF8',
      /UTF-16/,
    ],
    [
      'a large UTF-16 file with an idempotency key',
      { ...textPlain, 'idempotency-key': 'a' },
      Buffer.from('1 + 2\r\n'.repeat(100_000), 'utf16le'),
      '',
      400,
      'NOT_UTF8',
      /UTF-16/,
    ],
    ['UTF-32', textPlain, Buffer.of(0x31, 0, 0, 0, 0x0a, 0, 0, 0), '', 400, 'NOT_UTF8', /UTF-32/],
    [
      'a content type that is none',
      { 'content-type': 'constructor' },
      '{}',
      '',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /Content-Type/,
    ],
    [
      'another charset',
      { 'content-type': 'text/plain; charset=latin1' },
      '1\n',
      '',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /utf-8/,
    ],
    ['an unknown mode', textPlain, '1\n', '?mode=octal', 400, 'INVALID_PARAMETER', /"mode".*decimal, float64/],
    [
      'a precision that is no number',
      textPlain,
      '1\n',
      '?precision=many',
      400,
      'INVALID_PARAMETER',
      /"precision" must be integer/,
    ],
    [
      'a precision too high',
      textPlain,
      '1\n',
      '?precision=101',
      400,
      'INVALID_PARAMETER',
      /"precision" must be <= 100/,
    ],
    [
      'an unknown parameter',
      textPlain,
      '1\n',
      '?presicion=9',
      400,
      'INVALID_PARAMETER',
      /no query parameter "presicion"/,
    ],
    ...[
      '\n',
      '\t',
      '\x7f',
      '\x9b',
      '\u061c',
      '\u200e',
      '\u200f',
      '\u2028',
      '\u2029',
      '\u202a',
      '\u202e',
      '\u2066',
      '\u2069',
    ].map((character): Refused => [
      `a name with ${JSON.stringify(character)}`,
      textPlain,
      '1\n',
      `?name=a${encodeURIComponent(character)}b`,
      400,
      'INVALID_PARAMETER',
      /"name" contains U\+[0-9A-F]{4}\./,
    ]),
    ['an endless name', textPlain, '1\n', `?name=${'a'.repeat(201)}`, 400, 'INVALID_PARAMETER', /"name"/],
    [
      'an empty idempotency key',
      { ...textPlain, 'idempotency-key': '' },
      '1\n',
      '',
      400,
      'INVALID_PARAMETER',
      /"idempotency-key"/,
    ],
    [
      'too many operations',
      textPlain,
      '1\n'.repeat(operationsMax + 1),
      '',
      413,
      'TOO_MANY_OPERATIONS',
      /100000 operations/,
    ],
    [
      'too many bytes',
      textPlain,
      `${'1 + '.repeat(1000)}1\n`.repeat(uploadBytesMax / 4000),
      '',
      413,
      'TOO_MANY_BYTES',
      /20000000 bytes/,
    ],
    [
      'a bomb',
      { ...textPlain, 'content-encoding': 'gzip' },
      gzipSync(Buffer.alloc(uploadBytesMax + 1)),
      '',
      413,
      'TOO_MANY_BYTES',
      /20000000 bytes/,
    ],
    [
      'a zstd bomb',
      { ...textPlain, 'content-encoding': 'zstd' },
      zstdCompressSync(Buffer.alloc(uploadBytesMax + 1)),
      '',
      413,
      'TOO_MANY_BYTES',
      /20000000 bytes/,
    ],
  ];
  for (const [name, headers, body, query, status, code, detail] of refused) {
    test(`${name}: refused, nothing kept`, async (context) => {
      const { app, store } = await openApp(context);
      const response = await app.inject({ method: 'POST', url: `/api/jobs${query}`, headers, body });
      assert.equal(response.statusCode, status);
      assert.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8');
      const problem = response.json<{ code: string; status: number; detail: string; instance: string }>();
      assert.equal(problem.code, code);
      assert.equal(problem.status, status);
      assert.match(problem.detail, detail);
      assert.equal(problem.instance, `urn:uuid:${String(response.headers['x-request-id'])}`);
      const shown = store.contents().filter(({ job }) => job.state !== 'Deleting');
      assert.deepEqual(shown, []);
    });
  }

  for (const [addressShare, status, code] of [
    [1, 503, 'TOO_BUSY'],
    [0.5, 429, 'TOO_MANY_REQUESTS'],
  ] as const) {
    test(`too many uploads at once are put off with ${code}, and others go on`, async (context) => {
      const go = Promise.withResolvers<void>();
      const { app } = await openApp(context, {
        budgets: { uploadsMax: 8, addressShare },
        service: {
          async submit() {
            await go.promise;
            return { kind: 'empty' };
          },
        },
      });
      // `inject` begins only when it is awaited.
      const post = async () => app.inject({ method: 'POST', url: '/api/jobs', headers: textPlain, body: '1\n' });
      const underWay = Array.from({ length: 8 * addressShare }, post);
      const refused = await post();
      assert.equal(refused.statusCode, status);
      assert.equal(refused.json<{ code: string }>().code, code);
      assert.equal(refused.headers['retry-after'], '2');
      assert.equal((await app.inject('/api/jobs')).statusCode, 200);
      go.resolve();
      for (const response of await Promise.all(underWay)) assert.equal(response.statusCode, 400);
      assert.equal((await post()).statusCode, 400);
    });
  }

  test('idempotency keys', async (context) => {
    const { app, store } = await openApp(context);
    const post = (key: string, body: string, query = '') =>
      app.inject({ method: 'POST', url: `/api/jobs${query}`, headers: { ...textPlain, 'idempotency-key': key }, body });
    const first = await post('a key', '1\n2\n');
    const replay = await post('a key', '1\n2\n');
    assert.equal(replay.statusCode, 201);
    assert.equal(replay.headers['idempotent-replayed'], 'true');
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(replay.json<{ id: string }>().id, first.json<{ id: string }>().id);
    for (const reused of [await post('a key', '1\n3\n'), await post('a key', '1\n2\n', '?mode=bigint')]) {
      assert.equal(reused.statusCode, 422);
      assert.equal(reused.json<{ code: string }>().code, 'IDEMPOTENCY_KEY_REUSED');
    }
    assert.equal(store.contents().length, 1);
  });

  for (const [code, status, problem] of [
    ['full', 507, 'STORAGE_FULL'],
    ['unavailable', 503, 'UNAVAILABLE'],
    ['closed', 503, 'STOPPING'],
    ['corrupt', 500, 'INTERNAL'],
  ] as const) {
    test(`a store that is ${code} is answered with ${status}, and nothing internal is said`, async (context) => {
      const failing = async () => {
        throw new StoreError(code, 'secret: /var/lib/mathmill/jobs.db');
      };
      const { app, logLines } = await openApp(context, { service: { submit: failing, readJob: failing } });
      const posted = await app.inject({ method: 'POST', url: '/api/jobs', headers: textPlain, body: '1\n' });
      const read = await app.inject(`/api/jobs/${unknownId}`);
      for (const response of [posted, read]) {
        assert.equal(response.statusCode, status);
        assert.equal(response.json<{ code: string }>().code, problem);
        assert.equal(response.headers['retry-after'] !== undefined, status === 503);
        assert.doesNotMatch(response.body, /secret|jobs\.db/);
      }
      const logged = logLines.filter(({ level }) => level !== 'debug').map(({ fields }) => fields as { err: Error });
      assert.equal(logged.length, 2);
      assert.match(logged[0]?.err.message ?? '', /secret/);
    });
  }

  test('unknown and malformed ids are not found', async (context) => {
    const { app } = await openApp(context);
    const id = await postJob(app, '1\n');
    const paths = [
      unknownId,
      'nothing',
      '..%2f..',
      '%00',
      'A'.repeat(90),
      'a'.repeat(300),
      'a'.repeat(8_000),
      `${id}x`,
      id.toUpperCase(),
    ].flatMap(
      (id) =>
        [
          ['GET', `/api/jobs/${id}`],
          ['DELETE', `/api/jobs/${id}`],
          ['POST', `/api/jobs/${id}/cancel`],
          ['GET', `/api/jobs/${id}/operations`],
          ['GET', `/api/jobs/${id}/operations/1`],
          ['GET', `/api/jobs/${id}/results`],
          ['HEAD', `/api/jobs/${id}/results`],
          ['GET', `/api/jobs/${id}/events`],
        ] as const,
    );
    for (const [method, url] of paths) {
      const response = await app.inject({ method, url });
      assert.equal(response.statusCode, 404, `${method} ${url}`);
      if (method !== 'HEAD') assert.equal(response.json<{ code: string }>().code, 'JOB_NOT_FOUND');
    }
    for (const operation of ['0', '2', '-1', '1.0', '01', 'x', '99999999999', '1'.repeat(300)]) {
      const response = await app.inject(`/api/jobs/${id}/operations/${operation}`);
      assert.equal(response.statusCode, 404, operation);
      assert.equal(response.json<{ code: string }>().code, 'OPERATION_NOT_FOUND');
    }
  });

  test('jobs are listed newest first, in pages', async (context) => {
    const { app } = await openApp(context);
    assert.deepEqual((await app.inject('/api/jobs?page=7')).json(), { page: 7, size: 30, total: 0, items: [] });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.unshift(await postJob(app, '1\n'));
    const list = async (query: string) => readPage(app, `/api/jobs?${query}`);
    assert.deepEqual(await list('page=1&size=2'), { page: 1, size: 2, total: 5, ids: ids.slice(0, 2), next: ids[1] });
    assert.deepEqual(await list('page=3&size=2'), { page: 3, size: 2, total: 5, ids: ids.slice(4) });
    assert.deepEqual(await list('page=999&size=2'), { page: 999, size: 2, total: 5, ids: [] });
    assert.deepEqual(await list(''), { page: 1, size: 30, total: 5, ids });
    assert.deepEqual(await list('size=5'), { page: 1, size: 5, total: 5, ids });
  });

  test('pages and cursors out of range are rejected', async (context) => {
    const { app } = await openApp(context);
    const id = await postJob(app, '1\n');
    for (const list of ['/api/jobs', `/api/jobs/${id}/operations`]) {
      for (const query of [
        'page=0',
        'page=-1',
        'page=abc',
        'page=1.5',
        'page=NaN',
        'page=1e300',
        'page=2147483648',
        'page=1&page=2',
        'size=',
        'size=0',
        'size=101',
        'after=',
        'after=0',
        'after=nothing',
        `after=${unknownId}x`,
        `after=${list === '/api/jobs' ? unknownId : '1'}&page=1`,
      ]) {
        const response = await app.inject(`${list}?${query}`);
        assert.equal(response.statusCode, 400, `${list} ${query}`);
        const { code, detail } = response.json<{ code: string; detail: string }>();
        assert.equal(code, 'INVALID_PARAMETER');
        assert.match(detail, /"(?:page|size|after)"/);
      }
    }
  });

  test('cursors neither skip nor repeat a job while others come and go', async (context) => {
    const { app, engine } = await openApp(context);
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.unshift(await postJob(app, '1\n'));
    const seen: string[] = [];
    let query = 'size=2';
    for (;;) {
      const { ids: shown, next, total, page } = await readPage(app, `/api/jobs?${query}`);
      seen.push(...shown);
      assert.equal(page, query.includes('after') ? undefined : 1);
      assert.equal(total, 7);
      if (next === undefined) break;
      query = `size=2&after=${next}`;
      // One more above, and the last that was seen goes.
      await postJob(app, '1\n');
      await engine.deleteJob(next);
    }
    assert.deepEqual(seen, ids);
  });

  test('cursors of operations go on after a line, whatever has been evaluated meanwhile', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    const id = await postJob(app, '1\n'.repeat(1_100));
    const list = async (query: string) => readPage(app, `/api/jobs/${id}/operations?${query}`);
    assert.deepEqual(await list('outcome=pending&size=2'), {
      page: 1,
      size: 2,
      total: 1_100,
      ids: ['1', '2'],
      next: '2',
    });
    gate.allow(1);
    await waitFor(engine, id, 512);
    assert.deepEqual(await list('outcome=pending&size=2&after=2'), {
      size: 2,
      total: 588,
      ids: ['513', '514'],
      next: '514',
    });
    assert.deepEqual(await list('outcome=pending&size=2&after=514'), {
      size: 2,
      total: 588,
      ids: ['515', '516'],
      next: '516',
    });
    assert.deepEqual(await list('outcome=succeeded&size=2&after=510'), { size: 2, total: 512, ids: ['511', '512'] });
    assert.deepEqual(await list('size=2&after=1098'), { size: 2, total: 1_100, ids: ['1099', '1100'] });
    assert.deepEqual(await list('size=2&after=1100'), { size: 2, total: 1_100, ids: [] });
    assert.deepEqual(await list('outcome=pending&after=9999999999'), { size: 30, total: 588, ids: [] });
    assert.deepEqual(await list('page=600&size=2'), { page: 600, size: 2, total: 1_100, ids: [] });
  });

  test('operations are listed by outcome', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const lines = Array.from({ length: 600 }, (_, index) => (index % 100 === 99 ? '1 / 0' : String(index + 1)));
    const id = await postJob(app, lines.join('\n'));
    await waitFor(engine, id, 512);
    const list = async (query: string) => {
      const body = (await app.inject(`/api/jobs/${id}/operations?${query}`)).json<{
        total: number;
        items: { id: string }[];
      }>();
      return [body.total, ...body.items.map(({ id }) => id)];
    };
    assert.deepEqual(await list('outcome=failed'), [5, '100', '200', '300', '400', '500']);
    assert.deepEqual(await list('outcome=failed&page=2&size=2'), [5, '300', '400']);
    assert.deepEqual(await list('outcome=pending&size=2'), [88, '513', '514']);
    assert.deepEqual(await list('outcome=succeeded&size=1&page=100'), [507, '101']);
    const pending = (await app.inject(`/api/jobs/${id}/operations/600`)).json();
    assert.deepEqual(pending, { id: '600', request: '1 / 0' });
    assert.equal((await app.inject(`/api/jobs/${id}/operations?outcome=some`)).statusCode, 400);
  });

  test('the page near a line is found, whatever is listed', async (context) => {
    const { app, engine } = await openApp(context);
    const lines = Array.from({ length: 600 }, (_, index) => (index % 100 === 99 ? '1 / 0' : String(index + 1)));
    const id = await postJob(app, lines.join('\n'));
    await waitFor(engine, id);
    const read = (query: string) => readPage(app, `/api/jobs/${id}/operations?${query}`);
    const failed = { size: 2, total: 6 };
    assert.deepEqual(await read('outcome=failed&near_line=250&size=2'), {
      ...failed,
      page: 2,
      ids: ['300', '400'],
      next: '400',
    });
    assert.deepEqual(await read('outcome=failed&near_line=601&size=2'), { ...failed, page: 3, ids: ['500', '600'] });
    assert.equal((await read('near_line=301')).page, 11);
    assert.equal((await read('outcome=pending&near_line=7')).page, 1);
    for (const query of ['near_line=1&page=1', 'near_line=1&after=3', 'near_line=0', 'near_line=x', 'near_line=']) {
      const refused = await app.inject(`/api/jobs/${id}/operations?${query}`);
      assert.equal(refused.statusCode, 400, query);
      assert.match(refused.json<{ detail: string }>().detail, /near_line/);
    }
  });

  test('operations are searched by text and by error code', async (context) => {
    const { app, engine } = await openApp(context);
    const lines = Array.from({ length: 600 }, (_, index) => (index % 100 === 99 ? '1 / 0' : String(index + 1)));
    const id = await postJob(app, lines.join('\n'));
    await waitFor(engine, id);
    const search = async (query: string) => {
      const response = await app.inject(`/api/jobs/${id}/operations/search?${query}`);
      assert.equal(response.statusCode, 200, query);
      const { items, ...rest } = response.json<{ items: { id: string }[]; searched_through: number }>();
      return { ...rest, ids: items.map(({ id }) => id) };
    };
    assert.deepEqual(await search('error_code=SYNTAX'), { ids: [], searched_through: 600 });
    const failed = ['100', '200', '300', '400', '500', '600'];
    const { errors } = (await engine.readJob(id)) ?? {};
    for (const code of Object.keys(errors ?? {})) {
      assert.deepEqual(await search(`error_code=${code}`), { ids: failed, searched_through: 600 });
    }
    assert.deepEqual(await search('search=%20%2F%20&outcome=failed&size=2'), {
      ids: ['100', '200'],
      searched_through: 200,
      next_line: 201,
    });
    assert.deepEqual(await search('search=%20%2F%20&from_line=501&size=1'), { ids: ['600'], searched_through: 600 });
    assert.deepEqual(await search('search=1&from_line=601'), { ids: [], searched_through: 600 });
    const long = 'x'.repeat(257);
    for (const query of [
      '',
      'search=',
      `search=${long}`,
      'error_code=div0',
      'search=1&from_line=0',
      'search=1&page=2',
    ]) {
      const refused = await app.inject(`/api/jobs/${id}/operations/search?${query}`);
      assert.equal(refused.statusCode, 400, query);
      assert.equal(refused.json<{ code: string }>().code, 'INVALID_PARAMETER');
    }
    const unknown = await app.inject(`/api/jobs/${unknownId}/operations/search?search=1`);
    assert.deepEqual([unknown.statusCode, unknown.json<{ code: string }>().code], [404, 'JOB_NOT_FOUND']);
  });

  test('a job is cancelled, and deleted', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const id = await postJob(app, '1\n'.repeat(600));
    await waitFor(engine, id, 512);
    // Clients commonly send some body with a POST.
    const cancelled = await app.inject({
      method: 'POST',
      url: `/api/jobs/${id}/cancel`,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(cancelled.statusCode, 200);
    const body = cancelled.json<Record<string, unknown>>();
    assert.deepEqual([body['status'], body['succeeded'], body['cancelled']], ['Cancelled', 512, 88]);
    const last = (await app.inject(`/api/jobs/${id}/operations/600`)).json<{ error: { code: string } }>();
    assert.equal(last.error.code, 'CANCELLED');
    const again = await app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` });
    assert.equal(again.statusCode, 200);
    const deleted = await app.inject({ method: 'DELETE', url: `/api/jobs/${id}` });
    assert.equal(deleted.statusCode, 204);
    assert.equal(deleted.body, '');
    assert.equal((await app.inject({ method: 'DELETE', url: `/api/jobs/${id}` })).statusCode, 404);
    assert.equal((await app.inject(`/api/jobs/${id}`)).statusCode, 404);
  });

  test('a finished job stays finished when it is cancelled', async (context) => {
    const { app, engine } = await openApp(context);
    const id = await postJob(app, '1\n');
    await waitFor(engine, id);
    const response = await app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` });
    assert.equal(response.statusCode, 200);
    assert.equal(response.json<{ status: string }>().status, 'Completed');
  });
});
