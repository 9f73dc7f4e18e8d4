/**
 * The life of a job through openapi-fetch, typed by what openapi-typescript generates (schema.d.ts, beside this file when
 * it runs).
 *
 *   node client.ts URL FILE
 */
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

const [url = '', file = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });

/** The body of a response that has to be a success. */
function expectData<Data>({ data, error }: { data?: Data; error?: unknown }): NonNullable<Data> {
  assert.ok(data !== undefined && data !== null, `an error: ${JSON.stringify(error)}`);
  return data;
}

// A job from a list of operations.
const operations = ['7 + 4 + 6 - 5 * 2', '0.1 + 0.2', '1 / 0'];
const created = expectData(await client.POST('/api/jobs', { body: { operations } }));
assert.equal(created.created_operations, 3);
const path = { job_id: created.id };
const job = expectData(await client.GET('/api/jobs/{job_id}', { params: { path, query: { wait: 60 } } }));
assert.deepEqual([job.status, job.succeeded, job.failed], ['Completed', 2, 1]);

// A job from a file.
const body = await openAsBlob(file);
const uploaded = expectData(
  await client.POST('/api/jobs', {
    body: body as unknown as string,
    bodySerializer: (blob) => blob,
    headers: { 'Content-Type': 'application/octet-stream' },
    params: { query: { name: 'from openapi-fetch' } },
  }),
);
assert.equal(uploaded.created_operations, 250);

// Events until the end.
const uploadedPath = { job_id: uploaded.id };
const events = expectData(
  await client.GET('/api/jobs/{job_id}/events', { params: { path: uploadedPath }, parseAs: 'text' }),
);
assert.match(events, /event: end\n(?:id: .*\n)?data: \{"reason":"finished"\}/);

// Pages.
const list = expectData(await client.GET('/api/jobs'));
assert.ok(list.items.some(({ id, name }) => id === uploaded.id && name === 'from openapi-fetch'));
const first = expectData(await client.GET('/api/jobs/{job_id}/operations', { params: { path: uploadedPath } }));
assert.deepEqual([first.total, first.items.length, first.items[0]?.result], [250, 30, '2']);
const query = { page: 2, size: 100 };
const second = expectData(await client.GET('/api/jobs/{job_id}/operations', { params: { path: uploadedPath, query } }));
assert.equal(second.items[0]?.id, '101');

// Results.
const results = await client.GET('/api/jobs/{job_id}/results', { params: { path }, parseAs: 'text' });
assert.equal(results.data, '7\n0.3\nERROR DIV0: Division by zero. (column 3)\n');

// A few operations without a job.
const { results: outcomes } = expectData(await client.POST('/api/evaluate', { body: { operations } }));
assert.deepEqual([outcomes[1]?.result, outcomes[2]?.error?.code], ['0.3', 'DIV0']);

// Cancel, delete, and the problem of a job that is gone.
const cancelled = expectData(await client.POST('/api/jobs/{job_id}/cancel', { params: { path } }));
assert.equal(cancelled.status, 'Completed');
for (const jobPath of [path, uploadedPath]) {
  const { response } = await client.DELETE('/api/jobs/{job_id}', { params: { path: jobPath } });
  assert.equal(response.status, 204);
}
const { error } = await client.GET('/api/jobs/{job_id}', { params: { path } });
assert.equal(error?.code, 'JOB_NOT_FOUND');
console.log('passed');
