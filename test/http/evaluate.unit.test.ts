import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { engineVersion, functionTable } from '../../src/expression/index.ts';
import { openApp } from './open-api.ts';

suite('evaluate', () => {
  test('a few operations are answered at once', async (context) => {
    const { app, store } = await openApp(context);
    const response = await app.inject({
      method: 'POST',
      url: '/api/evaluate',
      body: { operations: ['1 + 2', '1 / 0', '1 / 3', ''], precision: 5 },
    });
    assert.equal(response.statusCode, 200);
    const { results } = response.json<{ results: { request: string; result?: string; error?: { code: string } }[] }>();
    assert.deepEqual(
      results.map(({ request, result, error }) => [request, result ?? error?.code]),
      [
        ['1 + 2', '3'],
        ['1 / 0', 'DIV0'],
        ['1 / 3', '0.33333'],
        ['', 'EMPTY'],
      ],
    );
    assert.deepEqual(response.json<{ engine: string[] }>().engine, [engineVersion]);
    assert.deepEqual(store.contents(), []);
  });

  test('text, one operation a line', async (context) => {
    const { app } = await openApp(context);
    const response = await app.inject({
      method: 'POST',
      url: '/api/evaluate?mode=bigint',
      headers: { 'content-type': 'text/plain' },
      body: '\ufeff1 + 2\r\n\n2 ^ 70\n',
    });
    const { results } = response.json<{ results: { result?: string; error?: { code: string } }[] }>();
    assert.deepEqual(
      results.map(({ result, error }) => result ?? error?.code),
      ['3', 'EMPTY', '1180591620717411303424'],
    );
  });

  test('an operation that is too long or holds a line end has an error of its own', async (context) => {
    const { app } = await openApp(context);
    const operations = [`1${' '.repeat(70_000)}`, '1\n2', '\ud800', '4'];
    const response = await app.inject({ method: 'POST', url: '/api/evaluate', body: { operations } });
    const { results } = response.json<{ results: { result?: string; error?: { code: string } }[] }>();
    assert.deepEqual(
      results.map(({ result, error }) => result ?? error?.code),
      ['TOO_LONG', 'SYNTAX', 'ENCODING', '4'],
    );
  });

  type Refused = readonly [
    name: string,
    headers: Record<string, string>,
    body: string | object,
    status: number,
    code: string,
    detail?: RegExp,
  ];
  for (const [name, headers, body, status, code, detail] of [
    ['no operations', {}, { operations: [] }, 400, 'INVALID_PARAMETER'],
    ['too many operations', {}, { operations: Array.from({ length: 101 }, () => '1') }, 400, 'INVALID_PARAMETER'],
    ['another field', {}, { operations: ['1'], presicion: 3 }, 400, 'INVALID_PARAMETER'],
    ['no object', {}, '[]', 400, 'INVALID_PARAMETER'],
    ['an unknown mode', {}, { operations: ['1'], mode: 'octal' }, 400, 'INVALID_PARAMETER'],
    ['no JSON', {}, '{"operations": [', 400, 'INVALID_JSON'],
    ['a poisoned object', {}, '{"operations": ["1"], "__proto__": {}}', 400, 'INVALID_PARAMETER'],
    [
      'numbers as operations',
      {},
      '{"operations":[123,"1"]}',
      400,
      'INVALID_PARAMETER',
      /"operations\.0" must be string/,
    ],
    [
      'null as an operation',
      {},
      '{"operations":["1",null]}',
      400,
      'INVALID_PARAMETER',
      /"operations\.1" must be string/,
    ],
    ['true as an operation', {}, '{"operations":[true]}', 400, 'INVALID_PARAMETER', /"operations\.0"/],
    ['a string as operations', {}, '{"operations":"1"}', 400, 'INVALID_PARAMETER', /"operations" must be array/],
    [
      'a precision in quotes',
      {},
      '{"operations":["1"],"precision":"5"}',
      400,
      'INVALID_PARAMETER',
      /"precision" must be integer/,
    ],
    ['a precision of null', {}, '{"operations":["1"],"precision":null}', 400, 'INVALID_PARAMETER', /"precision"/],
    [
      'a precision with a fraction',
      {},
      '{"operations":["1"],"precision":5.5}',
      400,
      'INVALID_PARAMETER',
      /"precision"/,
    ],
    ['an infinite precision', {}, '{"operations":["1"],"precision":1e999}', 400, 'INVALID_PARAMETER', /"precision"/],
    ['a mode that is no string', {}, '{"operations":["1"],"mode":1}', 400, 'INVALID_PARAMETER', /"mode"/],
    [
      'an unknown field',
      {},
      '{"operations":["1"],"presicion":5}',
      400,
      'INVALID_PARAMETER',
      /no body field "presicion"/,
    ],
    [
      'a number that would be rounded',
      {},
      '{"operations":[12345678901234567890]}',
      400,
      'INVALID_JSON',
      /15 digits.*strings/,
    ],
    [
      'a fraction that would be rounded',
      {},
      '{"operations":["1"],"precision":5.00000000000000000001}',
      400,
      'INVALID_JSON',
      /15 digits/,
    ],
    [
      'the same key twice',
      {},
      '{"operations":["1"],"operations":["2"]}',
      400,
      'INVALID_JSON',
      /"operations" appears more than once/,
    ],
    [
      'the same key twice, escaped',
      {},
      '{"mode":"decimal","operations":["1"], "\\u006dode" : "bigint"}',
      400,
      'INVALID_JSON',
      /"mode" appears/,
    ],
    [
      'deep JSON',
      {},
      `{"operations":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
      400,
      'INVALID_PARAMETER',
      /"operations/,
    ],
    ['something after the object', {}, '{"operations":["1"]} 2', 400, 'INVALID_JSON'],
    ['JSON in UTF-16', {}, Buffer.from('{"operations":["1"]}', 'utf16le'), 400, 'NOT_UTF8', /UTF-16/],
    ['JSON in Latin-1', {}, Buffer.from('{"operations":["é"]}', 'latin1'), 400, 'NOT_UTF8', /not valid UTF-8/],
    ['text in UTF-16', { 'content-type': 'text/plain' }, Buffer.from('1 + 2\n', 'utf16le'), 400, 'NOT_UTF8', /UTF-16/],
    ['an empty body', {}, '', 400, 'INVALID_JSON'],
    ['an empty text', { 'content-type': 'text/plain' }, '', 400, 'INVALID_PARAMETER'],
    ['too many bytes', {}, `{"operations": ["${' '.repeat(2_000_000)}"]}`, 413, 'TOO_MANY_BYTES'],
    ['another type', { 'content-type': 'application/xml' }, '<a/>', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an encoding', { 'content-encoding': 'gzip' }, '{}', 415, 'UNSUPPORTED_ENCODING'],
  ] satisfies Refused[] as readonly Refused[]) {
    test(`${name}: refused`, async (context) => {
      const { app } = await openApp(context);
      const response = await app.inject({
        method: 'POST',
        url: '/api/evaluate',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      assert.equal(response.statusCode, status, response.body);
      const problem = response.json<{ code: string; detail: string }>();
      assert.equal(problem.code, code, response.body);
      if (detail !== undefined) assert.match(problem.detail, detail);
    });
  }

  test('a byte order mark before JSON is dropped, and parameters may be in the query too', async (context) => {
    const { app } = await openApp(context);
    const evaluate = (query: string, body: string) =>
      app.inject({
        method: 'POST',
        url: `/api/evaluate${query}`,
        headers: { 'content-type': 'application/json' },
        body,
      });
    const marked = await evaluate('?precision=5', '\ufeff{"operations":["1 / 3"]}');
    assert.equal(marked.json<{ results: { result: string }[] }>().results[0]?.result, '0.33333');
    const same = await evaluate('?precision=5', '{"operations":["1 / 3"],"precision":5}');
    assert.equal(same.statusCode, 200);
    const other = await evaluate('?precision=6', '{"operations":["1 / 3"],"precision":5}');
    assert.equal(other.statusCode, 400);
    assert.match(other.json<{ detail: string }>().detail, /"precision".*differ/);
  });

  test('an operation with a carriage return has an error that names it', async (context) => {
    const { app } = await openApp(context);
    for (const [headers, body] of [
      [{ 'content-type': 'text/plain' }, '10\r-4\r'],
      [{ 'content-type': 'application/json' }, JSON.stringify({ operations: ['10\r-4'] })],
    ] as const) {
      const response = await app.inject({ method: 'POST', url: '/api/evaluate', headers, body });
      const { results } = response.json<{ results: { error?: { code: string; message: string } }[] }>();
      assert.equal(results.length, 1);
      assert.match(results[0]?.error?.message ?? '', /carriage return/);
    }
  });

  test('the language is listed as its tables have it', async (context) => {
    const { app } = await openApp(context);
    const language = (await app.inject('/api/functions')).json<Record<string, unknown[]>>();
    assert.deepEqual(language['modes'], ['decimal', 'float64', 'rational', 'bigint']);
    assert.deepEqual(language['functions'], JSON.parse(JSON.stringify(functionTable)));
    assert.deepEqual(
      (language['constants'] as { name: string }[]).map(({ name }) => name),
      ['pi', 'e', 'tau', 'phi'],
    );
    assert.ok((language['operators'] as { symbols: string[] }[]).some(({ symbols }) => symbols.includes('^')));
  });
});
