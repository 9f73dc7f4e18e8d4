import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { createFolder, runMathmill, startServer, waitForOutput, type Server } from './mathmill.ts';

/** Opens an upload and leaves it unfinished, so that a graceful stop has something to wait for. */
async function holdUpload(server: Server): Promise<void> {
  const upload = request(`${server.url}/api/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain', Expect: '100-continue' },
  });
  upload.on('error', () => undefined);
  upload.flushHeaders();
  await once(upload, 'continue');
  upload.write('1 + 2\n');
}

describe('mathmill serve', () => {
  it('says where it serves, what to try, and keeps jobs over a restart', async (context) => {
    const server = await startServer(context);
    const submitted = await runMathmill(['submit', '-', '--follow', '--url', server.url], { input: '1 + 2\n' });
    assert.equal(submitted.code, 0, submitted.stderr);
    const id = submitted.stdout.split('\n')[0] ?? '';
    server.child.kill('SIGTERM');
    const ended = await server.ended;
    assert.equal(ended.code, 0);
    assert.ok(ended.stderr.includes(`keeps its data in ${server.dataDirectory}\n`));
    assert.match(ended.stderr, /^Open it in a browser, or try: {2}printf .* \| curl .*\/api\/jobs$/m);
    assert.match(ended.stderr, /stopping; a second signal stops it immediately\n$/);
    const again = await startServer(context, { environment: { DATA_DIR: server.dataDirectory } });
    const results = await runMathmill(['results', id], { environment: { MATHMILL_URL: again.url } });
    assert.deepEqual(results, { code: 0, signal: null, stdout: '3\n', stderr: '' });
  });

  it('stops at SIGINT too', async (context) => {
    const server = await startServer(context);
    server.child.kill('SIGINT');
    assert.equal((await server.ended).code, 0);
  });

  it('stops at once at the second signal', async (context) => {
    const server = await startServer(context);
    await holdUpload(server);
    const stopping = waitForOutput(server.child.stderr, /stopping/);
    server.child.kill('SIGTERM');
    await stopping;
    const ended = server.ended.then(({ code, stderr }) => ({ code, stderr }));
    // Repeats within a quarter of a second count as one, so the second signal is sent until it counts.
    const isOver = ended.then(() => true);
    while (!(await Promise.race([isOver, pause(50, false)]))) server.child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 143);
    assert.match(stderr, /stopped immediately\n$/);
  });

  it('lists everything that is wrong with its settings', async () => {
    const ended = await runMathmill(['serve', '--port', 'http'], {
      environment: { LOG_LEVEL: 'loud', RETENTION_DAYS: '-1' },
    });
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, '');
    const [head, ...problems] = ended.stderr.trimEnd().split('\n');
    assert.equal(head, 'mathmill: 3 invalid settings');
    assert.deepEqual(
      problems.map((problem) => /^ {2}(--[a-z]+|[A-Z_]+) must be .*, not ".*"$/.exec(problem)?.[1]),
      ['--port', 'LOG_LEVEL', 'RETENTION_DAYS'],
    );
  });

  it('does not start where it cannot', async (context) => {
    const folder = await createFolder(context);
    const file = join(folder, 'file');
    await writeFile(file, '');
    const [link, loop] = [join(folder, 'link'), join(folder, 'loop')];
    await symlink(join(folder, 'nothing'), link);
    await symlink(loop, loop);
    const server = await startServer(context);
    const port = new URL(server.url).port;
    const cases: readonly (readonly [name: string, environment: Record<string, string>, message: RegExp])[] = [
      ['a port in use', { HTTP_PORT: port, DATA_DIR: join(folder, 'a') }, /HTTP_PORT \d+ .*in use.*set HTTP_PORT/],
      ['an address of another machine', { HTTP_HOST: '192.0.2.1', DATA_DIR: join(folder, 'b') }, /set HTTP_HOST/],
      [
        'a host of no known name',
        { HTTP_HOST: 'mill.invalid', DATA_DIR: join(folder, 'c') },
        /HTTP_HOST mill\.invalid/,
      ],
      ['a data folder in use', { DATA_DIR: server.dataDirectory }, /DATA_DIR \S+ is in use by another Mathmill/],
      ['a file in place of the folder', { DATA_DIR: join(file, 'data') }, /is a file; set DATA_DIR to a folder/],
      ['a link to nothing', { DATA_DIR: link }, /DATA_DIR .*link to nothing/],
      ['a folder below a link to nothing', { DATA_DIR: join(link, 'data') }, /DATA_DIR .*link to nothing/],
      ['a link to itself', { DATA_DIR: loop }, /DATA_DIR .*lead to themselves/],
      ['a path that is too long', { DATA_DIR: join(folder, 'a'.repeat(5_000)) }, /^.{0,400}its path is too long/],
      ['a long path of many folders', { DATA_DIR: join(folder, 'a/'.repeat(2_500)) }, /^.{0,400}its path is too long/],
    ];
    for (const [name, environment, message] of cases) {
      const ended = await runMathmill(['serve'], {
        environment: { LOG_LEVEL: 'silent', HTTP_PORT: '0', AUTHENTICATION: 'none', ...environment },
      });
      assert.equal(ended.code, 2, name);
      assert.match(ended.stderr, /^mathmill: cannot start: /, name);
      assert.match(ended.stderr, message, name);
      assert.doesNotMatch(ended.stderr, / {4}at /, name);
    }
  });

  it('says so when a folder cannot be made, and names the option', { skip: process.platform !== 'linux' }, async () => {
    const ended = await runMathmill(['serve', '--port', '0', '--data-dir', '/proc/nope']);
    assert.equal(ended.code, 2);
    assert.match(
      ended.stderr,
      /^mathmill: cannot start: --data-dir \/proc\/nope cannot be used: .*set --data-dir to .*\n$/,
    );
  });

  it('takes no empty option for one that was not given', async () => {
    for (const option of ['--data-dir', '--host', '--port', '--threads']) {
      const ended = await runMathmill(['serve', option, '']);
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /It must not be empty/);
    }
  });

  it('keeps the data from other users, and says when they can reach it', async (context) => {
    const folder = await createFolder(context);
    await chmod(folder, 0o755);
    const server = await startServer(context, { environment: { DATA_DIR: folder } });
    server.child.kill('SIGTERM');
    const { stdout } = await server.ended;
    const [warning = '{}'] = stdout.split('\n');
    const { command } = JSON.parse(warning) as { command?: string };
    assert.equal(command, `chmod go= ${folder}`);
  });
});
