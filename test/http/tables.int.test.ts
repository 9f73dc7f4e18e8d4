import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openServer, waitFor } from './open-api.ts';
import { openConnection } from './raw-connection.ts';

function head(query: string, type = 'text/csv'): string {
  return `POST /api/jobs?${query} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: ${type}\r\n\r\n`;
}

function part(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const rows = '1,2\n'.repeat(30_000);

suite('uploads of tables over a connection', () => {
  for (const [name, query, answer] of [
    [
      'a wrong formula',
      'formula=x%20%3D%20c',
      /^HTTP\/1\.1 400 .*connection: close.*"parameter":"formula","formula":1/s,
    ],
    ['a wrong option', 'formula=x%20%3D%20a&decimal=x', /^HTTP\/1\.1 400 .*connection: close.*"parameter":"decimal"/s],
    [
      'a dry run',
      'formula=x%20%3D%20a&dry_run=true',
      /^HTTP\/1\.1 200 .*connection: close.*"columns":\["a","b"\].*"id":"20"/s,
    ],
  ] as const) {
    test(`${name}: an endless upload is answered before its end, and nothing is kept`, async (context) => {
      const { port, store } = await openServer(context);
      const connection = await openConnection(context, port);
      connection.send(head(query));
      connection.send(part(`a,b\n${rows}`));
      await connection.until(answer);
      // It still listens, so that a client that is still sending sees no reset before it sees the answer.
      connection.send(part(rows));
      connection.send('0\r\n\r\n');
      await connection.closed;
      assert.equal(store.contents().filter(({ job }) => job.state !== 'Deleting').length, 0);
    });
  }

  test('cut anywhere, also within quotes and line ends', async (context) => {
    const { port, url, engine } = await openServer(context);
    const connection = await openConnection(context, port);
    const file = 'a,"b ""c"""\r\n1,"x\r\n""y"""\r\n2,\r\n';
    connection.send(head('formula=x%20%3D%20a%20*%202'));
    for (const character of file) connection.send(part(character));
    connection.send('0\r\n\r\n');
    const [, id = ''] = await connection.until(/201 Created.*"id":"([^"]+)","created_operations":2/s);
    await waitFor(engine, id);
    const results = await (await fetch(`${url}/api/jobs/${id}/results`)).text();
    assert.equal(results, 'a,"b ""c""",x,error\r\n1,"x\r\n""y""",2,\r\n2,,4,\r\n');
  });

  test('results are followed while another table is being sent', async (context) => {
    const { port, url, engine, gate } = await openServer(context);
    gate.close();
    gate.allow(1);
    const posted = await fetch(`${url}/api/jobs?formula=x%20%3D%20a`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: `a\n${'1\n'.repeat(600)}`,
    });
    const { id } = (await posted.json()) as { id: string };
    await waitFor(engine, id, 512);
    const other = await openConnection(context, port);
    other.send(head('formula=x%20%3D%20b'));
    other.send(part(`a,b\n${rows}`));
    const response = await fetch(`${url}/api/jobs/${id}/results?follow=true`);
    assert.equal(response.headers.get('mathmill-lines'), null);
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      // Nothing of the first chunk is held back until the second is finished.
      if (text.length === 'a,x,error\n'.length + 512 * '1,1,\n'.length) gate.open();
    }
    assert.equal(text, `a,x,error\n${'1,1,\n'.repeat(600)}`);
    other.send(part('7,8'));
    other.send('0\r\n\r\n');
    const [, otherId = ''] = await other.until(/201 Created.*"id":"([^"]+)","created_operations":30001/s);
    await waitFor(engine, otherId);
    const results = await (await fetch(`${url}/api/jobs/${otherId}/results`)).text();
    assert.equal(results, `a,b,x,error\n${'1,2,2,\n'.repeat(30_000)}7,8,8,`);
  });

  test('cut off: nothing is kept', async (context) => {
    const { port, store } = await openServer(context);
    const connection = await openConnection(context, port);
    connection.send(head('formula=x%20%3D%20a'));
    connection.send(part(`a,b\n${rows}`));
    connection.socket.end();
    assert.match(await connection.closed, /"code":"TRUNCATED_BODY"/);
    while (store.contents().some(({ job }) => job.state === 'Receiving')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(store.contents().filter(({ job }) => job.state !== 'Deleting').length, 0);
  });
});
