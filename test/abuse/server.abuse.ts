/**
 * One server with the default limits in the memory of a container (512 MiB), and clients at 127.0.0.1 that try to take all
 * of it. Each time the server stays up, its memory stays below the limit, held resources are given back, and a client of
 * another address is served. Linux only: every address of 127.0.0.0/8 is one of the machine there.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { createDataDirectory } from '../e2e/server-process.ts';
import { startAttack, type Attack, type RunningAttack } from './attack.ts';
import { awaitJob, call, createJob, eventually, submit } from './clients.ts';
import { limitMemory, type MemoryLimit } from './memory-limit.ts';

const mebibyte = 1024 * 1024;
const memoryBytes = 512 * mebibyte;
/** The memory seen after all attacks, and room: the heaps and the allocator keep most of the freed memory for later use. */
const remainsBytesMax = 448 * mebibyte;
/** Shows that no client is shut out until the attack is over. The limit says nothing about speed: the machine may be busy. */
const answerMsMax = 20_000;
/**
 * The share of the main thread that the followers of a job may take: the job keeps the rest. CPU time, since the clients of
 * the test share the cores with the server: the duration of a job says little. The server itself allows them a twentieth.
 */
const followersShareMax = 0.2;
const attacker = '127.0.0.1';
const user = '127.0.0.2';

const root = join(import.meta.dirname, '../..');
const data = createDataDirectory();
let server: ChildProcess;
let limit: MemoryLimit;
let port: number;
let restBytes: number;

function residentBytes(): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** Files that this user may open: each connection is one, here and in the server. */
function openFilesMax(): number {
  return Number(execFileSync('sh', ['-c', 'ulimit -Hn']).toString().replace('unlimited', '1000000'));
}

const connectionsMax = Math.min(10_000, openFilesMax() - 500);

async function startServer(): Promise<void> {
  limit = limitMemory(memoryBytes);
  const [command, args] = limit.wrap(process.execPath, ['bin/mathmill.mjs', 'serve']);
  server = spawn(command, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      // As the containers have it (docker-compose.yml).
      NODE_OPTIONS: '--max-old-space-size=384',
      HTTP_PORT: '0',
      LOG_LEVEL: 'error',
      DATA_DIR: data.path,
      CONNECTIONS_MAX: String(connectionsMax),
    },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const text = await new Promise<string>((resolve, reject) => {
    let output = '';
    server.stderr?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes('serves at')) resolve(output);
    });
    server.once('close', () => reject(new Error(`the server ended: ${output}`)));
  });
  port = Number(/serves at http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
}

async function attackWith(attack: Omit<Attack, 'port' | 'address'>): Promise<RunningAttack> {
  return startAttack({ port, address: attacker, ...attack });
}

/** Another user uploads a job and gets its results, while the attack goes on. */
async function useServer(context: TestContext): Promise<void> {
  const answer = await submit(port, user, '1 + 2\n');
  assert.equal(answer.status, 201, answer.body);
  context.diagnostic(`another address uploaded in ${Math.round(answer.milliseconds)} ms`);
  assert.ok(answer.milliseconds < answerMsMax, 'another address was shut out');
  const { id } = JSON.parse(answer.body) as { id: string };
  await awaitJob(port, user, id);
  assert.equal((await call(port, { path: `/api/jobs/${id}/results`, address: user })).body, '3\n');
}

/** Watches the memory until `during` is over, and checks the maximum. */
async function watchMemory(context: TestContext, during: () => Promise<void>): Promise<void> {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, residentBytes())), 50);
  try {
    await during();
  } finally {
    clearInterval(timer);
  }
  assert.equal(server.exitCode ?? server.signalCode, null, 'the server lives');
  const [before, peak, now] = [restBytes, most, residentBytes()].map((bytes) => `${Math.round(bytes / mebibyte)} MiB`);
  context.diagnostic(`resident: ${before} at rest, ${peak} at the most, ${now} after it`);
  assert.ok(most < memoryBytes, `${peak} were resident`);
  await eventually(async () => ((await readHeld()) === 0 ? true : undefined));
  assert.ok(residentBytes() < remainsBytesMax, `${now} stayed`);
}

/** The amounts that clients hold of all budgets but the connections, of which this request has one. */
async function readHeld(): Promise<number> {
  const { body } = await call(port, { path: '/metrics', address: user });
  const lines = body.matchAll(/^mathmill_http_(?:slots_used|memory_used_bytes)\{kind="(\w+)"[^}]*\} (\d+)$/gm);
  const held = Array.from(lines).filter(([, kind]) => kind !== 'connections');
  assert.equal(held.length, 7);
  return held.reduce((sum, [, , used]) => sum + Number(used), 0);
}

/** CPU time of the server's main thread, in milliseconds. */
function readMainMs(): number {
  const [nanoseconds] = readFileSync(`/proc/${server.pid}/task/${server.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}

/** The rest of a job must take this long, or its share of a thread is left to chance. */
const restMsMin = 2_000;

/** The cost of the rest of a job, from now until it is completed; undefined if it is over already, or too soon. */
async function measureRest(id: string) {
  const { body } = await call(port, { path: `/api/jobs/${id}`, address: user });
  const { operations, completed } = JSON.parse(body) as { operations: number; completed: number };
  if (completed === operations) return undefined;
  const [startedAt, mainMs] = [performance.now(), readMainMs()];
  await awaitJob(port, user, id);
  const elapsedMs = performance.now() - startedAt;
  if (elapsedMs < restMsMin) return undefined;
  return { lines: operations - completed, mainMs: readMainMs() - mainMs, elapsedMs };
}

/** The share of the main thread that 2,000 followers of a job take; undefined if too little of the job was left when all were there. */
async function measureFollowers(context: TestContext, lines: string): Promise<number | undefined> {
  const alone = await measureRest(await createJob(port, user, lines));
  const id = await createJob(port, user, lines);
  const get = Buffer.from(`GET /api/jobs/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  const attacks = await Promise.all(
    [true, false].map(async (isReading) => attackWith({ connections: 1_000, bytes: get, isReading })),
  );
  const followed = await measureRest(id);
  await useServer(context);
  for (const attack of attacks) await attack.end();
  if (alone === undefined || followed === undefined) return undefined;
  return (followed.mainMs - (alone.mainMs / alone.lines) * followed.lines) / followed.elapsedMs;
}

function chunked(headers: string, path: string, body: Uint8Array): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n${headers}\r\n${body.length.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(head), body, Buffer.from('\r\n')]);
}

suite('abuse', { timeout: 900_000 }, () => {
  before(async () => {
    await startServer();
    // Compiles the code, and lets the heaps grow as they do in ordinary work.
    await awaitJob(port, user, await createJob(port, user, '1/3 + 2\n'.repeat(300_000)));
    restBytes = residentBytes();
  });
  after(async () => {
    server.kill('SIGTERM');
    await once(server, 'close');
    limit.remove();
    data.remove();
  });

  test('128 uploads that ask for the largest window of zstd and wait', async (context) => {
    context.diagnostic(`the limit of memory is ${limit.isEnforced ? 'enforced' : 'only watched'}`);
    const params = { [constants.ZSTD_c_windowLog]: 23, [constants.ZSTD_c_compressionLevel]: 19 };
    const frame = zstdCompressSync(Buffer.alloc(20 * mebibyte, '1'), { params });
    const part = chunked('Content-Encoding: zstd\r\n', '/api/jobs', frame.subarray(0, -8));
    await watchMemory(context, async () => {
      const attack = await attackWith({ connections: 128, bytes: part });
      await useServer(context);
      const small = zstdCompressSync(Buffer.from('1 + 1\n'));
      assert.equal((await submit(port, user, small, { 'content-encoding': 'zstd' })).status, 201);
      await attack.end();
    });
  });

  test('500 KB of empty frames of zstd', async (context) => {
    const empty = zstdCompressSync(Buffer.alloc(0));
    const frames = Buffer.concat(Array.from({ length: Math.floor(500_000 / empty.length) }, () => empty));
    const answer = await submit(port, attacker, frames, { 'content-encoding': 'zstd' });
    assert.equal(answer.status, 400, answer.body);
    assert.match(answer.body, /too many small parts/);
    await useServer(context);
  });

  test('400 bodies of /api/evaluate that are never complete', async (context) => {
    const body = Buffer.from('1+1\n'.repeat(262_144));
    const head = `POST /api/evaluate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
    await watchMemory(context, async () => {
      const bytes = Buffer.concat([Buffer.from(head), body.subarray(0, -1)]);
      const attack = await attackWith({ connections: 400, bytes });
      await useServer(context);
      const evaluated = { method: 'POST', path: '/api/evaluate', address: user, body: '1 + 1' };
      const answer = await call(port, { ...evaluated, headers: { 'content-type': 'text/plain' } });
      assert.equal(answer.status, 200, answer.body);
      await attack.end();
    });
  });

  test('500 readers of results that do not read', async (context) => {
    const id = await createJob(port, user, '1/3\n'.repeat(300_000));
    await awaitJob(port, user, id);
    const get = Buffer.from(`GET /api/jobs/${id}/results?format=csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await watchMemory(context, async () => {
      const attack = await attackWith({ connections: 500, bytes: get });
      await useServer(context);
      const results = await call(port, { path: `/api/jobs/${id}/results`, address: user });
      assert.equal(results.body.length, 300_000 * 37);
      await attack.end();
    });
  });

  test('256 uploads that send next to nothing', async (context) => {
    await watchMemory(context, async () => {
      const attack = await attackWith({ connections: 256, bytes: chunked('', '/api/jobs', Buffer.from('1')) });
      await useServer(context);
      // The attacker's address, too, gets a place as soon as the others are known to be slow.
      await eventually(async () => ((await submit(port, attacker, '1\n')).status === 201 ? true : undefined));
      await attack.end();
    });
  });

  test(`${connectionsMax + 50} connections that send nothing`, async (context) => {
    await watchMemory(context, async () => {
      const attack = await attackWith({ connections: connectionsMax + 50 });
      await useServer(context);
      assert.equal((await submit(port, attacker, '1\n')).status, 201);
      await attack.end();
    });
  });

  test('2,000 followers of a job, of whom half do not read', async (context) => {
    await watchMemory(context, async () => {
      let share: number | undefined;
      // The faster the machine, the more lines it takes until all followers are there.
      for (let lines = 300_000; share === undefined; lines *= 2) {
        // A line that repeats the one before it is not evaluated again.
        const text = Array.from({ length: lines }, (_, index) => `exp(1/${index + 1})\n`).join('');
        share = await measureFollowers(context, text);
      }
      context.diagnostic(`the followers took ${(100 * share).toFixed(1)} % of the main thread`);
      assert.ok(share < followersShareMax, 'the job is left with too little of the main thread');
    });
  });
});
