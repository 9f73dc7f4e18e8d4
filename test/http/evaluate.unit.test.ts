import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { functionTable } from '../../src/expression/index.ts';
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

  for (const [name, headers, body, status, code] of [
    ['no operations', {}, { operations: [] }, 400, 'INVALID_PARAMETER'],
    ['too many operations', {}, { operations: Array.from({ length: 101 }, () => '1') }, 400, 'INVALID_PARAMETER'],
    ['another field', {}, { operations: ['1'], presicion: 3 }, 400, 'INVALID_PARAMETER'],
    ['no object', {}, '[]', 400, 'INVALID_PARAMETER'],
    ['an unknown mode', {}, { operations: ['1'], mode: 'octal' }, 400, 'INVALID_PARAMETER'],
    ['no JSON', {}, '{"operations": [', 400, 'INVALID_JSON'],
    ['a poisoned object', {}, '{"operations": ["1"], "__proto__": {}}', 400, 'INVALID_JSON'],
    ['an empty body', {}, '', 400, 'INVALID_JSON'],
    ['an empty text', { 'content-type': 'text/plain' }, '', 400, 'INVALID_PARAMETER'],
    ['too many bytes', {}, `{"operations": ["${' '.repeat(2_000_000)}"]}`, 413, 'TOO_MANY_BYTES'],
    ['another type', { 'content-type': 'application/xml' }, '<a/>', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an encoding', { 'content-encoding': 'gzip' }, '{}', 415, 'UNSUPPORTED_ENCODING'],
  ] as const) {
    test(`${name}: refused`, async (context) => {
      const { app } = await openApp(context);
      const response = await app.inject({
        method: 'POST',
        url: '/api/evaluate',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      assert.equal(response.statusCode, status, response.body);
      assert.equal(response.json<{ code: string }>().code, code, response.body);
    });
  }

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
