/** Processes under management, with small servers of Node that anyone can run. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '../../deploy/local-stack/free-ports.ts';
import {
  createManagedProcess,
  type ManagedProcess,
  type ProcessPlan,
} from '../../deploy/local-stack/managed-process.ts';
import { isRunning, readProcessIdentity } from '../../deploy/local-stack/process-identity.ts';

const folder = resolve(import.meta.dirname, '../../deploy/local-stack');
const greeting = 'console.log("serving as " + process.pid);';

describe('a managed process', { timeout: 60_000 }, () => {
  let directory = '';
  let port = 0;
  let running: ManagedProcess[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mathmill-process-'));
    [port = 0] = await findFreePorts(1);
    running = [];
  });

  afterEach(async () => {
    for (const managed of running) await managed.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A server that echoes. */
  function create(before = '', changes: Partial<ProcessPlan> = {}): ManagedProcess {
    const script = `${before}; net.createServer((socket) => socket.pipe(socket)).listen(${port}, '127.0.0.1', () => { ${greeting} });`;
    const managed = createManagedProcess({
      name: 'echo',
      directory,
      ports: [port],
      isKept: false,
      prepare: async () => ({ command: process.execPath, arguments: ['-e', script] }),
      isReady: () => echoes(port),
      startTimeoutMs: 20_000,
      stopTimeoutMs: 20_000,
      ...changes,
    });
    running.push(managed);
    return managed;
  }

  it('starts, and ends without a trace', async () => {
    const managed = create();
    assert.equal(managed.pid, undefined);
    await managed.start();
    const pid = managed.pid ?? 0;
    assert.equal(await managed.isReady(), true);
    assert.equal(await managed.output(), `serving as ${pid}\n`);
    await managed.start();
    assert.equal(managed.pid, pid, 'a second start changes nothing');

    await managed.stop();
    assert.equal(managed.pid, undefined);
    assert.equal(await managed.isReady(), false);
    // The session held the server and the shell beside it.
    await until(() => isGroupEmpty(pid));
    await managed.stop();
  });

  it('comes back on the same port after a kill', async () => {
    const managed = create();
    await managed.start();
    const first = managed.pid;
    await managed.kill();
    assert.equal(managed.pid, undefined);
    await managed.start();
    assert.notEqual(managed.pid, first);
    assert.equal(await managed.output(), `serving as ${first}\nserving as ${managed.pid}\n`);
  });

  it('answers nobody while it is paused', async () => {
    const managed = create();
    await managed.start();
    managed.pause();
    assert.equal(await managed.isReady(), false);
    managed.resume();
    assert.equal(await managed.isReady(), true);
    managed.pause();
    await managed.stop();
    assert.equal(managed.pid, undefined, 'a paused one can be stopped');
    assert.throws(() => managed.pause(), /echo does not run/);
  });

  it('tells the end of the log when it ends while starting', async () => {
    await assert.rejects(create('console.error("no such disk"); process.exit(3)').start(), /echo ended.*no such disk/s);
  });

  it('does not take the answer of another server for its own', async () => {
    await create().start();
    const second = create('', { name: 'second', directory: join(directory, 'second') });
    await assert.rejects(second.start(), new RegExp(`second needs port ${port}, which is taken`));
    assert.equal(second.pid, undefined);
  });

  it('leaves no process when it does not become ready', async () => {
    let pid: number | undefined;
    const managed = create('', {
      startTimeoutMs: 300,
      isReady: async () => {
        pid = managed.pid;
        return false;
      },
    });
    await assert.rejects(managed.start(), /echo was not ready after 0\.3 s/);
    assert.ok(pid !== undefined && readProcessIdentity(pid) === undefined);
  });

  it('is killed when it does not mind a polite stop', async () => {
    const managed = create('process.on("SIGTERM", () => {})', { stopTimeoutMs: 100 });
    await managed.start();
    await managed.stop();
    assert.equal(managed.pid, undefined);
  });

  it('dies with its starter', async () => {
    const starter = await startStarter(false);
    assert.ok(isRunning(starter.server));
    starter.kill();
    await until(() => !isRunning(starter.server) && isGroupEmpty(starter.server.pid));
  });

  it('outlives its starter when it is to be kept, and is found again', async () => {
    const starter = await startStarter(true);
    starter.kill();
    await starter.ended;
    const managed = create('', { isKept: true });
    assert.equal(managed.pid, starter.server.pid);
    await managed.start();
    assert.equal(managed.pid, starter.server.pid, 'it is not started twice');
    await managed.stop();
    assert.equal(isRunning(starter.server), false);
    assert.equal(create('', { isKept: true }).pid, undefined);
  });

  it('does not take another process for its own', async () => {
    const managed = create('', { isKept: true });
    await managed.start();
    const file = join(directory, 'process.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as object;
    // As if the system had given the pid to a process that started at another time.
    writeFileSync(file, JSON.stringify({ ...record, startedAt: '1' }));
    const other = createManagedProcess({
      name: 'other',
      directory,
      ports: [port],
      isKept: true,
      prepare: () => Promise.reject(new Error('not to be started')),
      isReady: () => echoes(port),
      startTimeoutMs: 1_000,
      stopTimeoutMs: 1_000,
    });
    assert.equal(other.pid, undefined);
    await other.kill();
    assert.equal(await managed.isReady(), true);
  });

  /** A process of its own that starts the server, says which it is, and waits to be killed. */
  async function startStarter(isKept: boolean) {
    const code = `
      import { createManagedProcess } from '${folder}/managed-process.ts';
      import { readProcessIdentity } from '${folder}/process-identity.ts';
      const script = "net.createServer((socket) => socket.pipe(socket)).listen(${port}, '127.0.0.1')";
      const managed = createManagedProcess({
        name: 'echo', directory: '${directory}', ports: [${port}], isKept: ${isKept},
        prepare: async () => ({ command: process.execPath, arguments: ['-e', script] }),
        isReady: async () => true, startTimeoutMs: 20_000, stopTimeoutMs: 20_000,
      });
      await managed.start();
      console.log(JSON.stringify(readProcessIdentity(managed.pid)));
      setInterval(() => {}, 1_000_000);`;
    const starter = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(starter, 'exit');
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const server = JSON.parse(line.toString()) as { readonly pid: number; readonly startedAt: string };
    await until(() => echoes(port));
    return { server, ended, kill: () => starter.kill('SIGKILL') };
  }
});

/** A paused server still takes connections, by way of the system, so it must say something. */
async function echoes(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    socket.setTimeout(500, () => socket.destroy(new Error('no answer')));
    socket.write('hello');
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function isGroupEmpty(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
}

/** Other processes send no signal when they end; the limit of the test is the limit. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
