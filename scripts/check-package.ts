/**
 * Packs the project as npm would publish it, installs the package into an empty folder, and uses it: Node does not run
 * TypeScript inside node_modules, so the built package is another program than the clone and needs a proof of its own.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'mathmill-package-'));

function run(command: string, parameters: readonly string[], cwd: string): string {
  const result = spawnSync(command, parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  assert.equal(result.status, 0, `${command} ${parameters.join(' ')} failed`);
  return result.stdout;
}

/** The web page is built, and its script is where the document says. */
async function checkPage(url: string): Promise<void> {
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const script = /src="(app-\w+\.js)"/.exec(await page.text())?.[1];
  assert.ok(script !== undefined);
  assert.equal((await fetch(`${url}/${script}`)).status, 200);
}

/** The client is there for programs, with its types. */
async function useClient(url: string): Promise<void> {
  const program = `import { MathmillClient, type Job } from 'mathmill/client';
const client = new MathmillClient('${url}');
const { id } = await client.submit(['0.1 + 0.2', '1 / 3']);
const job: Job = await client.wait(id);
console.log(job.status, (await Array.fromAsync(client.results(id))).map(({ result }) => result).join());
`;
  writeFileSync(join(folder, 'program.mts'), program);
  const types = ['--noEmit', '--strict', '--target', 'es2024', '--lib', 'es2024,esnext.array,dom,dom.iterable'];
  run('tsc', [...types, '--module', 'nodenext', 'program.mts'], folder);
  const { stdout } = await promisify(execFile)(process.execPath, ['program.mts'], { cwd: folder });
  assert.equal(stdout, 'Completed 0.3,0.3333333333333333333333333333333333\n');
}

/** Serves a job from the built worker threads, then stops. */
async function useServer(command: string): Promise<void> {
  const server = spawn(command, ['serve'], {
    env: { ...process.env, DATA_DIR: join(folder, 'data'), HTTP_PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(server, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    const take = (bytes: Buffer): void => {
      output += bytes.toString();
      const serving = /serves at (http:\S+)/.exec(output)?.[1];
      if (serving !== undefined) resolve(serving);
    };
    server.stdout.on('data', take);
    server.stderr.on('data', take);
    server.once('exit', () => reject(new Error(`the server did not start:\n${output}`)));
  });
  const created = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '0.1 + 0.2\n',
  });
  const { id } = (await created.json()) as { id: string };
  const results = await fetch(`${url}/api/jobs/${id}/results?follow=true`);
  assert.equal(await results.text(), '0.3\n');
  assert.equal((await fetch(`${url}/docs`)).status, 200);
  await checkPage(url);
  await useClient(url);
  server.kill('SIGTERM');
  await ended;
  assert.equal(server.exitCode, 0);
}

try {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('tsc', ['-p', 'tsconfig.build.json'], root);
  run('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', join(folder, tarball)], folder);
  const command = join(folder, 'node_modules/.bin/mathmill');
  assert.equal(run(command, ['eval', '1/3'], folder), '0.3333333333333333333333333333333333\n');
  writeFileSync(join(folder, 'lines.txt'), '1 + 2\n2 * 3\n');
  assert.equal(run(command, ['run', 'lines.txt'], folder), '3\n6\n');
  await useServer(command);
  console.log(`${tarball} installs and works`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
