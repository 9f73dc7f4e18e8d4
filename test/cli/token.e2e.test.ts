/** `mathmill token`, and a server that demands what it creates. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFolder, runMathmill, startServer, type Ended } from './mathmill.ts';

interface Event {
  readonly action: string;
  readonly principal?: string;
  readonly tenant: string;
  readonly object?: string;
  readonly status: number;
}

async function createToken(dataDirectory: string, ...args: readonly string[]): Promise<string> {
  const ended = await runMathmill(['token', 'create', '--data-dir', dataDirectory, ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^mm_\w+\n$/);
  assert.equal(ended.stderr.includes(ended.stdout.trim()), false);
  return ended.stdout.trim();
}

describe('a server with AUTHENTICATION=tokens', () => {
  it('serves those who have a token, which the command makes beside it', async (context) => {
    const folder = await createFolder(context);
    const dataDirectory = join(folder, 'data');
    const auditLog = join(folder, 'audit.log');
    // Before the first start of a server.
    const first = await createToken(dataDirectory, '--role', 'operator', '--name', 'admin');
    const environment = { DATA_DIR: dataDirectory, AUTHENTICATION: 'tokens', AUDIT_LOG: auditLog };
    const server = await startServer(context, { environment });
    // Beside it.
    const own = ['--tenant', 'acme', '--name', 'nightly', '--expires', '90d'];
    const submitter = await createToken(dataDirectory, '--role', 'submitter', ...own);
    const reader = await createToken(dataDirectory, '--role', 'reader', '--tenant', 'acme', '--name', 'report');
    const file = join(folder, 'token');
    await writeFile(file, `${submitter}\n`);
    const call = (token: string | undefined, ...args: string[]): Promise<Ended> =>
      runMathmill([...args, '--url', server.url], {
        input: '1 / 3\n',
        environment: token === undefined ? {} : { MATHMILL_TOKEN: token },
      });

    const refused = await call(undefined, 'submit', '-');
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /MATHMILL_TOKEN/);
    const submitted = await runMathmill(['submit', '-', '--follow', '--url', server.url], {
      input: '0.1 + 0.2\n',
      environment: { MATHMILL_TOKEN_FILE: file },
    });
    assert.equal(submitted.code, 0, submitted.stderr);
    const id = submitted.stdout.trim().split('\n')[0] ?? '';
    assert.equal((await call(reader, 'results', id)).stdout, '0.3\n');
    assert.equal((await call(reader, 'cancel', id)).code, 2);
    const foreign = await createToken(dataDirectory, '--role', 'reader', '--tenant', 'globex', '--name', 'x');
    assert.match((await call(foreign, 'results', id)).stderr, /JOB_NOT_FOUND/);
    assert.match((await call(first, 'list')).stdout, new RegExp(id));
    assert.equal((await call(submitter, 'delete', id)).code, 0);

    const events = (await readFile(auditLog, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    const shown = events.map(({ action, principal, tenant, object, status }) => [
      action,
      principal,
      tenant,
      object,
      status,
    ]);
    assert.deepEqual(shown, [
      ['auth.refused', undefined, undefined, undefined, 401],
      ['job.create', 'nightly', 'acme', id, 201],
      ['results.read', 'report', 'acme', id, 200],
      ['auth.refused', 'report', 'acme', id, 403],
      ['results.read', 'x', 'globex', id, 404],
      ['job.delete', 'nightly', 'acme', id, 204],
    ]);
    const text = await readFile(auditLog, 'utf8');
    for (const secret of [first, submitter, reader, foreign]) assert.equal(text.includes(secret), false);
    assert.equal(text.includes('0.1 + 0.2'), false);
  });

  it('accepts a token no longer than ten seconds after it was revoked by the command', async (context) => {
    const server = await startServer(context, { environment: { AUTHENTICATION: 'tokens' } });
    const token = await createToken(server.dataDirectory, '--role', 'reader', '--name', 'short');
    const status = async () =>
      (await fetch(`${server.url}/api/jobs`, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.equal(await status(), 200);
    const revoked = await runMathmill(['token', 'revoke', token, '--data-dir', server.dataDirectory]);
    assert.equal(revoked.code, 0, revoked.stderr);
    const begun = Date.now();
    while ((await status()) === 200) assert.ok(Date.now() - begun < 15_000, 'it is still accepted');
    const listed = await runMathmill(['token', 'list', '--data-dir', server.dataDirectory]);
    assert.match(listed.stdout, /short .*revoked/);
    const again = await runMathmill(['token', 'revoke', token, '--data-dir', server.dataDirectory]);
    assert.equal(again.code, 2);
  });

  it('does not start on an address that others reach unless it is told whom to serve', async (context) => {
    const folder = await createFolder(context);
    const ended = await runMathmill(['serve', '--host', '0.0.0.0', '--port', '0', '--data-dir', folder]);
    assert.equal(ended.code, 2);
    assert.match(
      ended.stderr,
      /--host 0\.0\.0\.0 lets other machines connect.*AUTHENTICATION=tokens.*AUTHENTICATION=none/,
    );
  });
});
