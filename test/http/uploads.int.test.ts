import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openServer, uploadBytesMax, waitFor } from './open-api.ts';
import { openConnection, uploadHead } from './raw-connection.ts';
import type { MemoryJobStore } from '../simulation/memory-job-store.ts';

function keptJobs(store: MemoryJobStore): number {
  return store.contents().filter(({ job }) => job.state !== 'Deleting').length;
}

/** Resolves when no job is being received any more. */
async function nothingUnderWay(store: MemoryJobStore): Promise<void> {
  while (store.contents().some(({ job }) => job.state === 'Receiving')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

suite('uploads over a connection', () => {
  test('in parts, with a length', async (context) => {
    const { port, engine } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(uploadHead('Content-Length: 12\r\n'));
    connection.send('1 +');
    connection.send(' 2\n');
    connection.send('3 + 4\n');
    const [, id = ''] = await connection.until(/201 Created.*"id":"([^"]+)","created_operations":2/s);
    assert.equal((await waitFor(engine, id)).succeeded, 2);
  });

  test('in chunks, with any bytes in them', async (context) => {
    const { port, url, engine } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(uploadHead('Transfer-Encoding: chunked\r\n'));
    const body = Buffer.concat([Buffer.from('1\n\0\n'), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('2 + 2')]);
    for (const byte of body)
      connection.send(Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
    connection.send('0\r\n\r\n');
    const [, id = ''] = await connection.until(/201 Created.*"id":"([^"]+)","created_operations":4/s);
    await waitFor(engine, id);
    const lines = (await (await fetch(`${url}/api/jobs/${id}/results`)).text()).split('\n');
    assert.equal(lines[0], '1');
    assert.match(lines[1] ?? '', /^ERROR SYNTAX: /);
    assert.match(lines[2] ?? '', /^ERROR ENCODING: /);
    assert.equal(lines[3], '4');
  });

  test('one after the other on one connection, sent at once', async (context) => {
    const { port } = await openServer(context);
    const connection = await openConnection(context, port);
    const one = `${uploadHead('Content-Length: 2\r\n')}1\n`;
    connection.send(one + one + one);
    await connection.until(/(?:201 Created.*){3}/s);
  });

  test('cut off by the end of the sending: refused, nothing kept', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(uploadHead('Content-Length: 100\r\nExpect: 100-continue\r\n'));
    await connection.until(/^HTTP\/1.1 100 Continue/);
    connection.send('1\n2\n');
    connection.socket.end();
    assert.match(await connection.closed, /400 TRUNCATED_BODY.*"code":"TRUNCATED_BODY"/s);
    await nothingUnderWay(store);
    assert.equal(keptJobs(store), 0);
  });

  test('cut off by a lost connection: nothing kept', async (context) => {
    const { port, store, logLines } = await openServer(context);
    const connection = await openConnection(context, port);
    // With an idempotency key the job is there from the first byte on.
    connection.send(uploadHead('Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nIdempotency-Key: k\r\n'));
    await connection.until(/^HTTP\/1.1 100 Continue/);
    assert.equal(keptJobs(store), 1);
    connection.socket.resetAndDestroy();
    await nothingUnderWay(store);
    assert.equal(keptJobs(store), 0);
    while (!logLines.some(({ message }) => message === 'the client disconnected')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(logLines.every(({ level }) => level === 'debug' || level === 'info'));
  });

  test('cut off in gzip data: nothing kept', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    const data = gzipSync('1 + 2\n'.repeat(100_000));
    connection.send(uploadHead(`Content-Length: ${data.length}\r\nContent-Encoding: gzip\r\nExpect: 100-continue\r\n`));
    await connection.until(/^HTTP\/1.1 100 Continue/);
    connection.send(data.subarray(0, data.length / 2));
    connection.socket.end();
    assert.match(await connection.closed, /"code":"TRUNCATED_BODY"/);
    await nothingUnderWay(store);
    assert.equal(keptJobs(store), 0);
  });

  test('more bytes than the length says are not part of the upload', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(`${uploadHead('Content-Length: 4\r\n')}1\n2\n3\n4\n`);
    const received = await connection.closed;
    assert.match(received, /201 Created.*"created_operations":2.*400 MALFORMED_REQUEST/s);
    assert.equal(keptJobs(store), 1);
  });

  for (const [name, headers, body] of [
    ['a length that is no number', 'Content-Length: many\r\n', '1\n'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n', '1\n'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n1\n\r\n0\r\n\r\n'],
    ['chunks of no size', 'Transfer-Encoding: chunked\r\n', 'x\r\n1\n\r\n0\r\n\r\n'],
    ['a NUL in a header', 'X-Some: a\0b\r\n', ''],
  ] as const) {
    test(`${name}: malformed, nothing kept`, async (context) => {
      const { port, store } = await openServer(context);
      const connection = await openConnection(context, port);
      connection.send(uploadHead(headers) + body);
      assert.match(await connection.closed, /^HTTP\/1\.1 400 .*"code":"(?:MALFORMED_REQUEST|TRUNCATED_BODY)"/s);
      await nothingUnderWay(store);
      assert.equal(keptJobs(store), 0);
    });
  }

  for (const [name, headers, path, code] of [
    ['another type', 'Content-Type: application/x-www-form-urlencoded\r\n', '/api/jobs', 'UNSUPPORTED_MEDIA_TYPE'],
    ['another encoding', 'Content-Type: text/plain\r\nContent-Encoding: br\r\n', '/api/jobs', 'UNSUPPORTED_ENCODING'],
    ['another coding', 'Content-Type: text/plain\r\n', '/api/jobs', 'UNSUPPORTED_ENCODING'],
    ['a wrong parameter', 'Content-Type: text/plain\r\n', '/api/jobs?mode=x', 'INVALID_PARAMETER'],
    ['a foreign page', 'Content-Type: text/plain\r\nOrigin: https://evil.example\r\n', '/api/jobs', 'FORBIDDEN_ORIGIN'],
    ['no such address', 'Content-Type: text/plain\r\n', '/api/job', 'NOT_FOUND'],
    ['another method', 'Content-Type: text/plain\r\n', '/health', 'METHOD_NOT_ALLOWED'],
  ] as const) {
    test(`${name}: an endless upload is answered at once, and read no further than it must be`, async (context) => {
      const { port, store } = await openServer(context);
      const connection = await openConnection(context, port);
      const coding = name === 'another coding' ? 'gzip, chunked' : 'chunked';
      connection.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: ${coding}\r\n${headers}\r\n`);
      connection.send('4\r\n1+1\n\r\n');
      await connection.until(new RegExp(`connection: close.*"code":"${code}"`, 's'));
      // It still listens, so that a client that is still sending sees no reset before it sees the answer.
      connection.send('4\r\n1+1\n\r\n'.repeat(1000));
      connection.send('0\r\n\r\n');
      await connection.closed;
      assert.equal(keptJobs(store), 0);
    });
  }

  test('a client that never stops sending is cut off', async (context) => {
    const { port } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send('POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    const block = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, '1'), Buffer.from('\r\n')]);
    let isClosed = false;
    void connection.closed.then(() => (isClosed = true));
    let sent = 0;
    while (!isClosed && sent < 1000) {
      sent += 1;
      if (!connection.socket.write(block)) {
        await Promise.race([new Promise((resolve) => connection.socket.once('drain', resolve)), connection.closed]);
      }
    }
    assert.ok(isClosed && sent < 200, `${sent} MiB were taken`);
    assert.match(connection.received, /"code":"UNSUPPORTED_MEDIA_TYPE"/);
  });

  test('a body that says it is too long is refused unread', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(uploadHead(`Content-Length: ${uploadBytesMax + 1}\r\n`));
    await connection.until(/413 .*"code":"TOO_MANY_BYTES"/s);
    connection.socket.end();
    await connection.closed;
    assert.equal(keptJobs(store), 0);
  });

  test('a body that turns out too long is refused on the way', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(uploadHead('Transfer-Encoding: chunked\r\n'));
    const block = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, '1\n'), Buffer.from('\r\n')]);
    for (let sent = 0; sent <= uploadBytesMax; sent += 1024 * 1024) connection.send(block);
    await connection.until(/413 .*"code":"TOO_MANY_(?:BYTES|OPERATIONS)"/s);
    connection.socket.end();
    await connection.closed;
    assert.equal(keptJobs(store), 0);
  });

  test('a client that asks first is told to go on, or why not', async (context) => {
    const { port } = await openServer(context);
    const good = await openConnection(context, port);
    good.send(uploadHead('Content-Length: 2\r\nExpect: 100-continue\r\n'));
    await good.until(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    good.send('1\n');
    await good.until(/201 Created/);
    const bad = await openConnection(context, port);
    bad.send(uploadHead('Content-Length: 2\r\nContent-Encoding: br\r\nExpect: 100-continue\r\n'));
    await bad.until(/^HTTP\/1.1 415 /);
    bad.socket.end();
    assert.doesNotMatch(await bad.closed, /100 Continue/);
    const json = await openConnection(context, port);
    const body = '{"operations":["1"]}';
    json.send(
      `POST /api/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await json.until(/100 Continue/);
    json.send(body);
    await json.until(/200 OK/);
  });

  test('the same idempotency key while the first upload is under way', async (context) => {
    const { port } = await openServer(context);
    const head = uploadHead('Content-Length: 4\r\nIdempotency-Key: k\r\nExpect: 100-continue\r\n');
    const first = await openConnection(context, port);
    first.send(head);
    await first.until(/100 Continue/);
    const second = await openConnection(context, port);
    second.send(head);
    await second.until(/409 .*"code":"IDEMPOTENCY_KEY_IN_USE"/s);
    first.send('1\n2\n');
    await first.until(/201 Created/);
    const third = await openConnection(context, port);
    third.send(`${head}1\n2\n`);
    await third.until(/201 Created.*idempotent-replayed: true/s);
  });

  test('the body is read no faster than it is taken', async (context) => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let taken = 0;
    const { port } = await openServer(context, {
      uploadBytesMax: 1e9,
      service: {
        async submit(upload) {
          for await (const bytes of upload.source) {
            taken += bytes.length;
            begun.resolve();
            await go.promise;
          }
          return { kind: 'empty' };
        },
      },
    });
    const connection = await openConnection(context, port);
    const body = Buffer.alloc(64 * 1024 * 1024, '1\n');
    connection.send(uploadHead(`Content-Length: ${body.length}\r\n`));
    connection.send(body);
    await begun.promise;
    // Requests on other connections are answered meanwhile, and the body stays where it is.
    for (let count = 0; count < 20; count += 1) {
      const other = await openConnection(context, port);
      other.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await other.until(/"UP"/);
    }
    assert.ok(taken <= 65_536, `${taken} bytes were taken`);
    assert.ok(connection.socket.writableLength > 32 * 1024 * 1024);
    go.resolve();
    await connection.until(/"code":"EMPTY_UPLOAD"/);
    assert.equal(taken, body.length);
  });
});
