import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as iteration } from 'node:timers/promises';
import { createTurns } from '../../src/http/turns.ts';

test('each turn of the event loop belongs to one stream, in the order of their requests', async () => {
  const turns = createTurns();
  let order = '';
  async function stream(name: string): Promise<void> {
    for (let block = 0; block < 2; block += 1) {
      await turns.next();
      order += name;
    }
  }
  const streams = Promise.all(['a', 'b', 'c'].map(stream));
  for (let count = 0; count < 6; count += 1) {
    await iteration();
    order += '|';
  }
  await streams;
  assert.equal(order, 'a|b|c|a|b|c|');
  await turns.next();
});

test('while connections come, streams wait, but not for ever', async () => {
  let now = 1_000;
  const turns = createTurns(() => now);
  let blocks = 0;
  const block = (): void => void turns.next().then(() => (blocks += 1));
  block();
  await iteration();
  assert.equal(blocks, 1);
  block();
  for (let connection = 0; connection < 3; connection += 1) {
    turns.noteConnection();
    await iteration();
    assert.equal(blocks, 1);
  }
  now += 20;
  turns.noteConnection();
  await iteration();
  assert.equal(blocks, 2);
  block();
  await iteration();
  assert.equal(blocks, 3);
});
