/** The commands that talk to a server, against a real one. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  createFolder,
  runMathmill,
  startMathmill,
  startServer,
  waitForOutput,
  type Ended,
  type Server,
} from './mathmill.ts';

interface Job {
  readonly id: string;
  readonly name?: string;
  readonly status: string;
  readonly operations: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

const cleanups: (() => Promise<unknown> | undefined)[] = [];
const context = { after: (action: () => Promise<unknown>) => void cleanups.unshift(action) };
let server: Server;

before(async () => {
  server = await startServer(context, { environment: { UPLOAD_BYTES_MAX: '64MB' } });
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function run(args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  const options = { environment: { MATHMILL_URL: server.url } };
  return runMathmill(args, input === undefined ? options : { ...options, input });
}

async function submit(input: string, ...options: string[]): Promise<string> {
  const ended = await run(['submit', '-', ...options], input);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout.trimEnd();
}

/** Lines that take long, so that a job of many is still running when somebody looks. No two are the same: one that is like the line before it takes no time. */
function costlyLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `nthroot(2, 3) ^ 0.123 + gamma(0.3) + ${index}\n`).join('');
}

describe('mathmill submit', () => {
  it('writes the id of the job and nothing else', async () => {
    const ended = await run(['submit', '-'], '1 + 2\n');
    assert.match(ended.stdout, /^[0-9a-f-]{36}\n$/);
    assert.equal(ended.stderr, '');
  });

  it('sends a file with all options and follows the job to its end', async () => {
    const path = join(await createFolder(context), 'operations.ndjson');
    await writeFile(path, '{"custom_id":"x","request":"1/3 + 1/6"}\n{"request":"1 / 0"}\n');
    const ended = await run(['submit', path, '--mode', 'rational', '--name', 'a name', '--gzip', '--follow', '--json']);
    assert.equal(ended.code, 1);
    const job = JSON.parse(ended.stdout) as Job;
    assert.equal(job.name, 'a name');
    assert.deepEqual([job.status, job.operations, job.succeeded, job.failed], ['Completed', 2, 1, 1]);
    const csv = await run(['results', job.id, '--format', 'csv']);
    assert.match(csv.stdout, /\n1,x,1\/3 \+ 1\/6,1\/2,,,\n2,,1 \/ 0,,DIV0,/);
  });

  it('sends 1,000,000 lines', async () => {
    const path = join(await createFolder(context), 'operations.txt');
    await writeFile(path, '7 + 4 + 6 - 5 * 2\n'.repeat(1_000_000));
    const ended = await run(['submit', path, '--follow']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^succeeded {3}1,000,000$/m);
    const id = ended.stdout.split('\n')[0] ?? '';
    const results = await run(['results', id]);
    assert.equal(results.stdout, '7\n'.repeat(1_000_000));
  });

  it('makes a job of each file, or none when one cannot be read', async () => {
    const folder = await createFolder(context);
    const [first, second, empty] = ['a.txt', 'b.ndjson', 'empty.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(first, '1 + 2\n');
    await writeFile(second, '{"request":"1 / 0"}\n{"request":"4"}\n');
    await writeFile(empty, '');
    const ended = await run(['submit', first, second]);
    assert.equal(ended.code, 0, ended.stderr);
    const ids = ended.stdout.trimEnd().split('\n');
    assert.equal(ids.length, 2);
    assert.equal((await run(['results', ids[0] ?? '', '--follow'])).stdout, '3\n');
    assert.match((await run(['results', ids[1] ?? '', '--follow'])).stdout, /^ERROR DIV0.*\n4\n$/);
    const followed = await run(['submit', second, first, '--follow', '--json']);
    assert.equal(followed.code, 1);
    const jobs = followed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Job);
    assert.deepEqual(
      jobs.map(({ failed, succeeded }) => [failed, succeeded]),
      [
        [1, 1],
        [0, 1],
      ],
    );
    const missing = await run(['submit', first, join(folder, 'missing')]);
    assert.deepEqual([missing.code, missing.stdout], [2, '']);
    const refused = await run(['submit', empty, first]);
    assert.equal(refused.code, 2);
    assert.ok(refused.stderr.startsWith(`mathmill: cannot submit "${empty}": `), refused.stderr);
    assert.match(refused.stderr, /\(EMPTY_UPLOAD\)\n$/);
    const keyed = await run(['submit', first, second, '--idempotency-key', 'one']);
    assert.deepEqual([keyed.code, keyed.stdout], [2, '']);
  });

  it('makes one job of one idempotency key', async () => {
    const first = await submit('1 + 2\n', '--idempotency-key', 'once');
    assert.equal(await submit('1 + 2\n', '--idempotency-key', 'once'), first);
    const other = await run(['submit', '-', '--idempotency-key', 'once'], '3\n');
    assert.equal(other.code, 2);
    assert.match(other.stderr, /\(IDEMPOTENCY_KEY_REUSED\)\n$/);
  });

  it('tells why the server refuses, even in the middle of a large upload', async () => {
    const empty = await run(['submit', '-'], '');
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /^mathmill: .*\(EMPTY_UPLOAD\)\n$/);
    const path = join(await createFolder(context), 'large.txt');
    await writeFile(path, '1 + 2\n'.repeat(20_000_000));
    const large = await run(['submit', path]);
    assert.equal(large.code, 2);
    assert.match(large.stderr, /^mathmill: .*64,?000,?000.*\([A-Z_]+\)\n$/);
  });

  it('says why it cannot read', async () => {
    const ended = await run(['submit', '/nonexistent/operations.txt']);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /cannot read "\/nonexistent\/operations\.txt": there is no such file/);
    for (const options of [[], ['--gzip']]) {
      const directory = await run(['submit', '/', ...options]);
      assert.equal(directory.code, 2);
      assert.match(directory.stderr, /cannot read "\/": it is a directory/);
    }
  });
});

describe('mathmill status, list, cancel and delete', () => {
  it('shows a job as a table and as JSON', async () => {
    const id = await submit('1 + 2\n1 / 0\n', '--name', 'größe');
    const ended = await run(['status', id, '--follow']);
    assert.equal(ended.code, 1);
    assert.match(
      ended.stdout,
      new RegExp(`^id {10}${id}\nname {8}größe\nstatus {6}Completed\nmode {8}decimal, 34 digits$`, 'm'),
    );
    assert.match(ended.stdout, /^created {5}\d{4}-\d\d-\d\dT[\d:.]+Z$/m);
    assert.match(ended.stdout, /^engine {6}\d+$/m);
    const job = JSON.parse((await run(['status', id, '--json'])).stdout) as Job;
    assert.deepEqual([job.id, job.name, job.succeeded, job.failed], [id, 'größe', 1, 1]);
  });

  it('lists jobs, the newest first, by pages', async () => {
    const older = await submit('1\n', '--name', 'older');
    const newer = await submit('1\n2\n', '--name', 'newer');
    const ended = await run(['list', '--size', '2']);
    const [head, first, second, rest] = ended.stdout.split('\n');
    assert.match(head ?? '', /^ID +STATUS +OPERATIONS +COMPLETED +FAILED +CREATED +NAME$/);
    assert.match(first ?? '', new RegExp(`^${newer}  \\w+ +2 .* newer$`));
    assert.match(second ?? '', new RegExp(`^${older}  \\w+ +1 .* older$`));
    assert.equal(rest, '');
    assert.match(ended.stderr, /^Page 1 of \d+, \d+ jobs in all\.\n$/);
    const page = JSON.parse((await run(['list', '--page', '2', '--size', '1', '--json'])).stdout) as { items: Job[] };
    assert.deepEqual(
      page.items.map(({ id }) => id),
      [older],
    );
  });

  it('cancels a job that is running, and keeps what it has', async () => {
    const id = await submit(costlyLines(200_000));
    const ended = await run(['cancel', id, '--json']);
    assert.equal(ended.code, 0, ended.stderr);
    const followed = JSON.parse((await run(['status', id, '--follow', '--json'])).stdout) as Job;
    assert.equal(followed.status, 'Cancelled');
    assert.ok(followed.cancelled > 0);
    assert.equal(followed.succeeded + followed.failed + followed.cancelled, 200_000);
    const again = await run(['cancel', id]);
    assert.match(again.stdout, /^status {6}Cancelled$/m);
  });

  it('says when there was nothing left to cancel', async () => {
    const ended = await run(['submit', '-', '--follow'], '1\n');
    const cancelled = await run(['cancel', ended.stdout.split('\n')[0] ?? '']);
    assert.equal(cancelled.code, 0);
    assert.match(cancelled.stderr, /finished before it could be cancelled/);
  });

  it('deletes a job, and then does not know it', async () => {
    const id = await submit('1 + 2\n');
    assert.deepEqual(await run(['delete', id]), { code: 0, signal: null, stdout: '', stderr: '' });
    for (const args of [
      ['status', id],
      ['results', id],
      ['cancel', id],
      ['delete', id],
      ['status', '../../health'],
    ]) {
      const ended = await run(args);
      assert.equal(ended.code, 2, args.join(' '));
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, /^mathmill: .*\(JOB_NOT_FOUND\)\n$/);
    }
    const dots = await run(['status', '..']);
    assert.match(dots.stderr, /".." is not the id of a job/);
  });
});

describe('mathmill results', () => {
  it('writes every format, and what is asked for', async () => {
    const ended = await run(['submit', '-', '--follow'], '1 + 1\n1 / 0\n3 + 3\n4 +\n');
    const id = ended.stdout.split('\n')[0] ?? '';
    assert.match((await run(['results', id])).stdout, /^2\nERROR DIV0: .*\n6\nERROR SYNTAX: .*\n$/);
    assert.match((await run(['results', id, '--outcome', 'failed'])).stdout, /^ERROR DIV0: .*\nERROR SYNTAX: .*\n$/);
    assert.equal((await run(['results', id, '--from', '3', '--limit', '1'])).stdout, '6\n');
    const ndjson = await run(['results', id, '--format', 'ndjson', '--outcome', 'succeeded']);
    assert.equal(
      ndjson.stdout,
      '{"id":"1","request":"1 + 1","result":"2"}\n{"id":"3","request":"3 + 3","result":"6"}\n',
    );
  });

  for (const [kind, args, file, expected] of [
    ['CSV', [], 'size,price\n5" x,1.0\n"6"" y\n",2\n', 'size,price,twice,error\n5" x,1.0,2,\n"6"" y\n",2,4,\n'],
    [
      'CSV with a quote that is not closed',
      [],
      'size,price\n"6,1\n7,2\n',
      /^size,price,twice,error\n"6,1,.*QUOTE.*\n7,2,4,\n$/,
    ],
    ['TSV', ['--delimiter', 'tab'], 'size\tprice\na\t1\n', 'size\tprice\ttwice\terror\na\t1\t2\t\n'],
    ['CSV without a header', ['--header', 'absent'], 'a,1\n', 'a,1,2,\n'],
  ] as const) {
    it(`writes the results of a table as its file is written: ${kind}`, async () => {
      const formula = args.includes('absent' as never) ? 'twice = 2 * c2' : 'twice = 2 * price';
      const id = (
        await run(['table', '-', '-f', formula, ...args, '--detach', '--server', server.url], file)
      ).stdout.trim();
      for (const follow of [['--follow'], []]) {
        const ended = await run(['results', id, ...follow]);
        assert.deepEqual([ended.code, ended.stderr], [0, '']);
        if (typeof expected === 'string') assert.equal(ended.stdout, expected);
        else assert.match(ended.stdout, expected);
      }
    });
  }

  it('says when they are not all, and with --follow waits for all', async () => {
    const lines = 20_000;
    const id = await submit(costlyLines(lines));
    const soFar = await run(['results', id]);
    assert.equal(soFar.code, 0);
    assert.match(soFar.stderr, /the job is not finished; these are its results so far/);
    assert.ok(soFar.stdout.split('\n').length - 1 < lines);
    const all = await run(['results', id, '--follow']);
    assert.equal(all.code, 0, all.stderr);
    assert.equal(all.stdout.split('\n').length - 1, lines);
    assert.ok(all.stdout.startsWith(soFar.stdout));
  });

  it('ends quietly when nobody reads any more', async () => {
    const id = await submit('1 + 2\n'.repeat(1_000_000));
    const { child, ended } = startMathmill(['results', '--follow', id], { environment: { MATHMILL_URL: server.url } });
    await waitForOutput(child.stdout, /^3\n3\n/);
    child.stdout.destroy();
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, '']);
  });
});
