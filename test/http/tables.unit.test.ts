import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openApp, waitFor } from './open-api.ts';

type App = Awaited<ReturnType<typeof openApp>>['app'];

const types = { csv: 'text/csv', tsv: 'text/tab-separated-values', ndjson: 'application/x-ndjson', text: 'text/plain' };

/** `query` is a list of names and values, so that one can be given several times. */
function toQuery(query: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
}

function postTable(
  app: App,
  body: string | Buffer,
  query: readonly (readonly [string, string])[],
  type: keyof typeof types = 'csv',
  headers: Record<string, string> = {},
) {
  const url = `/api/jobs?${toQuery(query)}`;
  return app.inject({ method: 'POST', url, headers: { 'content-type': types[type], ...headers }, body });
}

async function openTable(
  context: Parameters<typeof openApp>[0],
  body: string | Buffer,
  query: readonly (readonly [string, string])[],
  type: keyof typeof types = 'csv',
) {
  const parts = await openApp(context);
  const posted = await postTable(parts.app, body, query, type);
  assert.equal(posted.statusCode, 201, posted.body);
  const { id, created_operations: operations } = posted.json<{ id: string; created_operations: number }>();
  await waitFor(parts.engine, id);
  const get = (path: string, headers = {}) => parts.app.inject({ url: `/api/jobs/${id}${path}`, headers });
  return { ...parts, id, operations, get };
}

const sales = 'id,price,qty,vat\n1,2.50,3,19\n2,10,x,7\n3,1,2\n4,0.10,,0\n';
const salesFormulas = [
  ['formula', 'total = round(net * (1 + vat / 100), 2)'],
  ['formula', 'net = price * qty'],
] as const;

suite('a table over HTTP', () => {
  test('its job shows formulas, columns, dialect and totals; lists do not', async (context) => {
    const { get, id, operations, app } = await openTable(context, sales, [...salesFormulas, ['total', 'price']]);
    assert.equal(operations, 4);
    const job = (await get('')).json<Record<string, unknown>>();
    assert.deepEqual([job['status'], job['succeeded'], job['failed']], ['Completed', 1, 3]);
    assert.deepEqual(job['formulas'], ['total = round(net * (1 + vat / 100), 2)', 'net = price * qty']);
    assert.deepEqual(job['columns'], ['id', 'price', 'qty', 'vat']);
    assert.deepEqual(job['dialect'], {
      format: 'csv',
      delimiter: ',',
      header: 'present',
      decimal: '.',
      numbers: 'strict',
      missing: 'error',
      missing_values: [],
    });
    assert.deepEqual(job['totals'], {
      total: { count: 1, sum: '8.93', min: '8.93', max: '8.93', mean: '8.93' },
      net: { count: 1, sum: '7.5', min: '7.5', max: '7.5', mean: '7.5' },
      price: { count: 3, sum: '12.6', min: '0.1', max: '10', mean: '4.2' },
    });
    const [listed] = (await app.inject('/api/jobs')).json<{ items: Record<string, unknown>[] }>().items;
    assert.equal(listed?.['id'], id);
    for (const name of ['formulas', 'columns', 'dialect', 'totals']) assert.equal(listed?.[name], undefined);
    const events = (await get('/events')).body;
    assert.match(events, /"status":"Completed"/);
    assert.doesNotMatch(events, /formulas|columns/);
    const cancelled = (await app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` })).json<{
      totals?: unknown;
    }>();
    assert.deepEqual(cancelled.totals, job['totals']);
  });

  test('its results are the file with new columns, in the format of the file', async (context) => {
    const { get, id } = await openTable(context, sales, salesFormulas);
    const response = await get('/results');
    assert.equal(response.headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(response.headers['content-disposition'], `attachment; filename="mathmill-${id}.csv"`);
    assert.equal(response.headers['mathmill-lines'], '4');
    const [head, ...rows] = response.body.split('\n');
    assert.equal(head, 'id,price,qty,vat,total,net,error');
    assert.equal(rows[0], '1,2.50,3,19,8.93,7.5,');
    assert.match(rows[1] ?? '', /^2,10,x,7,,,"?total: NOT_NUMBER .*; net: NOT_NUMBER /);
    assert.match(rows[2] ?? '', /^3,1,2,,,,"?COLUMNS This row has 3 cells/);
    assert.match(rows[3] ?? '', /^4,0.10,,0,,,"?total: MISSING .*; net: MISSING /);
    assert.equal(rows[4], '');
  });

  test('other formats, parts of the rows, and HEAD', async (context) => {
    const { get, app, id } = await openTable(context, sales, salesFormulas);
    assert.equal((await get('/results?format=text&limit=1')).body, '8.93\t7.5\n');
    const ndjson = await get('/results?limit=2', { accept: 'application/x-ndjson' });
    assert.equal(ndjson.headers['content-type'], 'application/x-ndjson');
    const [first = '', second = ''] = ndjson.body.split('\n');
    assert.equal(first, '{"id":"1","request":"1,2.50,3,19","results":{"total":"8.93","net":"7.5"}}');
    const { results, errors } = JSON.parse(second) as { results: object; errors: Record<string, { code: string }> };
    assert.deepEqual([results, errors['net']?.code], [{ total: null, net: null }, 'NOT_NUMBER']);
    assert.match((await get('/results?format=ndjson&results=number&limit=1')).body, /"total":8.93,"net":7.5/);
    const failed = (await get('/results?outcome=failed')).body.split('\n');
    assert.deepEqual(
      failed.map((row) => row.split(',')[0]),
      ['id', '2', '3', '4', ''],
    );
    assert.equal((await get('/results?from=2&outcome=succeeded')).body, 'id,price,qty,vat,total,net,error\n');
    const head = await app.inject({ method: 'HEAD', url: `/api/jobs/${id}/results?outcome=failed` });
    assert.equal(head.headers['mathmill-lines'], '3');
    assert.equal(head.headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(head.body, '');
  });

  test('its operations have results and errors by formula', async (context) => {
    const { get } = await openTable(context, sales, salesFormulas);
    const { items } = (await get('/operations')).json<{ items: Record<string, unknown>[] }>();
    assert.deepEqual(items[0], { id: '1', request: '1,2.50,3,19', results: { total: '8.93', net: '7.5' } });
    const { id, results, errors } = (await get('/operations/2')).json<
      Record<string, Record<string, { code: string }>>
    >();
    assert.deepEqual([id, results], ['2', { total: null, net: null }]);
    assert.deepEqual(Object.keys(errors ?? {}), ['total', 'net']);
    assert.equal(errors?.['net']?.code, 'NOT_NUMBER');
    const { error, ...rest } = (await get('/operations/3')).json<{ error?: { code: string } }>();
    assert.equal(error?.code, 'COLUMNS');
    assert.deepEqual(rest, { id: '3', request: '3,1,2', results: { total: null, net: null } });
    const failed = (await get('/operations?outcome=failed&size=2')).json<{ total: number; items: { id: string }[] }>();
    assert.deepEqual([failed.total, failed.items.map((item) => item.id)], [3, ['2', '3']]);
  });

  test('counts each failed row once, under its first error, and finds it by that', async (context) => {
    const { get } = await openTable(context, sales, [...salesFormulas]);
    const { error_counts } = (await get('')).json<{ error_counts: Record<string, number> }>();
    assert.deepEqual(error_counts, { COLUMNS: 1, MISSING: 1, NOT_NUMBER: 1 });
    const find = async (query: string) => {
      const found = (await get(`/operations/search?${query}`)).json<{ items: { id: string; results: object }[] }>();
      return found.items.map(({ id, results }) => [id, Object.keys(results)]);
    };
    const formulas = ['total', 'net'];
    assert.deepEqual(await find('error_code=NOT_NUMBER'), [['2', formulas]]);
    assert.deepEqual(await find('error_code=COLUMNS'), [['3', formulas]]);
    assert.deepEqual(await find('search=7.5'), [['1', formulas]]);
    assert.deepEqual(await find('search=1,&outcome=failed'), [['3', formulas]]);
  });

  test('that is in progress gives its finished beginning; what is cancelled says so', async (context) => {
    const { app, engine, gate } = await openApp(context);
    gate.close();
    gate.allow(1);
    const posted = await postTable(app, `a\n${'7\n'.repeat(600)}`, [['formula', 'b = a * 2']]);
    const { id } = posted.json<{ id: string }>();
    await waitFor(engine, id, 512);
    const response = await app.inject(`/api/jobs/${id}/results`);
    assert.equal(response.headers['mathmill-job-status'], 'InProgress');
    assert.equal(response.body, `a,b,error\n${'7,14,\n'.repeat(512)}`);
    const pending = (await app.inject(`/api/jobs/${id}/operations/600`)).json();
    assert.deepEqual(pending, { id: '600', request: '7' });
    await app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` });
    gate.open();
    await waitFor(engine, id);
    const rows = (await app.inject(`/api/jobs/${id}/results`)).body.split('\n');
    assert.equal(rows[512], '7,14,');
    assert.match(rows[513] ?? '', /^7,,CANCELLED The job was cancelled/);
    assert.equal(rows.length, 602);
    const { error, results } = (await app.inject(`/api/jobs/${id}/operations/600`)).json<Record<string, unknown>>();
    assert.equal((error as { code: string }).code, 'CANCELLED');
    assert.deepEqual(results, { b: null });
    const [pendingOnes] = (await app.inject(`/api/jobs/${id}/operations?outcome=failed`)).json<{ items: object[] }>()
      .items;
    assert.equal(pendingOnes, undefined);
  });

  test('in TSV, semicolons, NDJSON, without a header, with a decimal comma', async (context) => {
    const { app, engine } = await openApp(context);
    const cases = [
      ['tsv', 'a\tb\r\n1\t2\r\n', [], 'text/tab-separated-values; charset=utf-8', 'a\tb\tc\terror\r\n1\t2\t3\t\r\n'],
      ['csv', 'a;b\n1;2', [], 'text/csv; charset=utf-8; header=present', 'a;b;c;error\n1;2;3;'],
      [
        'csv',
        'a\tb\n1\t2\n',
        [['delimiter', 'TAB']],
        'text/tab-separated-values; charset=utf-8',
        'a\tb\tc\terror\n1\t2\t3\t\n',
      ],
      [
        'csv',
        '1|2\n',
        [
          ['header', 'absent'],
          ['formula', 'd = c1 + c2 * 2'],
        ],
        'text/csv; charset=utf-8; header=absent',
        '1|2|3|5|\n',
      ],
      [
        'csv',
        'a,b\n"1,5",2\n',
        [
          ['decimal', ','],
          ['errors', 'none'],
        ],
        'text/csv; charset=utf-8; header=present',
        'a,b,c\n"1,5",2,"3,5"\n',
      ],
      [
        'csv',
        "a;b\n1'000;2.000,5\n",
        [
          ['decimal', ','],
          ['group', '.'],
        ],
        'text/csv; charset=utf-8; header=present',
        /^a;b;c;error\n1'000;2.000,5;;"?c: NOT_NUMBER/,
      ],
      [
        'csv',
        'a;b\n-;1 000\n',
        [
          ['group', 'space'],
          ['missing', 'zero'],
          ['missing_values', 'NA, -'],
        ],
        'text/csv; charset=utf-8; header=present',
        'a;b;c;error\n-;1 000;1000;\n',
      ],
      [
        'csv',
        'a,b\n(2.50),12 %\n',
        [
          ['numbers', 'written'],
          ['error_column', 'faults'],
        ],
        'text/csv; charset=utf-8; header=present',
        'a,b,c,faults\n(2.50),12 %,-2.38,\n',
      ],
      [
        'csv',
        'a,b,c,error\n1,2,9,old\n',
        [['replace', 'true']],
        'text/csv; charset=utf-8; header=present',
        'a,b,c,error\n1,2,3,\n',
      ],
      ['csv', 'a,b\n,2\n', [['missing', 'empty']], 'text/csv; charset=utf-8; header=present', 'a,b,c,error\n,2,,\n'],
      [
        'ndjson',
        '{"a":1,"b":"2"}\n{"a":1}',
        [],
        'application/x-ndjson',
        /^{"a":1,"b":"2","c":"3"}\n{"a":1,"c":null,"errors":{"c":{"code":"MISSING".*}}}$/,
      ],
    ] as const;
    for (const [type, body, query, contentType, expected] of cases) {
      const formula = query.some(([name, value]) => name === 'formula' && value.startsWith('d'))
        ? 'c = c1 + c2'
        : 'c = a + b';
      const posted = await postTable(app, body, [['formula', formula], ...query], type);
      assert.equal(posted.statusCode, 201, `${body}: ${posted.body}`);
      const { id } = posted.json<{ id: string }>();
      await waitFor(engine, id);
      const response = await app.inject(`/api/jobs/${id}/results`);
      assert.equal(response.headers['content-type'], contentType);
      if (typeof expected === 'string') assert.equal(response.body, expected);
      else assert.match(response.body, expected);
    }
  });

  test('the Content-Type may say that there is no header, and its charset is kept', async (context) => {
    const { app, engine } = await openApp(context);
    const headers = { 'content-type': 'text/csv; charset=ISO-8859-1; header=absent' };
    const body = Buffer.from('1,\xe9\n', 'latin1');
    const posted = await postTable(app, body, [['formula', 'x = c1 * 2']], 'csv', headers);
    const { id } = posted.json<{ id: string }>();
    await waitFor(engine, id);
    const { rawPayload } = await app.inject(`/api/jobs/${id}/results`);
    assert.equal(rawPayload.toString('latin1'), '1,\xe9,2,\n');
    const twice = await postTable(
      app,
      body,
      [
        ['formula', 'x = c1'],
        ['header', 'present'],
      ],
      'csv',
      headers,
    );
    assert.match(twice.json<{ detail: string }>().detail, /"header" of the Content-Type differ/);
    const charset = await postTable(app, 'a\n1\n', [['formula', 'x = a']], 'csv', {
      'content-type': 'text/csv; charset=utf-16',
    });
    assert.equal(charset.statusCode, 415);
  });

  test('compressed in both directions, and repeated under its key', async (context) => {
    const { app, engine } = await openApp(context);
    const body = gzipSync(`a\n${'1\n'.repeat(1_000)}`);
    const headers = { 'content-encoding': 'gzip', 'idempotency-key': 'k' };
    const post = (formula: string) => postTable(app, body, [['formula', formula]], 'csv', headers);
    const { id } = (await post('x = a')).json<{ id: string }>();
    const again = await post('x = a');
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.json<{ id: string }>().id, id);
    assert.equal((await post('x = a + 0')).statusCode, 422);
    await waitFor(engine, id);
    const response = await app.inject({ url: `/api/jobs/${id}/results`, headers: { 'accept-encoding': 'gzip' } });
    assert.equal(response.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(response.rawPayload).toString(), `a,x,error\n${'1,1,\n'.repeat(1_000)}`);
  });
});

suite('results that a table has not', () => {
  for (const [type, body, query, accept, status, detail] of [
    ['csv', 'a\n1\n', 'format=tsv', '*/*', 406, /no results as tsv. Request format=csv, ndjson or text./],
    ['tsv', 'a\tb\n1\t2\n', 'format=csv', '*/*', 406, /no results as csv. Request format=tsv, ndjson or text./],
    ['ndjson', '{"a":1}\n', 'format=csv', '*/*', 406, /no results as csv. Request format=ndjson or text./],
    ['tsv', 'a\tb\n1\t2\n', '', 'text/csv', 406, /text\/tab-separated-values, application\/x-ndjson or text\/plain/],
    ['csv', 'a\n1\n', 'format=text&spreadsheet_safe=true', '*/*', 400, /"spreadsheet_safe" is for CSV only/],
    ['csv', 'a\n1\n', 'results=number', '*/*', 400, /"results" is for NDJSON of tables only/],
  ] as const) {
    test(`${type}: ${query} ${accept}`, async (context) => {
      const { get } = await openTable(context, body, [['formula', 'x = a']], type);
      const response = await get(`/results?${query}`, { accept });
      assert.equal(response.statusCode, status);
      assert.match(response.json<{ detail: string }>().detail, detail);
    });
  }

  test('a job of lines has none as TSV, and no bare numbers', async (context) => {
    const { app } = await openApp(context);
    const posted = await app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: { 'content-type': 'text/plain' },
      body: '1\n',
    });
    const { id } = posted.json<{ id: string }>();
    for (const [query, status, detail] of [
      ['format=tsv', 406, /Request format=text, csv or ndjson/],
      ['format=ndjson&results=number', 400, /"results" is for NDJSON of tables only/],
    ] as const) {
      const response = await app.inject(`/api/jobs/${id}/results?${query}`);
      assert.equal(response.statusCode, status);
      assert.match(response.json<{ detail: string }>().detail, detail);
    }
    const accepted = await app.inject({
      url: `/api/jobs/${id}/results`,
      headers: { accept: 'text/tab-separated-values' },
    });
    assert.equal(accepted.statusCode, 406);
  });

  test('CSV for spreadsheets', async (context) => {
    const { get } = await openTable(context, '=a,b\n-1,@b\n', [
      ['formula', 'x = @1 / 3'],
      ['mode', 'rational'],
    ]);
    assert.equal((await get('/results?spreadsheet_safe=true')).body, `'=a,b,x,error\n-1,'@b,'-1/3,\n`);
  });
});

interface TableProblem {
  readonly code: string;
  readonly detail: string;
  readonly parameter?: string;
  readonly formula?: number;
  readonly column?: number;
  readonly end_column?: number;
}

const x = ['formula', 'x = a'] as const;

suite('requests for tables that are rejected', () => {
  const cases: readonly (readonly [
    name: string,
    type: keyof typeof types | 'json',
    query: readonly (readonly [string, string])[],
    body: string,
    parameter: string | undefined,
    detail: RegExp,
    place?: readonly [formula: number, column?: number, endColumn?: number],
  ])[] = [
    ['CSV without a formula', 'csv', [], 'a\n1\n', 'formula', /needs a formula/],
    ['TSV without a formula', 'tsv', [['replace', 'true']], 'a\n1\n', 'formula', /needs a formula/],
    ['lines with a formula', 'text', [x], '1\n', 'formula', /"formula" is for tables only/],
    ['lines with a dry run', 'text', [['dry_run', 'false']], '1\n', 'dry_run', /"dry_run" is for tables only/],
    ['JSON with a delimiter', 'json', [['delimiter', ',']], '{"operations":["1"]}', 'delimiter', /for tables only/],
    [
      'NDJSON without a formula, with another option',
      'ndjson',
      [['missing', 'zero']],
      '{"request":"1"}\n',
      'missing',
      /Add "formula"/,
    ],
    ['NDJSON with a delimiter', 'ndjson', [x, ['delimiter', ';']], '{"a":1}\n', 'delimiter', /is for CSV and TSV only/],
    ['NDJSON with a header', 'ndjson', [x, ['header', 'absent']], '{"a":1}\n', 'header', /is for CSV and TSV only/],
    [
      'NDJSON with an error column',
      'ndjson',
      [x, ['error_column', 'e']],
      '{"a":1}\n',
      'error_column',
      /always called "errors"/,
    ],
    ['another delimiter', 'csv', [x, ['delimiter', ':']], 'a\n1\n', 'delimiter', /one of , ; \| and tab/],
    ['TSV with commas', 'tsv', [x, ['delimiter', ',']], 'a\n1\n', 'delimiter', /is a TAB/],
    [
      'a delimiter that the file contradicts',
      'csv',
      [x, ['delimiter', ',']],
      'sep=;\na;b\n1;2\n',
      'body',
      /sets the delimiter ";"/,
    ],
    ['another decimal mark', 'csv', [x, ['decimal', "'"]], 'a\n1\n', 'decimal', /must be \. or ,/],
    ['another group sign', 'csv', [x, ['group', '_']], 'a\n1\n', 'group', /must be one of/],
    ['one sign for both', 'csv', [x, ['group', '.']], 'a\n1\n', 'group', /decimal mark/],
    ['an unknown header', 'csv', [x, ['header', 'maybe']], 'a\n1\n', undefined, /"header" .*present, absent/],
    ['unknown numbers', 'csv', [x, ['numbers', 'any']], 'a\n1\n', undefined, /"numbers" .*strict, written/],
    [
      'an unknown meaning of missing',
      'csv',
      [x, ['missing', 'null']],
      'a\n1\n',
      undefined,
      /"missing" .*error, empty, zero/,
    ],
    ['an empty missing value', 'csv', [x, ['missing_values', 'NA,,-']], 'a\n1\n', 'missing_values', /empty value/],
    [
      'too many missing values',
      'csv',
      [x, ['missing_values', Array(65).fill('n').join(',')]],
      'a\n1\n',
      'missing_values',
      /65 values; 64/,
    ],
    ['no Boolean', 'csv', [x, ['replace', 'perhaps']], 'a\n1\n', undefined, /"replace" must be boolean/],
    ['no Boolean for the dry run', 'csv', [x, ['dry_run', '1']], 'a\n1\n', undefined, /"dry_run" must be boolean/],
    [
      'an option given twice',
      'csv',
      [x, ['decimal', '.'], ['decimal', ',']],
      'a\n1\n',
      undefined,
      /"decimal" must be string/,
    ],
    [
      'an error column that is left out',
      'csv',
      [x, ['errors', 'none'], ['error_column', 'e']],
      'a\n1\n',
      'error_column',
      /errors=none/,
    ],
    ['an unknown option', 'csv', [x, ['colour', 'red']], 'a\n1\n', undefined, /no query parameter "colour"/],
    ['an unknown mode', 'csv', [x, ['mode', 'exact']], 'a\n1\n', undefined, /"mode"/],
    ['a formula without a name', 'csv', [['formula', 'a * 2']], 'a\n1\n', 'formula', /Formula 1 is wrong/, [1]],
    ['an unknown column', 'csv', [x, ['formula', 'y = a + bb']], 'a\n1\n', 'formula', /bb/, [2, 9, 11]],
    ['a broken expression', 'csv', [['formula', 'y = (a']], 'a\n1\n', 'formula', /^Formula `?y`?: /, [1]],
    [
      'a circle',
      'csv',
      [
        ['formula', 'y = z'],
        ['formula', 'z = y'],
      ],
      'a\n1\n',
      'formula',
      /y.*z/,
      [2],
    ],
    ['two formulas of one name', 'csv', [x, ['formula', 'x = 2']], 'a\n1\n', 'formula', /both called/, [2]],
    ['a column that exists', 'csv', [['formula', 'a = 1']], 'a\n1\n', 'formula', /already/, [1]],
    ['an error column that exists', 'csv', [x], 'a,error\n1,2\n', 'error_column', /already/],
    ['an unknown column to total', 'csv', [x, ['total', 'b']], 'a\n1\n', 'total', /b/],
    [
      '33 formulas',
      'csv',
      Array.from({ length: 33 }, (_, index) => ['formula', `x${index} = a`] as const),
      'a\n1\n',
      'formula',
      /33 formulas/,
    ],
    ['more than 8 KiB of formulas', 'csv', [['formula', `x = ${'1+'.repeat(4_096)}1`]], 'a\n1\n', 'formula', /bytes/],
    ['a header with a broken quote', 'csv', [x], 'a,"b\n1,2\n', 'body', /quote/i],
    ['no object', 'ndjson', [x], '[1]\n', 'body', /object/i],
  ];

  test('by their options, formulas and heads', async (context) => {
    const { app, store } = await openApp(context);
    for (const [name, type, query, body, parameter, detail, place] of cases) {
      await context.test(name, async () => {
        const response = await app.inject({
          method: 'POST',
          url: `/api/jobs?${toQuery(query)}`,
          headers: { 'content-type': type === 'json' ? 'application/json' : types[type] },
          body,
        });
        assert.equal(response.statusCode, 400, response.body);
        const problem = response.json<TableProblem>();
        assert.equal(problem.code, 'INVALID_PARAMETER');
        assert.match(problem.detail, detail);
        assert.equal(problem.parameter, parameter);
        const [formula, column, endColumn] = place ?? [];
        assert.equal(problem.formula, formula);
        if (column !== undefined) assert.deepEqual([problem.column, problem.end_column], [column, endColumn]);
        assert.equal(store.contents().length, 0);
      });
    }
  });

  for (const body of ['', 'a,b\n', 'a,b', 'sep=;\na;b\r\n', '\ufeff']) {
    test(`a file without rows: ${JSON.stringify(body)}`, async (context) => {
      const { app, store } = await openApp(context);
      for (const query of [[x], [x, ['dry_run', 'true'] as const]]) {
        const response = await postTable(app, body, query);
        assert.equal(response.statusCode, 400, response.body);
        assert.equal(response.json<TableProblem>().code, 'EMPTY_UPLOAD');
      }
      assert.equal(store.contents().length, 0);
    });
  }

  test('UTF-16', async (context) => {
    const { app } = await openApp(context);
    const response = await postTable(app, Buffer.from('\ufeffa\n1\n', 'utf16le'), [x]);
    assert.equal(response.json<TableProblem>().code, 'NOT_UTF8');
  });
});

interface PreviewRow {
  readonly errors?: Record<string, { code: string }>;
  readonly error?: { code: string };
}

suite('a dry run', () => {
  const dry = ['dry_run', 'true'] as const;

  test('shows the columns, the dialect, the order of evaluation and the first rows, and keeps nothing', async (context) => {
    const { app, store } = await openApp(context);
    const response = await postTable(app, sales, [...salesFormulas, ['total', 'price'], dry]);
    assert.equal(response.statusCode, 200, response.body);
    const preview = response.json<Record<string, unknown> & { rows: PreviewRow[] }>();
    assert.deepEqual(preview['columns'], ['id', 'price', 'qty', 'vat']);
    assert.deepEqual(preview['formulas'], [
      { name: 'total', formula: 'total = round(net * (1 + vat / 100), 2)', position: 2 },
      { name: 'net', formula: 'net = price * qty', position: 1 },
    ]);
    assert.equal(preview.rows.length, 4);
    assert.deepEqual(preview.rows[0], { id: '1', request: '1,2.50,3,19', results: { total: '8.93', net: '7.5' } });
    assert.equal(preview.rows[1]?.errors?.['net']?.code, 'NOT_NUMBER');
    assert.equal(preview.rows[2]?.error?.code, 'COLUMNS');
    assert.deepEqual((preview['totals'] as Record<string, unknown>)['price'], {
      count: 3,
      sum: '12.6',
      min: '0.1',
      max: '10',
      mean: '4.2',
    });
    assert.equal(store.contents().length, 0);
  });

  test('gives the results of the real run, of at most 20 rows', async (context) => {
    const body = `a,b\n${Array.from({ length: 1_000 }, (_, index) => `${index},${index % 3}\n`).join('')}`;
    const query = [
      ['formula', 'q = a / b'],
      ['mode', 'rational'],
    ] as const;
    const { app, get } = await openTable(context, body, query);
    const { rows } = (await postTable(app, body, [...query, dry])).json<{ rows: unknown[] }>();
    assert.equal(rows.length, 20);
    const { items } = (await get('/operations?size=20')).json<{ items: unknown[] }>();
    assert.deepEqual(rows, items);
  });

  test('is rejected as the real run is', async (context) => {
    const { app } = await openApp(context);
    const problem = (await postTable(app, 'a\n1\n', [['formula', 'x = b'], dry])).json<TableProblem>();
    assert.deepEqual([problem.code, problem.parameter, problem.formula], ['INVALID_PARAMETER', 'formula', 1]);
  });
});
