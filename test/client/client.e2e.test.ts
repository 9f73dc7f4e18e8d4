/** The client for programs, with a real server: also with one that is killed and started again while the client works. */
import assert from 'node:assert/strict';
import { createReadStream, openAsBlob, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import {
  ApiError,
  IdempotencyKeyReusedError,
  InvalidParameterError,
  JobNotFinishedError,
  JobNotFoundError,
  MathmillClient,
  UnreachableError,
  type Job,
  type Operation,
  type SubmitInput,
} from '../../src/client/index.ts';
import type { JobBody, OperationBody } from '../../src/http/schemas/index.ts';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';

const data = createDataDirectory();
let server: ServerProcess;
let client: MathmillClient;
let port: number;

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** At the same address each time. */
async function start(): Promise<void> {
  server = await startServer(join(data.path, 'data'), { HTTP_PORT: String(port) });
}

before(async () => {
  port = await findFreePort();
  await start();
  client = new MathmillClient(server.url);
});
after(async () => {
  await server.stop();
  data.remove();
});

async function readAll(id: string): Promise<Operation[]> {
  return Array.fromAsync(client.results(id));
}

async function resultsOf(id: string): Promise<(string | undefined)[]> {
  return (await readAll(id)).map(({ result, error }) => result ?? error?.code);
}

function* numbered(count: number): Generator<string, void, void> {
  for (let line = 1; line <= count; line += 1) yield `${line} / 4`;
}

/** Each line has come once, in order, with its result. */
async function checkNumbered(operations: AsyncIterable<Operation>, count: number): Promise<void> {
  let line = 0;
  for await (const { id, result } of operations) {
    line += 1;
    assert.equal(Number(id), line);
    assert.equal(result, String(line / 4));
  }
  assert.equal(line, count);
}

describe('the types of the client', () => {
  it('take what the API gives', () => {
    // Checked by the compiler.
    const jobs = (bodies: readonly JobBody[]): readonly Job[] => bodies;
    const operations = (bodies: readonly OperationBody[]): readonly Operation[] => bodies;
    assert.deepEqual([jobs([]), operations([])], [[], []]);
  });
});

describe('submit', () => {
  const path = join(data.path, 'lines.txt');
  writeFileSync(path, '1 + 2\n1 / 0\n0.1 + 0.2\n');
  async function* arriving(): AsyncGenerator<string, void, void> {
    yield* ['1 + 2', '1 / 0', '0.1 + 0.2'];
  }
  const inputs: Readonly<Record<string, () => SubmitInput | Promise<SubmitInput>>> = {
    'a text': () => '1 + 2\n1 / 0\n0.1 + 0.2\n',
    'an array': () => ['1 + 2', '1 / 0', '0.1 + 0.2'],
    'an iterable': () => new Set(['1 + 2', '1 / 0', '0.1 + 0.2']),
    'an async iterable': () => arriving(),
    'a function that returns one': () => arriving,
    'a blob': () => openAsBlob(path),
    'a stream of Node.js': () => createReadStream(path),
    'a stream of the web': async () => (await openAsBlob(path)).stream(),
  };
  for (const [name, makeInput] of Object.entries(inputs)) {
    it(`takes ${name}`, async () => {
      const { id, created_operations } = await client.submit(await makeInput());
      assert.equal(created_operations, 3);
      const job = await client.wait(id);
      assert.deepEqual([job.status, job.succeeded, job.failed], ['Completed', 2, 1]);
      assert.deepEqual(await resultsOf(id), ['3', 'DIV0', '0.3']);
    });
  }

  it('takes the options of a job', async () => {
    const { id } = await client.submit(['1/3'], { mode: 'rational', name: 'thirds' });
    const job = await client.wait(id);
    assert.deepEqual([job.mode, job.name], ['rational', 'thirds']);
    assert.deepEqual(await resultsOf(id), ['1/3']);
  });

  it('takes tables', async () => {
    const rows = 'price,qty\n2.50,3\n10,0\n';
    const { id } = await client.submit(rows, {
      formulas: ['net = price * qty', 'unit = net / qty'],
      table: { total: ['qty'] },
    });
    const job = await client.wait(id);
    assert.deepEqual(job.totals?.['qty']?.sum, '3');
    const [first, second] = await readAll(id);
    assert.deepEqual(first?.results, { net: '7.5', unit: '2.5' });
    assert.equal(second?.errors?.['unit']?.code, 'DIV0');
  });

  it('rejects a line end within an operation, and keeps nothing', async () => {
    const { total } = await client.listJobs();
    await assert.rejects(
      client.submit(['1 + 1', '2\n+ 2']),
      /^TypeError: an operation contains a line end: "2\\n\+ 2"$/,
    );
    assert.equal((await client.listJobs()).total, total);
  });
});

describe('errors', () => {
  it('have classes and say what is wrong', async () => {
    const unknown = '01997a3c-0000-7000-8000-000000000000';
    await assert.rejects(client.readJob(unknown), JobNotFoundError);
    await client.delete(unknown);
    await assert.rejects(
      client.submit('a,b\n1,2\n', { formulas: ['c = a + d'] }),
      (error) => error instanceof InvalidParameterError && error.problem.formula === 1 && error.problem.column === 9,
    );
    await client.submit(['1'], { idempotencyKey: 'used' });
    await assert.rejects(client.submit(['2'], { idempotencyKey: 'used' }), IdempotencyKeyReusedError);
    const { id } = await client.submit(numbered(200_000));
    const repairing = client.repair(id, [{ id: '1', request: '1' }]);
    await assert.rejects(repairing, (error) => error instanceof JobNotFinishedError || error instanceof ApiError);
  });

  it('end calls whose signal aborts, with its reason', async () => {
    const reason = new Error('enough');
    await assert.rejects(client.readJob('x', { signal: AbortSignal.abort(reason) }), reason);
    const nobody = new MathmillClient(`http://127.0.0.1:${await findFreePort()}`);
    const leaving = new AbortController();
    const reading = nobody.listJobs({ signal: leaving.signal });
    setTimeout(() => leaving.abort(reason), 50);
    await assert.rejects(reading, reason);
  });

  it('say after a while that no server can be reached', async () => {
    const nobody = new MathmillClient(`http://127.0.0.1:${await findFreePort()}`, { retryMs: 300 });
    await assert.rejects(nobody.listJobs(), UnreachableError);
  });

  it('come from something else than Mathmill, too', async () => {
    const other = createServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const wrong = new MathmillClient(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    await assert.rejects(wrong.listJobs(), /may not be a Mathmill server/);
    other.close();
  });
});

describe('a job', () => {
  it('is followed to its end', async () => {
    const { id } = await client.submit(numbered(100_000));
    const states = await Array.fromAsync(client.follow(id));
    assert.equal(states.at(-1)?.status, 'Completed');
    const counts = states.map(({ completed }) => completed);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    await client.delete(id);
    await assert.rejects(Array.fromAsync(client.follow(id)), JobNotFoundError);
  });

  it('is repaired, cancelled and listed', async () => {
    const { id } = await client.submit(['1', '1/0', '3']);
    await client.wait(id);
    const repaired = await client.repair(id, [{ id: '2', request: '2' }]);
    await client.wait(repaired.id);
    assert.deepEqual(await resultsOf(repaired.id), ['1', '2', '3']);
    assert.equal((await client.cancel(id)).status, 'Completed');
    const { items, next = '' } = await client.listJobs({ status: 'Completed', size: 1 });
    const others = await client.listJobs({ status: 'Completed', size: 1, after: next });
    assert.notEqual(items[0]?.id, others.items[0]?.id);
  });

  it('gives the results of a part', async () => {
    const { id } = await client.submit(['1/0', '2', '3/0', '4']);
    const failed = await Array.fromAsync(client.results(id, { outcome: 'failed', from: 2 }));
    assert.deepEqual(
      failed.map((operation) => operation.id),
      ['3'],
    );
    for await (const first of client.results(id)) {
      assert.equal(first.id, '1');
      break;
    }
  });

  it('is evaluated without being stored', async () => {
    const results = await client.evaluate(['0.1 + 0.2', '1/0'], { mode: 'decimal' });
    assert.deepEqual(
      results.map(({ result, error }) => result ?? error?.code),
      ['0.3', 'DIV0'],
    );
  });
});

describe('a server that is killed and started again', () => {
  it('in the middle of an upload: there is one job, with all lines', async () => {
    const lines = 300_000;
    let tries = 0;
    async function* slowly(): AsyncGenerator<string, void, void> {
      tries += 1;
      let line = 0;
      for (const text of numbered(lines)) {
        line += 1;
        if (tries === 1 && line === lines / 2) await server.kill().then(start);
        yield text;
      }
    }
    const before = (await client.listJobs()).total;
    const { id, created_operations } = await client.submit(slowly, { name: 'killed' });
    assert.equal(created_operations, lines);
    assert.ok(tries >= 2);
    assert.equal((await client.listJobs()).total, before + 1);
    await checkNumbered(client.results(id), lines);
  });

  it('while a job is followed, waited for and read: all come to their end, with every line once', async () => {
    const lines = 1_000_000;
    const { id } = await client.submit(() => numbered(lines));
    const restarting = server.kill().then(start);
    const [job, states] = await Promise.all([client.wait(id), Array.fromAsync(client.follow(id)), restarting]);
    assert.deepEqual([job.status, job.succeeded, states.at(-1)?.status], ['Completed', lines, 'Completed']);
    await checkNumbered(killAt(client.results(id), lines / 2), lines);
  });

  async function* killAt(operations: AsyncIterable<Operation>, line: number): AsyncGenerator<Operation, void, void> {
    for await (const operation of operations) {
      yield operation;
      if (Number(operation.id) === line) await server.kill().then(start);
    }
  }
});
