/** Mathmill alone, as a person runs it: a real process, a real disk, real connections. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { hostileCorpus } from '../expression/proofs/hostile-corpus.ts';
import {
  createDataDirectory,
  postJob,
  readJob,
  readResults,
  startServer,
  waitForJob,
  type ServerProcess,
} from './server-process.ts';

const data = createDataDirectory();
let server: ServerProcess;

before(async () => {
  server = await startServer(join(data.path, 'shared'));
});
after(async () => {
  await server.stop();
  data.remove();
});

interface Page {
  readonly total: number;
  readonly items: readonly {
    readonly id: string;
    readonly request: string;
    readonly result?: string;
    readonly error?: { readonly code: string; readonly column: number };
  }[];
}

async function readPage(id: string, query: string): Promise<Page> {
  return (await (await fetch(`${server.url}/api/jobs/${id}/operations?${query}`)).json()) as Page;
}

describe('the main job', () => {
  it('takes 10 lines from curl', async () => {
    const file = join(data.path, 'ten.txt');
    writeFileSync(file, Array.from({ length: 10 }, (_, index) => `${index} * 1.5\n`).join(''));
    const answer = execFileSync('curl', [
      '-s',
      '--data-binary',
      `@${file}`,
      '-H',
      'Content-Type: text/plain',
      `${server.url}/api/jobs`,
    ]);
    const created = JSON.parse(answer.toString()) as { id: string; created_operations: number };
    assert.equal(created.created_operations, 10);
    const job = await waitForJob(server.url, created.id);
    assert.deepEqual([job.status, job.completed, job.succeeded, job.failed], ['Completed', 10, 10, 0]);
    assert.equal(await readResults(server.url, created.id), '0\n1.5\n3\n4.5\n6\n7.5\n9\n10.5\n12\n13.5\n');
  });

  it('takes one line', async () => {
    const { body, headers } = await postJob(server.url, '0.1 + 0.2');
    assert.equal(headers.get('location'), `/api/jobs/${body.id}`);
    await waitForJob(server.url, body.id);
    const operation = await (await fetch(`${server.url}/api/jobs/${body.id}/operations/1`)).json();
    assert.deepEqual(operation, { id: '1', request: '0.1 + 0.2', result: '0.3' });
  });

  it('gives a bad line its own error with a column, and its neighbours their results', async () => {
    const { body } = await postJob(server.url, '1 + 1\n2 +* 3\n\n3 + 3');
    const job = await waitForJob(server.url, body.id);
    assert.deepEqual([job.succeeded, job.failed], [2, 2]);
    const page = await readPage(body.id, 'page=1&size=10');
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
    const { body } = await postJob(server.url, lines.join('\n'));
    const job = await waitForJob(server.url, body.id);
    assert.deepEqual(
      [job.operations, job.completed, job.succeeded, job.failed],
      [count, count, count - count / 1_000, count / 1_000],
    );
    const results = (await readResults(server.url, body.id)).split('\n');
    assert.equal(results.pop(), '');
    assert.equal(results.length, count);
    const wrong = results.findIndex((result, index) =>
      index % 1_000 === 999 ? !result.startsWith('ERROR DIV0') : result !== String(index + 8),
    );
    assert.equal(wrong, -1, `line ${wrong + 1}: ${results[wrong]}`);
    const page = await readPage(body.id, 'page=10000&size=100');
    assert.deepEqual([page.total, page.items[0]?.id, page.items.at(-1)?.id], [count, '999901', '1000000']);
    const failed = await readPage(body.id, 'page=10&size=100&outcome=failed');
    assert.deepEqual([failed.total, failed.items[0]?.id, failed.items.at(-1)?.id], [1_000, '901000', '1000000']);
  });

  it('takes 100,000 hostile lines: a normal job beside them completes first', async () => {
    const corpus = hostileCorpus.filter(({ bytes }) => bytes.length <= 200 && !bytes.includes(0x0a));
    const dear = Buffer.from(`${'sin(1e50)^7 + '.repeat(100)}1`);
    const lines = Array.from({ length: 100_000 }, (_, index) =>
      index % 3 === 0 ? dear : corpus[index % corpus.length]?.bytes,
    );
    const body = Buffer.concat(lines.flatMap((line) => (line === undefined ? [] : [line, Buffer.from('\n')])));
    const hostile = await postJob(server.url, body);
    assert.equal(hostile.status, 201);
    const normal = await postJob(server.url, '1 + 1\n'.repeat(2_000));
    assert.equal((await waitForJob(server.url, normal.body.id)).succeeded, 2_000);
    const job = await readJob(server.url, hostile.body.id);
    assert.deepEqual([job?.operations, job?.status], [100_000, 'InProgress']);
    const cancelled = await fetch(`${server.url}/api/jobs/${hostile.body.id}/cancel`, { method: 'POST' });
    assert.equal(cancelled.status, 200);
    const done = await readResults(server.url, hostile.body.id);
    assert.equal(done.trimEnd().split('\n').length, 100_000);
  });

  it('gives uploads with one idempotency key at the same time one job', async () => {
    const body = '1 + 2\n'.repeat(50_000);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => postJob(server.url, body, { 'idempotency-key': 'same-time' })),
    );
    const created = answers.filter(({ status }) => status === 201);
    assert.ok(created.length >= 1);
    assert.equal(new Set(created.map((answer) => answer.body.id)).size, 1);
    assert.ok(answers.every(({ status }) => status === 201 || status === 200 || status === 409));
    const other = await postJob(server.url, '3', { 'idempotency-key': 'same-time' });
    assert.equal(other.status, 422);
  });

  it('counts a compression bomb by what it unfolds to', async () => {
    const small = await startServer(join(data.path, 'bomb'), { UPLOAD_BYTES_MAX: '1MB' });
    try {
      const bomb = gzipSync(Buffer.alloc(50_000_000, '1'));
      const answer = await postJob(small.url, bomb, { 'content-encoding': 'gzip' });
      assert.equal(answer.status, 413);
      const jobs = (await (await fetch(`${small.url}/api/jobs`)).json()) as { total: number };
      assert.equal(jobs.total, 0);
    } finally {
      await small.stop();
    }
  });
});

describe('a start that cannot work says why', () => {
  it('two servers on one data folder', async () => {
    await assert.rejects(startServer(join(data.path, 'shared')), (error: Error) => {
      assert.match(error.message, /ended with code [1-9]/);
      assert.match(error.message, /shared/);
      assert.match(error.message, /another|already|in use/i);
      return true;
    });
  });

  it('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      const start = startServer(join(data.path, 'port'), { HTTP_PORT: String(address.port) });
      await assert.rejects(start, (error: Error) => {
        assert.match(error.message, new RegExp(`port ${address.port} .* in use`, 'i'));
        return true;
      });
    } finally {
      other.close();
    }
  });

  it('a data folder that is a file', async () => {
    const file = join(data.path, 'file');
    writeFileSync(file, '');
    await assert.rejects(startServer(file), /not a folder|is a file/);
  });

  it(
    'a data folder that is not writable',
    { skip: process.platform === 'win32' && 'modes mean little there' },
    async () => {
      const folder = join(data.path, 'readonly');
      mkdirSync(folder);
      chmodSync(folder, 0o500);
      if (process.getuid?.() !== 0) {
        await assert.rejects(startServer(folder), /readonly/);
        return;
      }
      // Root may write everywhere, so the server runs as nobody here.
      chmodSync(data.path, 0o755);
      const result = spawnSync(process.execPath, ['bin/mathmill.mjs', 'serve'], {
        uid: 65_534,
        gid: 65_534,
        env: { DATA_DIR: folder, HTTP_PORT: '0' },
        encoding: 'utf8',
      });
      assert.equal(result.status, 2);
      assert.match(result.stderr, /readonly.*(writ|permission)/i);
    },
  );

  it('settings that are wrong, all of them at once', async () => {
    await assert.rejects(startServer(data.path, { HTTP_PORT: 'http', RETENTION_DAYS: '-1' }), (error: Error) => {
      assert.match(error.message, /HTTP_PORT/);
      assert.match(error.message, /RETENTION_DAYS/);
      return true;
    });
  });
});

describe('a stop', () => {
  it('under load exits 0, and the next start goes on with everything that was accepted', async () => {
    const folder = join(data.path, 'stop');
    const first = await startServer(folder);
    const accepted = await Promise.all([
      postJob(first.url, '1 + 2\n'.repeat(300_000)),
      postJob(first.url, 'exp(1.1) * sin(2.2)\n'.repeat(50_000)),
    ]);
    const upload = postJob(first.url, '1 + 2\n'.repeat(2_000_000)).catch(() => undefined);
    await sleep(100);
    assert.equal(await first.stop(), 0, first.output());
    const late = await upload;
    const second = await startServer(folder);
    try {
      for (const { body } of accepted) {
        const job = await waitForJob(second.url, body.id);
        assert.equal(job.succeeded, job.operations);
      }
      const jobs = (await (await fetch(`${second.url}/api/jobs`)).json()) as { total: number };
      assert.equal(jobs.total, late?.status === 201 ? 3 : 2);
    } finally {
      await second.stop();
    }
  });
});

describe('a full disk', () => {
  const isPossible = process.platform === 'linux' && process.getuid?.() === 0;
  const skip = !isPossible && 'needs root to mount a small file system';
  it('is answered with 507, keeps nothing by halves, and work goes on when there is room', { skip }, async (test) => {
    const mount = join(data.path, 'small');
    mkdirSync(mount);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', mount]).status !== 0) {
      test.skip('this sandbox does not allow mounts');
      return;
    }
    const ballast = join(mount, 'ballast');
    const small = await startServer(join(mount, 'data'));
    try {
      const kept = await postJob(small.url, '1 + 2\n'.repeat(1_000));
      assert.equal(kept.status, 201);
      await waitForJob(small.url, kept.body.id);
      writeFileSync(ballast, Buffer.alloc(statfsSync(mount).bavail * statfsSync(mount).bsize - 1_000_000));
      const refused = await postJob(small.url, '1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9\n'.repeat(500_000));
      assert.equal(refused.status, 507, JSON.stringify(refused.body));
      const jobs = (await (await fetch(`${small.url}/api/jobs`)).json()) as { total: number };
      assert.equal(jobs.total, 1);
      assert.equal((await readResults(small.url, kept.body.id)).split('\n').length, 1_001);
      rmSync(ballast);
      const again = await postJob(small.url, '2 + 2\n'.repeat(1_000));
      assert.equal(again.status, 201, JSON.stringify(again.body));
      assert.equal((await waitForJob(small.url, again.body.id)).succeeded, 1_000);
    } finally {
      await small.stop();
      spawnSync('umount', [mount]);
    }
  });

  it('in the middle of an upload leaves nothing of it', { skip }, async (test) => {
    const mount = join(data.path, 'smaller');
    mkdirSync(mount);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', mount]).status !== 0) {
      test.skip('this sandbox does not allow mounts');
      return;
    }
    const small = await startServer(join(mount, 'data'));
    try {
      const refused = await postJob(small.url, '1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9\n'.repeat(6_000_000));
      assert.equal(refused.status, 507, JSON.stringify(refused.body));
      for (;;) {
        const again = await postJob(small.url, '2 + 2\n'.repeat(1_000));
        if (again.status === 201) {
          assert.equal((await waitForJob(small.url, again.body.id)).succeeded, 1_000);
          break;
        }
        assert.equal(again.status, 507);
        await sleep(50);
      }
    } finally {
      await small.stop();
      spawnSync('umount', [mount]);
    }
  });
});
