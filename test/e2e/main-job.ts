/** The tests of jobs for every Mathmill, on one machine or on a cluster: each runs these cases against its own address. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { hostileCorpus } from '../expression/properties/hostile-corpus.ts';
import { postJob, readJob, readResults, waitForJob } from './server-process.ts';

interface Page {
  readonly total: number;
  readonly items: readonly {
    readonly id: string;
    readonly request: string;
    readonly result?: string;
    readonly error?: { readonly code: string; readonly column: number };
  }[];
}

async function readPage(url: string, id: string, query: string): Promise<Page> {
  return (await (await fetch(`${url}/api/jobs/${id}/operations?${query}`)).json()) as Page;
}

export function testMainJob(name: string, urlOf: () => string): void {
  describe(`the main job: ${name}`, () => {
    it('takes 10 lines from curl', async () => {
      const lines = Array.from({ length: 10 }, (_, index) => `${index} * 1.5\n`).join('');
      const parameters = ['-s', '--data-binary', '@-', '-H', 'Content-Type: text/plain', `${urlOf()}/api/jobs`];
      const answer = execFileSync('curl', parameters, { input: lines });
      const created = JSON.parse(answer.toString()) as { id: string; created_operations: number };
      assert.equal(created.created_operations, 10);
      const job = await waitForJob(urlOf(), created.id);
      assert.deepEqual([job.status, job.completed, job.succeeded, job.failed], ['Completed', 10, 10, 0]);
      assert.equal(await readResults(urlOf(), created.id), '0\n1.5\n3\n4.5\n6\n7.5\n9\n10.5\n12\n13.5\n');
    });

    it('takes one line', async () => {
      const { body, headers } = await postJob(urlOf(), '0.1 + 0.2');
      assert.equal(new URL(headers.get('location') ?? '', `${urlOf()}/api/jobs`).pathname, `/api/jobs/${body.id}`);
      await waitForJob(urlOf(), body.id);
      const operation = await (await fetch(`${urlOf()}/api/jobs/${body.id}/operations/1`)).json();
      assert.deepEqual(operation, { id: '1', request: '0.1 + 0.2', result: '0.3' });
    });

    it('gives a bad line its own error with a column, and its neighbours their results', async () => {
      const { body } = await postJob(urlOf(), '1 + 1\n2 +* 3\n\n3 + 3');
      const job = await waitForJob(urlOf(), body.id);
      assert.deepEqual([job.succeeded, job.failed], [2, 2]);
      const page = await readPage(urlOf(), body.id, 'page=1&size=10');
      assert.deepEqual(
        page.items.map(({ id, result, error }) => [id, result ?? `${error?.code} ${error?.column}`]),
        [
          ['1', '2'],
          ['2', 'SYNTAX 4'],
          ['3', 'EMPTY 1'],
          ['4', '6'],
        ],
      );
    });

    it('takes 1,000,000 lines: right counters, pages and results in line order', async () => {
      const count = 1_000_000;
      const lines = Array.from({ length: count }, (_, index) =>
        index % 1_000 === 999 ? `${index} / 0` : `${index} + 4 * 2`,
      );
      const { body } = await postJob(urlOf(), lines.join('\n'));
      const job = await waitForJob(urlOf(), body.id);
      assert.deepEqual(
        [job.operations, job.completed, job.succeeded, job.failed],
        [count, count, count - count / 1_000, count / 1_000],
      );
      const results = (await readResults(urlOf(), body.id)).split('\n');
      assert.equal(results.pop(), '');
      assert.equal(results.length, count);
      const wrong = results.findIndex((result, index) =>
        index % 1_000 === 999 ? !result.startsWith('ERROR DIV0') : result !== String(index + 8),
      );
      assert.equal(wrong, -1, `line ${wrong + 1}: ${results[wrong]}`);
      const page = await readPage(urlOf(), body.id, 'page=10000&size=100');
      assert.deepEqual([page.total, page.items[0]?.id, page.items.at(-1)?.id], [count, '999901', '1000000']);
      const failed = await readPage(urlOf(), body.id, 'page=10&size=100&outcome=failed');
      assert.deepEqual([failed.total, failed.items[0]?.id, failed.items.at(-1)?.id], [1_000, '901000', '1000000']);
    });

    it('takes 100,000 hostile lines: a normal job beside them completes first', async () => {
      const corpus = hostileCorpus.filter(({ bytes }) => bytes.length <= 200 && !bytes.includes(0x0a));
      const dear = Buffer.from(`${'sin(1e50)^7 + '.repeat(100)}1`);
      const lines = Array.from({ length: 100_000 }, (_, index) =>
        index % 3 === 0 ? dear : corpus[index % corpus.length]?.bytes,
      );
      const body = Buffer.concat(lines.flatMap((line) => (line === undefined ? [] : [line, Buffer.from('\n')])));
      const hostile = await postJob(urlOf(), body);
      assert.equal(hostile.status, 201);
      const normal = await postJob(urlOf(), '1 + 1\n'.repeat(2_000));
      assert.equal((await waitForJob(urlOf(), normal.body.id)).succeeded, 2_000);
      const job = await readJob(urlOf(), hostile.body.id);
      assert.deepEqual([job?.operations, job?.status], [100_000, 'InProgress']);
      const cancel = () => fetch(`${urlOf()}/api/jobs/${hostile.body.id}/cancel`, { method: 'POST' });
      let cancelled = await cancel();
      // Operations on the bus are evaluated all the same, and leave brokers and store of the same machine little until they are
      // done. A user repeats a request after a response 503.
      while (cancelled.status === 503) cancelled = await cancel();
      assert.equal(cancelled.status, 200);
      const done = await readResults(urlOf(), hostile.body.id);
      assert.equal(done.trimEnd().split('\n').length, 100_000);
    });

    it('gives uploads with one idempotency key at the same time one job', async () => {
      const body = '1 + 2\n'.repeat(50_000);
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => postJob(urlOf(), body, { 'idempotency-key': key })),
      );
      const created = answers.filter(({ status }) => status === 201);
      assert.ok(created.length >= 1);
      assert.equal(new Set(created.map((answer) => answer.body.id)).size, 1);
      assert.ok(answers.every(({ status }) => status === 201 || status === 200 || status === 409));
      const other = await postJob(urlOf(), '3', { 'idempotency-key': key });
      assert.equal(other.status, 422);
    });
  });
}
