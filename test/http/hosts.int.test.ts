/** Hosts of requests that can only be stated by bytes on a connection: no client library sends them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openServer } from './open-api.ts';
import { openConnection } from './raw-connection.ts';

const cases = [
  ['HTTP/1.0 without a host, as monitors ask', 'GET /health HTTP/1.0\r\n', 200],
  ['HTTP/1.0 with a host', 'GET /health HTTP/1.0\r\nHost: localhost\r\n', 200],
  ['HTTP/1.0 with the host of another', 'GET /health HTTP/1.0\r\nHost: evil.example\r\n', 403],
  ['HTTP/1.0 with an origin and no host', 'GET /health HTTP/1.0\r\nOrigin: http://localhost\r\n', 403],
  ['HTTP/1.0 with an empty host', 'GET /health HTTP/1.0\r\nHost:\r\n', 200],
  [
    'HTTP/1.0 with an empty host and an origin',
    'GET /health HTTP/1.0\r\nHost:\r\nOrigin: http://evil.example\r\n',
    403,
  ],
  ['no host', 'GET /health HTTP/1.1\r\n', 400],
  ['an empty host', 'GET /health HTTP/1.1\r\nHost:\r\n', 400],
  ['a host of white space', 'GET /health HTTP/1.1\r\nHost: \t \r\n', 400],
  ['an empty host and a whole URL', 'GET http://localhost/health HTTP/1.1\r\nHost:\r\n', 400],
  ['an empty host before another one', 'GET /health HTTP/1.1\r\nHost:\r\nHost: localhost\r\n', 400],
  ['two hosts', 'GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n', 400],
  ['two hosts, the other first', 'GET /health HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n', 400],
  ['the same host twice', 'GET /health HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n', 400],
  ['a whole URL', 'GET http://localhost:1/health HTTP/1.1\r\nHost: localhost:1\r\n', 200],
  ['a whole URL with the default port', 'GET http://localhost/health HTTP/1.1\r\nHost: localhost:80\r\n', 200],
  ['a whole URL of another host', 'GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n', 400],
  ['a whole URL and the host of another', 'GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n', 400],
  ['a whole URL of another host alone', 'GET http://evil.example/health HTTP/1.0\r\n', 403],
  ['a whole URL with a user', 'GET http://localhost@evil.example/health HTTP/1.1\r\nHost: localhost\r\n', 400],
  [
    'two origins',
    'GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil\r\n',
    403,
  ],
] as const;

suite('the host of a request', () => {
  for (const [name, head, status] of cases) {
    test(`${name}: ${status}`, async (context) => {
      const { port } = await openServer(context);
      const connection = await openConnection(context, port);
      connection.send(`${head}Connection: close\r\n\r\n`);
      assert.match(await connection.closed, new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }
});
