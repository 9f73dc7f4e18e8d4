/** `mathmill backup` and `mathmill restore` on real data folders, with servers at work on them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { postJob, readResults, waitForJob } from '../e2e/server-process.ts';
import { withStore } from '../store/sqlite/sqlite-folder.ts';
import { createFolder, runMathmill, startMathmill, startServer } from './mathmill.ts';
import { makeSamples, picturesOf } from './migrate-jobs.ts';

interface Report {
  readonly jobs: number;
  readonly unfinished_jobs: number;
  readonly bytes: number;
}

async function report(...args: string[]): Promise<Report> {
  const ended = await runMathmill([...args, '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Report;
}

/** The command is to fail, with this in its message. */
async function expectRefusal(pattern: RegExp, ...args: string[]): Promise<void> {
  const ended = await runMathmill(args);
  assert.equal(ended.code, 2, ended.stdout);
  assert.match(ended.stderr, pattern);
  assert.equal(ended.stdout, '');
}

/** A writer that never rests: small jobs, one after the other. Remembers what was accepted. */
function startWriter(url: string): { readonly accepted: string[]; stop(): Promise<void> } {
  const accepted: string[] = [];
  let isStopping = false;
  async function write(): Promise<void> {
    while (!isStopping) {
      const { status, body } = await postJob(url, '0.1 + 0.2\n1 / 0\n');
      assert.equal(status, 201);
      accepted.push(body.id);
    }
  }
  const writing = write();
  return {
    accepted,
    async stop() {
      isStopping = true;
      await writing;
    },
  };
}

describe('a backup of a server at work', () => {
  it('is whole as of one moment, and its jobs continue where it is restored', async (test) => {
    const server = await startServer(test);
    const folder = await createFolder(test);
    const big = await postJob(server.url, 'sqrt(2) + 1\n'.repeat(300_000));
    const writer = startWriter(server.url);
    try {
      for (const turn of [1, 2, 3]) {
        const file = join(folder, `copy-${turn}.db`);
        const sure = [...writer.accepted];
        const made = await report('backup', '--data-dir', server.dataDirectory, file);
        assert.ok(made.jobs > sure.length, `${made.jobs} jobs of at least ${sure.length + 1}`);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.deepEqual(await report('restore', '--check', file), { ...made, file });
        await checkRestored(test, file, sure, big.body.id);
      }
    } finally {
      await writer.stop();
    }
    // Nothing is left beside the copies, neither of the command nor of a check.
    assert.deepEqual(readdirSync(folder).toSorted(), ['copy-1.db', 'copy-2.db', 'copy-3.db']);
  });

  async function checkRestored(test: TestContext, file: string, sure: readonly string[], bigId: string): Promise<void> {
    const directory = join(await createFolder(test), 'new');
    await report('restore', file, '--data-dir', directory);
    assert.equal(statSync(join(directory, 'mathmill.db')).mode & 0o777, 0o600);
    const restored = await startServer(test, { environment: { DATA_DIR: directory } });
    for (const id of sure.slice(-20)) {
      assert.equal((await waitForJob(restored.url, id)).status, 'Completed');
      assert.match(await readResults(restored.url, id), /^0\.3\nERROR DIV0: .*\n$/);
    }
    const big = await waitForJob(restored.url, bigId);
    assert.deepEqual([big.status, big.succeeded], ['Completed', 300_000]);
    restored.child.kill('SIGTERM');
    await restored.ended;
  }

  it('that is killed leaves a whole copy or none', async (test) => {
    const server = await startServer(test);
    const folder = await createFolder(test);
    await postJob(server.url, 'sqrt(2) + 1\n'.repeat(200_000));
    for (let kill = 0; kill < 8; kill += 1) {
      const file = join(folder, `killed-${kill}.db`);
      const { child, ended } = startMathmill(['backup', '--data-dir', server.dataDirectory, file]);
      await sleep(50 * kill);
      child.kill(kill % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      await ended;
      if (existsSync(file)) await report('restore', '--check', file);
    }
    const left = readdirSync(folder).filter((name) => !/^killed-\d+\.db$/.test(name));
    for (const name of left) assert.match(name, /^killed-\d+\.db\.unfinished-\d+(-journal)?$/);
  });
});

/** A data folder with jobs of every kind, whose server does not run. */
async function makeData(test: TestContext): Promise<string> {
  const directory = await createFolder(test);
  await withStore(directory, makeSamples);
  return directory;
}

async function makeCopy(test: TestContext): Promise<{ readonly data: string; readonly file: string }> {
  const data = await makeData(test);
  const file = join(await createFolder(test), 'copy.db');
  await report('backup', '--data-dir', data, file);
  return { data, file };
}

describe('mathmill backup', () => {
  it('says in one line what it copied', async (test) => {
    const data = await makeData(test);
    const file = join(await createFolder(test), 'copy.db');
    const ended = await runMathmill(['backup', file], { environment: { DATA_DIR: data } });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^\S+copy\.db: backed up and checked: \d+ jobs, \d+ of them in progress, [\d.]+ \w+\n$/);
  });

  it('replaces no file', async (test) => {
    const { data, file } = await makeCopy(test);
    const before = readFileSync(file);
    await expectRefusal(/copy\.db exists already; give another name/, 'backup', '--data-dir', data, file);
    assert.deepEqual(readFileSync(file), before);
  });

  it('says what is missing', async (test) => {
    const data = await makeData(test);
    const nowhere = join(data, 'no', 'such', 'copy.db');
    await expectRefusal(/there is no folder \S+such/, 'backup', '--data-dir', data, nowhere);
    const empty = await createFolder(test);
    await expectRefusal(/no Mathmill data in the directory/, 'backup', '--data-dir', empty, join(empty, 'copy.db'));
    assert.deepEqual(readdirSync(empty), []);
  });

  it('leaves nothing where there is too little room', async (test) => {
    const data = await makeData(test);
    const disk = await createFolder(test);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0) {
      test.skip('needs the right to mount a small file system');
      return;
    }
    try {
      await expectRefusal(
        /has 0\.\d MiB free, and the copy needs \d\.\d MiB/,
        'backup',
        '--data-dir',
        data,
        join(disk, 'copy.db'),
      );
      assert.deepEqual(readdirSync(disk), []);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe('mathmill restore', () => {
  it('--check finds damage anywhere, and files that are no backup', async (test) => {
    const { data, file } = await makeCopy(test);
    const bytes = readFileSync(file);
    for (const place of [0, 100, Math.floor(bytes.length / 2)]) {
      const damaged = join(await createFolder(test), 'damaged.db');
      writeFileSync(
        damaged,
        bytes.map((byte, index) => (index >= place && index < place + 4_000 ? byte ^ 0x5a : byte)),
      );
      await expectRefusal(/damaged/, 'restore', '--check', damaged);
    }
    const cut = join(data, 'cut.db');
    writeFileSync(cut, bytes.subarray(0, bytes.length - 8_192));
    await expectRefusal(/damaged/, 'restore', '--check', cut);
    await expectRefusal(/there is no file/, 'restore', '--check', join(data, 'none.db'));
    const other = join(data, 'other.db');
    const database = new DatabaseSync(other);
    database.exec('CREATE TABLE other(x)');
    database.close();
    await expectRefusal(/belongs to another program/, 'restore', '--check', other);
  });

  it('--check tells the file of a server from a backup', async (test) => {
    const { file } = await makeCopy(test);
    writeFileSync(`${file}-wal`, '');
    await expectRefusal(/-wal is next to it/, 'restore', '--check', file);
  });

  it('puts a backup into an empty folder only', async (test) => {
    const { data, file } = await makeCopy(test);
    await expectRefusal(/restore into an empty folder/, 'restore', file, '--data-dir', data);
    const target = join(await createFolder(test), 'new');
    mkdirSync(target);
    await copyFile(file, join(target, 'mathmill.db-wal'));
    await expectRefusal(/restore into an empty folder/, 'restore', file, '--data-dir', target);
    assert.deepEqual(readdirSync(target), ['mathmill.db-wal']);
  });

  it('gives back every job', async (test) => {
    const { data, file } = await makeCopy(test);
    const target = join(await createFolder(test), 'new');
    await report('restore', file, '--data-dir', target);
    const [expected, restored] = await Promise.all([data, target].map((folder) => withStore(folder, picturesOf)));
    assert.ok(expected !== undefined && expected.length > 5);
    assert.deepEqual(restored, expected);
  });
});
