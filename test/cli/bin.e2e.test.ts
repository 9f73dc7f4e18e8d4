/** The entry on a Node that is too old: simulated, since which Nodes a machine has is not known. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { spawn } from 'node:child_process';
import { bin, createFolder, runMathmill, startServer, waitForOutput } from './mathmill.ts';

const oldNode = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });`;
const onOldNode = ['--import', `data:text/javascript,${encodeURIComponent(oldNode)}`];

describe('bin/mathmill.mjs on an old Node', () => {
  it('hands over to the Node of the project, with input, output and exit code', async () => {
    const ended = await runMathmill(['run', '-'], { nodeArguments: onOldNode, input: '1 + 2\n1 / 0\n' });
    assert.equal(ended.stderr, '');
    assert.equal(ended.stdout, '3\nERROR DIV0: Division by zero. (column 3)\n');
    assert.equal(ended.code, 1);
  });

  it('says what is needed when there is no other Node', async (context) => {
    const folder = await createFolder(context);
    await mkdir(join(folder, 'bin'));
    await copyFile(bin, join(folder, 'bin', 'mathmill.mjs'));
    const child = spawn(process.execPath, [...onOldNode, join(folder, 'bin', 'mathmill.mjs'), 'eval', '1']);
    const [message] = await waitForOutput(child.stderr, /.*\n.*\n/);
    assert.match(message, /^mathmill needs Node 24\.15 or newer, and this is Node 20\.19\.0\..*npm ci/);
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 2);
  });

  it('passes signals on and ends when the server has ended', async (context) => {
    const server = await startServer(context, { nodeArguments: onOldNode });
    server.child.kill('SIGTERM');
    const ended = await server.ended;
    assert.equal(ended.code, 0);
    assert.match(ended.stderr, /stopping/);
  });

  it('takes the server with it when it is killed', async (context) => {
    const server = await startServer(context, { nodeArguments: onOldNode });
    server.child.kill('SIGKILL');
    // The server holds the other ends of the pipes, so they close when it is gone.
    const ended = await server.ended;
    assert.match(ended.stderr, /stopping/);
    await assert.rejects(fetch(server.url));
  });
});

describe('bin/mathmill.mjs in a built package', () => {
  it('runs what was built when there are no sources', async (context) => {
    const folder = await createFolder(context);
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'dist', 'cli'), { recursive: true });
    await copyFile(bin, join(folder, 'bin', 'mathmill.mjs'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'dist', 'cli', 'main.js'), 'console.log(`built: ${process.argv.slice(2)}`);');
    const child = spawn(process.execPath, [join(folder, 'bin', 'mathmill.mjs'), 'eval', '1']);
    const [message] = await waitForOutput(child.stdout, /.*\n/);
    assert.equal(message, 'built: eval,1\n');
  });
});

describe('compiled code', { skip: process.platform === 'win32' || process.platform === 'darwin' }, () => {
  it('is kept in the cache folder of the user', async (context) => {
    const folder = await createFolder(context);
    const environment = { HOME: folder, XDG_CACHE_HOME: '' };
    const ended = await runMathmill(['eval', '1 + 2'], { environment });
    assert.equal(ended.stdout, '3\n');
    const [version = ''] = await readdir(join(folder, '.cache', 'mathmill', 'compiled'));
    assert.match(version, /^v24/);
  });

  it('is not missed where that folder cannot be written', async (context) => {
    const file = join(await createFolder(context), 'file');
    await writeFile(file, '');
    const environment = { XDG_CACHE_HOME: file };
    const ended = await runMathmill(['run', '-', '--threads', '2'], { environment, input: '1 + 2\n' });
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['3\n', '', 0]);
  });
});
