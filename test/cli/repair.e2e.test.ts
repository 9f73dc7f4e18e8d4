/** `mathmill repair` and the file that it takes, against a real server. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFolder, runMathmill, startServer, type Ended, type Server } from './mathmill.ts';

const cleanups: (() => Promise<unknown> | undefined)[] = [];
const context = { after: (action: () => Promise<unknown>) => void cleanups.unshift(action) };
let server: Server;
let folder: string;

before(async () => {
  server = await startServer(context);
  folder = await createFolder(context);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function run(args: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
  return runMathmill(args, { environment: { MATHMILL_URL: server.url }, input });
}

async function submit(input: string): Promise<string> {
  const ended = await run(['submit', '-', '--follow', '--json'], input);
  return (JSON.parse(ended.stdout) as { id: string }).id;
}

async function submitTable(body: string, type: string, query: string): Promise<string> {
  const headers = { 'content-type': type };
  const response = await fetch(`${server.url}/api/jobs?${query}`, { method: 'POST', headers, body });
  assert.equal(response.status, 201);
  const { id } = (await response.json()) as { id: string };
  await run(['status', id, '--follow']);
  return id;
}

describe('mathmill repair', () => {
  it('takes the failed operations as they were written and edited, and writes all results', async () => {
    const id = await submit('1 / 4\n1 / 0\n2 +\n7 * 6\n');
    const failed = await run(['results', id, '--failed']);
    assert.equal(failed.code, 0, failed.stderr);
    const rows = failed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; error: { code: string } });
    assert.deepEqual(
      rows.map((row) => [row.id, row.error.code]),
      [
        ['2', 'DIV0'],
        ['3', 'SYNTAX'],
      ],
    );
    const path = join(folder, 'failed.ndjson');
    await writeFile(path, failed.stdout.replace('1 / 0', '1 / 8').replace('2 +', '2 + 2'));
    const repaired = await run(['repair', id, path]);
    assert.equal(repaired.code, 0, repaired.stderr);
    assert.equal(repaired.stdout, '0.25\n0.125\n4\n42\n');
    assert.match(repaired.stderr, /^Repaired as job [0-9a-f-]{36}: 4 operations, every operation has a result\n$/);
    const first = await run(['results', id, '--format', 'ndjson', '--outcome', 'failed']);
    assert.equal(first.stdout, failed.stdout);
  });

  it('reads standard input, writes a file, and ends with 1 while operations still fail', async () => {
    const id = await submit('1 / 0\n2 / 0\n');
    const path = join(folder, 'results.txt');
    const ended = await run(['repair', id, '-', '-o', path, '--name', 'mended'], '{"id":"1","request":"1"}\n');
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /2 operations, 1 without a result/);
    assert.match(await readFile(path, 'utf8'), /^1\nERROR DIV0/);
    const list = await run(['list', '--json']);
    assert.match(list.stdout, /"name":"mended"/);
  });

  it('writes the id alone with --detach', async () => {
    const id = await submit('1 / 0\n');
    const ended = await run(['repair', id, '-', '--detach'], '{"id":"1","request":"5"}\n');
    assert.match(ended.stdout, /^[0-9a-f-]{36}\n$/);
    const results = await run(['results', '--follow', ended.stdout.trim()]);
    assert.equal(results.stdout, '5\n');
  });

  it('mends tables of CSV and of NDJSON alike', async () => {
    const csv = await submitTable('price,qty\n1,2\n3,x\n', 'text/csv', 'formula=t%20%3D%20price%20*%20qty&errors=none');
    const ndjson = await submitTable(
      '{"price":1,"qty":2}\n{"price":3,"qty":"x"}\n',
      'application/x-ndjson',
      'formula=t%20%3D%20price%20*%20qty',
    );
    const expected: [string, string][] = [
      [csv, 'price,qty,t\n1,2,2\n3,4,12\n'],
      [ndjson, '{"price":1,"qty":2,"t":"2"}\n{"price":3,"qty":"4","t":"12"}\n'],
    ];
    for (const [id, results] of expected) {
      const failed = await run(['results', id, '--failed']);
      assert.match(failed.stdout, /^\{"id":"2","request":.*"errors":.*\}\n$/, failed.stderr);
      const repaired = await run(
        ['repair', id, '-'],
        failed.stdout.replace(/x(\\?")?/, (_, mark) => `4${mark ?? ''}`),
      );
      assert.equal(repaired.stdout, results, repaired.stderr);
    }
  });

  it('says which operations may not be corrected, and writes nothing', async () => {
    const id = await submit('1\n1 / 0\n');
    const path = join(folder, 'nothing.txt');
    const ended = await run(['repair', id, '-', '-o', path], '{"id":"1","request":"5"}\n');
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /For operations that did not fail: 1 \(1\).*\(NOT_CORRECTABLE\)/);
    await assert.rejects(readFile(path));
  });

  it('knows --failed only without a format of its own', async () => {
    const ended = await run(['results', 'x', '--failed', '--format', 'csv']);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /cannot be used with/);
  });
});
