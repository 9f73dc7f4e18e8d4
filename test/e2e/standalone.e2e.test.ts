/** Mathmill alone, as a person runs it: a real process, a real disk, real connections. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { testMainJob } from './main-job.ts';
import {
  createDataDirectory,
  postJob,
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

testMainJob('standalone', () => server.url);

describe('a compression bomb', () => {
  it('counts by what it unfolds to', async () => {
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
      postJob(first.url, 'exp(1.1) * sin(2.2)\nexp(1.2) * sin(2.1)\n'.repeat(25_000)),
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
