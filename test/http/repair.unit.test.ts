import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chunkLinesMax } from '../../src/jobs/index.ts';
import { openApp, postJob, waitFor } from './open-api.ts';

const ndjson = { 'content-type': 'application/x-ndjson' };
const unknownId = '01900000-0000-7000-8000-000000000000';

type Opened = Awaited<ReturnType<typeof openApp>>;

interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly operations?: readonly string[];
}

function correction(id: number | string, request: string, more: object = {}): string {
  return `${JSON.stringify({ id: String(id), request, ...more })}\n`;
}

/** Lines are their own number, and `1 / 0` where `isFailed`. */
function lines(count: number, isFailed: (line: number) => boolean): string {
  return Array.from({ length: count }, (_, index) => (isFailed(index + 1) ? '1 / 0\n' : `${index + 1}\n`)).join('');
}

async function finishedJob({ app, engine }: Opened, text: string, query = ''): Promise<string> {
  const id = await postJob(app, text, query);
  await waitFor(engine, id);
  return id;
}

async function repair(
  { app }: Opened,
  id: string,
  body: string | Buffer,
  given: { query?: string; headers?: object } = {},
) {
  const headers = { ...ndjson, ...given.headers };
  return app.inject({ method: 'POST', url: `/api/jobs/${id}/repair${given.query ?? ''}`, headers, body });
}

async function repaired(opened: Opened, id: string, body: string): Promise<string> {
  const response = await repair(opened, id, body);
  assert.equal(response.statusCode, 201, response.body);
  const created = response.json<{ id: string }>();
  await waitFor(opened.engine, created.id);
  return created.id;
}

async function results({ app }: Opened, id: string, query = ''): Promise<string> {
  return (await app.inject(`/api/jobs/${id}/results${query}`)).body;
}

async function open(context: TestContext): Promise<Opened> {
  return openApp(context);
}

suite('a repair', () => {
  test('makes a whole job of a finished one and its corrections, and leaves the first as it is', async (context) => {
    const opened = await open(context);
    const { app } = opened;
    const count = 3 * chunkLinesMax;
    const id = await finishedJob(
      opened,
      lines(count, (line) => [5, 1_000, 1_100].includes(line)),
      '?name=first',
    );
    const before = await results(opened, id);
    const response = await repair(
      opened,
      id,
      correction(1_000, '7 * 6') + correction(5, '1 / 4', { error: 'ignored' }),
    );
    assert.equal(response.statusCode, 201);
    const { id: newId, ...created } = response.json<{ id: string }>();
    assert.deepEqual(created, { created_operations: count, status: 'InProgress' });
    const location = new URL(String(response.headers.location), `http://localhost/prefix/api/jobs/${id}/repair`);
    assert.equal(location.pathname, `/prefix/api/jobs/${newId}`);
    await waitFor(opened.engine, newId);
    const job = (await app.inject(`/api/jobs/${newId}`)).json<Record<string, unknown>>();
    assert.deepEqual(
      [job['repairs'], job['name'], job['status'], job['succeeded'], job['failed']],
      [id, 'first', 'Completed', count - 1, 1],
    );
    const expected = before.split('\n');
    expected[4] = '0.25';
    expected[999] = '42';
    assert.equal(await results(opened, newId), expected.join('\n'));
    assert.equal(await results(opened, id), before);
    assert.ok(!('repairs' in (await app.inject(`/api/jobs/${id}`)).json<object>()));
    const list = (await app.inject('/api/jobs')).json<{ items: { repairs?: string }[] }>();
    assert.deepEqual(
      list.items.map(({ repairs }) => repairs),
      [id, undefined],
    );
  });

  test('gets its Location right behind a slash too, and a name', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n');
    const url = `/api/jobs/${id}/repair/?name=mended`;
    const response = await opened.app.inject({ method: 'POST', url, headers: ndjson, body: correction(1, '2') });
    const { id: newId } = response.json<{ id: string }>();
    assert.equal(new URL(String(response.headers.location), `http://localhost${url}`).pathname, `/api/jobs/${newId}`);
    assert.equal((await opened.app.inject(`/api/jobs/${newId}`)).json<{ name: string }>().name, 'mended');
    const bad = await repair(opened, id, correction(1, '2'), { query: '?name=%07' });
    assert.equal(bad.json<ProblemBody>().code, 'INVALID_PARAMETER');
    const unknown = await repair(opened, id, correction(1, '2'), { query: '?mode=decimal' });
    assert.equal(unknown.json<ProblemBody>().code, 'INVALID_PARAMETER');
  });

  test('takes what the results of failed operations are, as they are', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(
      opened,
      lines(1_000, (line) => line % 10 === 0),
    );
    const failed = await results(opened, id, '?outcome=failed&format=ndjson');
    const newId = await repaired(opened, id, failed.replaceAll('1 / 0', '1 / 2'));
    assert.equal(await results(opened, newId), lines(1_000, (line) => line % 10 === 0).replaceAll('1 / 0', '0.5'));
  });

  test('takes compressed corrections, CRLF, blank lines, a byte order mark and no last line end', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n2 / 0\n3 / 0\n');
    const body = `\ufeff${correction(3, '33')}\r\n\n${correction(1, '11').trim()}`.replaceAll('}\n', '}\r\n');
    const response = await repair(opened, id, gzipSync(body), { headers: { 'content-encoding': 'gzip' } });
    assert.equal(response.statusCode, 201, response.body);
    const { id: newId } = response.json<{ id: string }>();
    await waitFor(opened.engine, newId);
    assert.match(await results(opened, newId), /^11\n.*\n33\n$/);
  });

  test('gives a wrong correction an outcome of its own', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n2 / 0\n3 / 0\n4 / 0\n');
    const body =
      correction(1, '') + correction(2, '1\n2') + correction(3, `1${'+1'.repeat(40_000)}`) + correction(4, '1 +');
    const newId = await repaired(opened, id, body);
    const { items } = (await opened.app.inject(`/api/jobs/${newId}/operations`)).json<{
      items: { error: { code: string } }[];
    }>();
    assert.deepEqual(
      items.map(({ error }) => error.code),
      ['EMPTY', 'SYNTAX', 'TOO_LONG', 'SYNTAX'],
    );
  });

  test('keeps the ids that the upload gave', async (context) => {
    const opened = await open(context);
    const upload = '{"custom_id": "a", "request": "1 / 0"}\n{"custom_id": "b", "request": "2"}\nnot JSON\n';
    const posted = await opened.app.inject({ method: 'POST', url: '/api/jobs', headers: ndjson, body: upload });
    const { id } = posted.json<{ id: string }>();
    await waitFor(opened.engine, id);
    const newId = await repaired(opened, id, correction(1, '8', { custom_id: 'other' }) + correction(3, '9'));
    const { items } = (await opened.app.inject(`/api/jobs/${newId}/operations`)).json<{ items: object[] }>();
    assert.deepEqual(items, [
      { id: '1', custom_id: 'a', request: '8', result: '8' },
      { id: '2', custom_id: 'b', request: '2', result: '2' },
      { id: '3', request: '9', result: '9' },
    ]);
  });

  test('is repaired itself, as often as need be', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n2 / 0\n');
    const second = await repaired(opened, id, correction(1, '1'));
    const third = await repaired(opened, second, correction(2, '2'));
    assert.equal(await results(opened, third), '1\n2\n');
    assert.equal((await opened.app.inject(`/api/jobs/${third}`)).json<{ repairs: string }>().repairs, second);
  });
});

suite('a repair of a table', () => {
  const csv = 'name;price;qty\r\n"a;1";2;3\r\n"b\r\nc";x;4\r\nd;5\r\ne;6;0';

  async function tableJob(opened: Opened, body: string | Buffer, query: string, type = 'text/csv'): Promise<string> {
    const url = `/api/jobs?${query}`;
    const posted = await opened.app.inject({ method: 'POST', url, headers: { 'content-type': type }, body });
    assert.equal(posted.statusCode, 201, posted.body);
    const { id } = posted.json<{ id: string }>();
    await waitFor(opened.engine, id);
    return id;
  }

  test('puts rows in the place of rows, with their line ends, quotes and totals', async (context) => {
    const opened = await open(context);
    const id = await tableJob(opened, csv, 'formula=unit%20%3D%20price%20/%20qty&total=qty&errors=none');
    const body = correction(2, '"b\r\nc";8;4') + correction(3, 'd;5;5\r\n') + correction(4, 'e;6;3');
    const newId = await repaired(opened, id, body);
    assert.equal(
      await results(opened, newId, '?format=csv'),
      'name;price;qty;unit\r\n"a;1";2;3;0.6666666666666666666666666666666667\r\n"b\r\nc";8;4;2\r\nd;5;5;1\r\ne;6;3;2',
    );
    const job = (await opened.app.inject(`/api/jobs/${newId}`)).json<{
      totals: Record<string, { sum: string }>;
      formulas: string[];
    }>();
    assert.equal(job.totals['qty']?.sum, '15');
    assert.deepEqual(job.formulas, ['unit = price / qty']);
  });

  test('gives a wrong row an outcome of its own, also where nothing is left of the last one', async (context) => {
    const opened = await open(context);
    const id = await tableJob(opened, csv, 'formula=unit%20%3D%20price%20/%20qty');
    const newId = await repaired(
      opened,
      id,
      correction(2, '"never closed;1;2') + correction(3, 'd;5') + correction(4, ''),
    );
    const { items } = (await opened.app.inject(`/api/jobs/${newId}/operations`)).json<{
      items: { request: string; error?: { code: string } }[];
    }>();
    assert.deepEqual(
      items.map(({ request, error }) => [request, error?.code]),
      [
        ['"a;1";2;3', undefined],
        ['"never closed;1;2', 'QUOTE'],
        ['d;5', 'COLUMNS'],
        ['', 'EMPTY'],
      ],
    );
  });

  for (const request of ['b;1;2\nc;3;4', '"b;1\n2;3', 'b;1;2\n\n']) {
    test(`is refused when one of its rows is more than one: ${JSON.stringify(request)}`, async (context) => {
      const opened = await open(context);
      const id = await tableJob(opened, csv, 'formula=unit%20%3D%20price%20/%20qty');
      const response = await repair(opened, id, correction(3, 'd;5;5') + correction(2, request));
      const { code, detail } = response.json<ProblemBody>();
      assert.deepEqual([response.statusCode, code], [400, 'INVALID_CORRECTION']);
      assert.match(detail, /^Line 2 of the body: .*more than one row/);
    });
  }

  test('mends objects of NDJSON', async (context) => {
    const opened = await open(context);
    const rows = '{"price":1,"qty":2}\nnot JSON\n{"price":"x","qty":4}\n';
    const id = await tableJob(opened, rows, 'formula=total%20%3D%20price%20*%20qty', 'application/x-ndjson');
    const newId = await repaired(
      opened,
      id,
      correction(2, '{"price":3,"qty":3}') + correction(3, '{"price":5,"qty":4}'),
    );
    const totals = (await results(opened, newId, '?format=text')).trim().split('\n');
    assert.deepEqual(totals, ['2', '9', '20']);
    const broken = await repair(opened, id, correction(2, '{"price":3,\n"qty":3}'));
    assert.equal(broken.json<ProblemBody>().code, 'INVALID_CORRECTION');
  });

  test('leaves rows of another encoding to their file', async (context) => {
    const opened = await open(context);
    const body = Buffer.from('name,price\nM\xfcller,x\nMaier,y\n', 'latin1');
    const id = await tableJob(opened, body, 'formula=double%20%3D%202%20*%20price');
    const refused = await repair(opened, id, correction(1, 'M\ufffdller,1'));
    const { code, detail, operations } = refused.json<ProblemBody>();
    assert.deepEqual([refused.statusCode, code, operations], [409, 'NOT_CORRECTABLE', ['1']]);
    assert.match(detail, /not UTF-8/);
    const newId = await repaired(opened, id, correction(2, 'Maier,1'));
    const response = await opened.app.inject(`/api/jobs/${newId}/results?format=csv`);
    assert.ok(response.rawPayload.includes(Buffer.from('M\xfcller,x', 'latin1')));
  });
});

suite('a repair is refused', () => {
  const bad: Record<string, [string | Buffer, RegExp]> = {
    'not JSON': [`${correction(1, '2')}{"id"\n`, /^Line 2 of the body: It is not valid JSON\. Nothing is kept\.$/],
    'an array': ['[1]\n', /not a JSON object/],
    'no id': ['{"request": "1"}\n', /"id" is missing or not a string/],
    'a number as id': ['{"id": 1, "request": "1"}\n', /"id" is missing or not a string/],
    'an id that is no number': ['{"id": "01", "request": "1"}\n', /"01" is not the number of an operation/],
    'no request': ['{"id": "1"}\n', /"request" is missing or not a string/],
    'a member twice': ['{"id": "1", "request": "1", "request": "2"}\n', /"request" appears more than once/],
    'half a surrogate pair': ['{"id": "1", "request": "\\ud800"}\n', /surrogate/],
    'an id twice': [correction(1, '2') + correction(3, '2') + correction(1, '3'), /"1" appears more than once/],
    'bytes that are not UTF-8': [Buffer.from('{"id": "1", "request": "\xff"}\n', 'latin1'), /not valid UTF-8/],
    'a line that is too long': [correction(1, '1'.repeat(600_000)), /longer than/],
  };
  for (const [what, [body, message]] of Object.entries(bad)) {
    test(`for ${what}`, async (context) => {
      const opened = await open(context);
      const id = await finishedJob(opened, '1 / 0\n2\n3 / 0\n');
      const response = await repair(opened, id, body);
      const { code, detail } = response.json<ProblemBody>();
      assert.deepEqual([response.statusCode, code], [400, 'INVALID_CORRECTION'], response.body);
      assert.match(detail, message);
      assert.equal(opened.store.contents().length, 1);
    });
  }

  test('for operations that did not fail, with their ids', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(
      opened,
      lines(2_000, (line) => line === 700),
    );
    const body = [2_000, 1, 700, 513, 2_001, 9_999_999].map((line) => correction(line, '1')).join('');
    const response = await repair(opened, id, body);
    const problem = response.json<ProblemBody>();
    assert.deepEqual([response.statusCode, problem.code], [409, 'NOT_CORRECTABLE']);
    assert.deepEqual(problem.operations, ['1', '513', '2000', '2001', '9999999']);
    assert.match(
      problem.detail,
      /did not fail: 3 \(1, 513, 2000\).*Beyond the last operation of the job: 2 \(2001, 9999999\)/,
    );
    assert.equal(opened.store.contents().length, 1);
  });

  test('with the first 100 of them, where there are more', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(
      opened,
      lines(1_500, () => false),
    );
    const body = Array.from({ length: 1_500 }, (_, index) => correction(1_500 - index, '1')).join('');
    const { operations, detail } = (await repair(opened, id, body)).json<ProblemBody>();
    assert.deepEqual(
      operations,
      Array.from({ length: 100 }, (_, index) => String(index + 1)),
    );
    assert.match(detail, /did not fail: 1500 \(1, 2, 3, 4, 5, …\)/);
  });

  test('for a job that is unknown, or not finished', async (context) => {
    const opened = await open(context);
    for (const id of [unknownId, 'no-id']) {
      const response = await repair(opened, id, correction(1, '1'));
      assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [404, 'JOB_NOT_FOUND']);
    }
    opened.gate.close();
    const id = await postJob(opened.app, '1 / 0\n');
    const response = await repair(opened, id, correction(1, '1'));
    assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [409, 'JOB_NOT_FINISHED']);
    opened.gate.open();
  });

  test('without corrections, when nothing is left to be evaluated', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n');
    for (const body of ['', '\n\n']) {
      const response = await repair(opened, id, body);
      assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [400, 'EMPTY_UPLOAD']);
    }
  });

  test('for another media type or encoding', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n');
    const given: [object, number, string][] = [
      [{ 'content-type': 'application/json' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      [{ 'content-type': 'application/x-ndjson; charset=utf-16' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      [{ 'content-encoding': 'br' }, 415, 'UNSUPPORTED_ENCODING'],
      [{ 'content-encoding': 'gzip' }, 400, 'BAD_ENCODING'],
    ];
    for (const [headers, status, code] of given) {
      const response = await repair(opened, id, correction(1, '1'), { headers });
      assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [status, code]);
    }
    const utf16 = await repair(opened, id, Buffer.from(correction(1, '1'), 'utf16le'));
    assert.equal(utf16.json<ProblemBody>().code, 'NOT_UTF8');
  });

  test('when its corrections take more memory than there is for bodies', async (context) => {
    const opened = await openApp(context, { budgets: { bodyBytesMax: 100_000 } });
    const id = await finishedJob(opened, '1 / 0\n2 / 0\n3 / 0\n');
    const long = `1${'+1'.repeat(30_000)}`;
    const response = await repair(opened, id, correction(1, long) + correction(2, long) + correction(3, long));
    assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [413, 'TOO_MANY_BYTES']);
    assert.equal((await repair(opened, id, correction(1, '1'))).statusCode, 201);
  });
});

suite('a cancelled job', () => {
  test('is resumed by a repair without corrections, and without a body', async (context) => {
    const opened = await open(context);
    const count = 3 * chunkLinesMax;
    opened.gate.close();
    opened.gate.allow(1);
    const id = await postJob(
      opened.app,
      lines(count, (line) => line === 3),
    );
    await waitFor(opened.engine, id, chunkLinesMax);
    await opened.app.inject({ method: 'POST', url: `/api/jobs/${id}/cancel` });
    opened.gate.open();
    const notFailed = await repair(opened, id, correction(1_000, '1'));
    assert.equal(notFailed.json<ProblemBody>().code, 'NOT_CORRECTABLE');
    const response = await opened.app.inject({ method: 'POST', url: `/api/jobs/${id}/repair` });
    assert.equal(response.statusCode, 201, response.body);
    const { id: newId } = response.json<{ id: string }>();
    await waitFor(opened.engine, newId);
    const job = (await opened.app.inject(`/api/jobs/${newId}`)).json<Record<string, unknown>>();
    assert.deepEqual([job['status'], job['failed'], job['cancelled']], ['Completed', 1, 0]);
  });
});

suite('an Idempotency-Key of a repair', () => {
  test('gives the same job again, for the same corrections of the same job', async (context) => {
    const opened = await open(context);
    const id = await finishedJob(opened, '1 / 0\n2 / 0\n');
    const other = await finishedJob(opened, '1 / 0\n2 / 0\n');
    const headers = { 'idempotency-key': 'k' };
    const first = await repair(opened, id, correction(1, '1'), { headers });
    const again = await repair(opened, id, correction(1, '1'), { headers });
    assert.equal(again.json<{ id: string }>().id, first.json<{ id: string }>().id);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    for (const [jobId, body] of [
      [id, correction(1, '2')],
      [other, correction(1, '1')],
    ] as const) {
      const response = await repair(opened, jobId, body, { headers });
      assert.deepEqual([response.statusCode, response.json<ProblemBody>().code], [422, 'IDEMPOTENCY_KEY_REUSED']);
    }
  });
});
