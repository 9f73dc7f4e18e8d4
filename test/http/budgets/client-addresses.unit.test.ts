import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import { createClientAddresses } from '../../../src/http/budgets/client-addresses.ts';

function request(remoteAddress: string | undefined, forwarded?: string) {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { headers, socket: { remoteAddress } } as Pick<IncomingMessage, 'headers' | 'socket'>;
}

suite('addresses of clients', () => {
  const direct = createClientAddresses([]);

  for (const [remote, key] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, undefined],
  ] as const) {
    test(`${remote} counts as ${key}`, () => {
      assert.equal(direct.ofRequest(request(remote)), key);
      assert.equal(direct.ofConnection(request(remote).socket), key);
    });
  }

  test('nobody but a trusted proxy says who its client is', () => {
    assert.equal(direct.ofRequest(request('192.0.2.1', '198.51.100.7')), '192.0.2.1');
    const trusting = createClientAddresses(['10.0.0.0/8', '::1']);
    assert.equal(trusting.ofRequest(request('192.0.2.1', '198.51.100.7')), '192.0.2.1');
    assert.equal(trusting.ofRequest(request('10.1.2.3', '198.51.100.7')), '198.51.100.7');
    assert.equal(trusting.ofRequest(request('::1', '198.51.100.7')), '198.51.100.7');
  });

  test('what a client wrote itself before the proxies does not count', () => {
    const trusting = createClientAddresses(['10.0.0.0/8']);
    assert.equal(trusting.ofRequest(request('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.0.0.2')), '198.51.100.7');
    assert.equal(trusting.ofRequest(request('10.0.0.1', '203.0.113.9, rubbish')), undefined);
  });

  test('a trusted proxy has no share itself', () => {
    const trusting = createClientAddresses(['10.0.0.1']);
    assert.equal(trusting.ofConnection(request('10.0.0.1').socket), undefined);
    assert.equal(trusting.ofRequest(request('10.0.0.1')), undefined);
  });
});
