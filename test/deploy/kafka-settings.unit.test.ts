import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { messageBytesMax } from '../../src/bus/kafka/topics.ts';

it('lets the brokers take messages of the size that the bus may send', () => {
  const settings = readFileSync(resolve(import.meta.dirname, '../../deploy/kafka/server.properties'), 'utf8');
  assert.ok(settings.split('\n').includes(`message.max.bytes=${messageBytesMax}`));
});
