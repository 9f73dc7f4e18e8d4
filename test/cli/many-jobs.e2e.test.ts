/** Selecting, deleting and cancelling many jobs with the command, against a real server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runMathmill, startServer, type Ended, type Server } from './mathmill.ts';

const cleanups: (() => Promise<unknown> | undefined)[] = [];
const context = { after: (action: () => Promise<unknown>) => void cleanups.unshift(action) };
let server: Server;

before(async () => {
  server = await startServer(context);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function run(...args: string[]): Promise<Ended> {
  return runMathmill(args, { environment: { MATHMILL_URL: server.url } });
}

async function submit(input: string, ...options: string[]): Promise<string> {
  const environment = { MATHMILL_URL: server.url };
  const ended = await runMathmill(['submit', '-', ...options], { environment, input });
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout.split('\n')[0] ?? '';
}

/** Lines that take long; no two are the same. */
function costlyLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `nthroot(2, 3) ^ 0.123 + gamma(0.3) + ${index}\n`).join('');
}

async function listIds(...options: string[]): Promise<string[]> {
  const ended = await run('list', '--json', ...options);
  assert.equal(ended.code, 0, ended.stderr);
  return (JSON.parse(ended.stdout) as { items: { id: string }[] }).items.map(({ id }) => id);
}

describe('mathmill list, cancel and delete with conditions', () => {
  it('list, cancel and delete the jobs that match, and say how many they were', async () => {
    const first = await submit('1\n', '--name', 'Nightly 1', '--follow');
    const second = await submit('2\n', '--name', 'nightly 2', '--follow');
    const other = await submit('3\n', '--follow');
    const running = await submit(costlyLines(400_000), '--name', 'nightly 3');

    assert.deepEqual(await listIds('--name', 'nightly'), [running, second, first]);
    assert.deepEqual(await listIds('--name', 'nightly', '--status', 'completed'), [second, first]);
    assert.deepEqual(await listIds('--status', 'In-Progress,cancelling'), [running]);
    assert.deepEqual(await listIds('--older-than', '1h'), []);
    const none = await run('list', '--name', '%');
    assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'No job matches.\n']);

    const dry = await run('cancel', '--name', 'nightly', '--dry-run');
    assert.deepEqual([dry.code, dry.stderr], [0, '1 job would be cancelled.\n']);
    const cancelled = await run('cancel', '--name', 'nightly');
    assert.deepEqual([cancelled.code, cancelled.stdout, cancelled.stderr], [0, '', '1 job cancelled.\n']);
    const status = await run('status', running, '--follow', '--json');
    assert.match(status.stdout, /"status":"Cancelled"/);
    assert.equal((await run('cancel', '--all')).stderr, 'No job matches.\n');

    const wouldBe = await run('delete', '--finished', '--name', 'NIGHTLY', '--dry-run', '--json');
    assert.deepEqual(JSON.parse(wouldBe.stdout), { matching: 3, deleted: 0 });
    assert.equal((await listIds()).length, 4);
    const kept = await run('delete', '--finished', '--older-than', '7d');
    assert.deepEqual([kept.code, kept.stderr], [0, 'No job matches.\n']);
    const deleted = await run('delete', '--finished', '--older-than', '0s', '--name', 'nightly', '--json');
    assert.deepEqual(JSON.parse(deleted.stdout), { matching: 3, deleted: 3 });
    assert.deepEqual(await listIds(), [other]);
    assert.equal((await run('delete', other)).stderr, '');
    assert.deepEqual(await listIds(), []);
  });

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['delete'], /say which jobs: .*--finished/],
    [['cancel'], /say which jobs: .*--all/],
    [['delete', 'some-id', '--finished'], /not both/],
    [['delete', 'some-id', '--dry-run'], /not both/],
    [['cancel', 'some-id', '--name', 'x'], /not both/],
    [['delete', '--older-than', '7'], /number with a unit, such as 90s, 30m, 12h, 7d or 2w/],
    [['delete', '--older-than', '-1d'], /number with a unit/],
    [['delete', '--older-than', '99999999w'], /number with a unit/],
    [['delete', '--status', 'done'], /in-progress, cancelling, completed, cancelled/],
    [['delete', '--status', ''], /in-progress, cancelling, completed, cancelled/],
    [['delete', '--finished', '--status', 'completed'], /cannot be used with/],
    [['list', '--name', ''], /must not be empty/],
    [['list', '--name', 'a\u202eb'], /U\+202E/],
    [['list', '--name', 'x'.repeat(201)], /name/],
  ];
  for (const [args, message] of wrong) {
    it(`mathmill ${args.join(' ').slice(0, 50)} says what to write`, async () => {
      const ended = await run(...args);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, message);
    });
  }
});
