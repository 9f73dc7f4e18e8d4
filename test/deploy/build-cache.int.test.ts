import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { buildOnce, isCached } from '../../deploy/local-stack/build-cache.ts';
import { requirePrograms } from '../../deploy/local-stack/programs.ts';

const folder = resolve(import.meta.dirname, '../../deploy/local-stack');

describe('the cache of what is built for the stack', { timeout: 60_000 }, () => {
  const before = process.env['XDG_CACHE_HOME'];
  let cache = '';

  beforeEach(() => {
    const home = mkdtempSync(join(tmpdir(), 'mathmill-cache-'));
    process.env['XDG_CACHE_HOME'] = home;
    cache = join(home, 'mathmill');
  });

  afterEach(() => {
    rmSync(join(cache, '..'), { recursive: true, force: true });
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  });

  it('builds a thing once', async () => {
    let builds = 0;
    const build = async (directory: string): Promise<void> => {
      builds += 1;
      writeFileSync(join(directory, 'thing'), 'whole');
    };
    const directories = await Promise.all([buildOnce('thing-1', build), buildOnce('thing-1', build)]);
    assert.deepEqual(directories, [join(cache, 'thing-1'), join(cache, 'thing-1')]);
    assert.equal(builds, 1);
    assert.equal(isCached('thing-1'), true);
    assert.equal(isCached('thing-2'), false);
    assert.deepEqual(readdirSync(cache), ['thing-1']);
  });

  it('keeps nothing of a build that failed', async () => {
    const failing = buildOnce('thing-1', async (directory) => {
      writeFileSync(join(directory, 'part'), '');
      throw new Error('no network');
    });
    await assert.rejects(failing, /no network/);
    assert.deepEqual(readdirSync(cache), []);
    await buildOnce('thing-1', async () => undefined);
    assert.equal(isCached('thing-1'), true);
  });

  it('lets processes build one after another', async () => {
    const code = `
      import { appendFileSync } from 'node:fs';
      import { buildOnce } from '${folder}/build-cache.ts';
      await buildOnce('thing-1', async () => appendFileSync(process.env.XDG_CACHE_HOME + '/builds', 'x'));`;
    const codes = await Promise.all(Array.from({ length: 3 }, () => runToEnd(code)));
    assert.deepEqual(codes, [0, 0, 0]);
    assert.equal(readFileSync(join(cache, '..', 'builds'), 'utf8'), 'x');
  });

  it('goes on after a builder that was killed', async () => {
    const code = `
      import { buildOnce } from '${folder}/build-cache.ts';
      await buildOnce('thing-1', async () => process.kill(process.pid, 'SIGKILL'));`;
    assert.equal(await runToEnd(code), null);
    assert.equal(readdirSync(cache).length, 2, 'its lock and its unfinished folder');
    await buildOnce('thing-1', async () => undefined);
    assert.deepEqual(readdirSync(cache), ['thing-1']);
  });
});

describe('the programs that the stack needs', () => {
  it('are all named in one message when they are missing', async () => {
    const path = process.env['PATH'];
    const empty = mkdtempSync(join(tmpdir(), 'mathmill-path-'));
    mkdirSync(join(empty, 'bin'));
    process.env['PATH'] = join(empty, 'bin');
    try {
      await assert.rejects(requirePrograms(['java', 'mvn', 'go', 'git']), (error: Error) => {
        for (const name of ['java (17 or newer)', 'mvn', 'go', 'git']) assert.ok(error.message.includes(name), name);
        return true;
      });
      // A Java of the wrong age is as good as none.
      writeFileSync(join(empty, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n', { mode: 0o755 });
      await assert.rejects(requirePrograms(['java']), /java \(17 or newer\)/);
      writeFileSync(join(empty, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "21" 2023\' >&2\n', { mode: 0o755 });
      await requirePrograms(['java']);
    } finally {
      process.env['PATH'] = path;
      rmSync(empty, { recursive: true, force: true });
    }
  });
});

async function runToEnd(code: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'inherit' });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return exitCode;
}
