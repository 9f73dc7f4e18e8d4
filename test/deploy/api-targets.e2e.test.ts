/** The `make api-…` targets against a running server: requests, answers, exit codes, and that nothing given is read as code. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';

const root = resolve(import.meta.dirname, '../..');
const data = createDataDirectory();
let server: ServerProcess;

before(async () => (server = await startServer(join(data.path, 'data'))));
after(async () => {
  await server.stop();
  data.remove();
});

interface MakeResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function make(target: string, variables: Readonly<Record<string, string>> = {}): Promise<MakeResult> {
  const given = Object.entries({ API_URL: server.url, ...variables }).map(([name, value]) => `${name}=${value}`);
  const child = spawn('make', ['--silent', target, ...given], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

async function makeWell(target: string, variables: Readonly<Record<string, string>> = {}): Promise<MakeResult> {
  const result = await make(target, variables);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result;
}

/** The answer must be JSON of more than one line: indented. */
function read({ stdout }: MakeResult): unknown {
  assert.match(stdout, /\n {2}"/);
  return JSON.parse(stdout);
}

async function createJob(kind: string): Promise<{ id: string; created_operations: number }> {
  const result = await makeWell(`api-create-job-with-${kind}`);
  assert.match(result.stderr, new RegExp(`POST ${server.url}/api/jobs -> 201`));
  return read(result) as { id: string; created_operations: number };
}

describe('make api-…', () => {
  it('creates jobs of one operation, of several, and with one that fails', async () => {
    assert.equal((await createJob('single-operation')).created_operations, 1);
    assert.ok((await createJob('multiple-operations')).created_operations > 1);
    const { id } = await createJob('error-operation');
    await (await fetch(`${server.url}/api/jobs/${id}/results?follow=true`)).text();
    const result = await makeWell('api-get-job', { JOB_ID: id });
    assert.match(result.stderr, new RegExp(`GET ${server.url}/api/jobs/${id} -> 200`));
    const { status, failed } = read(result) as { status: string; failed: number };
    assert.deepEqual({ status, failed }, { status: 'Completed', failed: 1 });
  });

  it('lists jobs and operations by the page', async () => {
    const { id } = await createJob('multiple-operations');
    const jobs = await makeWell('api-get-jobs', { PAGE: '2', PAGE_SIZE: '1' });
    assert.match(jobs.stderr, /\/api\/jobs\?page=2&size=1 -> 200/);
    const { page, size, items } = read(jobs) as { page: number; size: number; items: unknown[] };
    assert.deepEqual([page, size, items.length], [2, 1, 1]);
    assert.equal((read(await makeWell('api-get-jobs')) as { page: number }).page, 1);
    const operations = await makeWell('api-get-job-operations', { JOB_ID: id, PAGE: '2', PAGE_SIZE: '2' });
    assert.deepEqual(
      (read(operations) as { items: { id: string }[] }).items.map((item) => item.id),
      ['3', '4'],
    );
    const operation = await makeWell('api-get-job-operation', { JOB_ID: id, OPERATION_ID: '2' });
    assert.equal((read(operation) as { request: string }).request, '0.1 + 0.2');
  });

  it('deletes a job', async () => {
    const { id } = await createJob('single-operation');
    const result = await makeWell('api-delete-job', { JOB_ID: id });
    assert.match(result.stderr, /DELETE .* -> 204/);
    const again = await make('api-get-job', { JOB_ID: id });
    assert.notEqual(again.code, 0);
    assert.match(again.stderr, /-> 404/);
    assert.equal((read(again) as { status: number }).status, 404);
  });

  it('says what is missing', async () => {
    for (const target of ['api-get-job', 'api-get-job-operations', 'api-get-job-operation', 'api-delete-job']) {
      const { code, stderr } = await make(target);
      assert.notEqual(code, 0);
      assert.match(stderr, /JOB_ID is missing/);
    }
    const { code, stderr } = await make('api-get-job-operation', { JOB_ID: 'some-job' });
    assert.notEqual(code, 0);
    assert.match(stderr, /OPERATION_ID is missing/);
  });

  it('says that nobody answers', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const url = `http://127.0.0.1:${(unused.address() as AddressInfo).port}`;
    unused.close();
    await once(unused, 'close');
    const { code, stderr } = await make('api-get-jobs', { API_URL: url });
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`no answer from ${url}/api/jobs`));
  });

  it('reads nothing that it is given as code or as another path', async () => {
    const trace = join(data.path, 'trace');
    const hostile = [
      `$(shell touch ${trace})`,
      `$$(touch ${trace})`,
      `\`touch ${trace}\``,
      `'; touch ${trace}; '`,
      `" ; touch ${trace} #`,
      '../../health',
      '-o/dev/null',
      'a b',
      '%2e%2e',
    ];
    for (const value of hostile) {
      const job = await make('api-get-job', { JOB_ID: value });
      assert.notEqual(job.code, 0, value);
      await make('api-get-jobs', { PAGE: value, PAGE_SIZE: value });
      await make('api-get-jobs', { API_URL: value });
    }
    assert.equal(existsSync(trace), false);
  });
});
