import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createIdSource } from '../src/wiring.ts';

const readMs = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

suite('a source of job ids', () => {
  test('gives UUIDs of version 7, each above all before it, also within one millisecond', () => {
    const now = 1_700_000_000_000;
    const source = createIdSource(() => now);
    const ids = Array.from({ length: 10_000 }, () => source(0));
    assert.deepEqual(ids, [...new Set(ids)].toSorted());
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(ids.every((id) => readMs(id) === now));
  });

  test('does not go back with the clock, and follows it again afterwards', () => {
    let now = 2_000;
    const source = createIdSource(() => now);
    const first = source(0);
    now = 1_000;
    const second = source(0);
    assert.ok(second > first);
    assert.equal(readMs(second), 2_000);
    now = 3_000;
    assert.equal(readMs(source(0)), 3_000);
  });

  test('gives an id of a later time where one is wanted, and then those of the clock again', () => {
    const source = createIdSource(() => 1_000);
    assert.equal(readMs(source(5_000)), 5_000);
    assert.equal(readMs(source(500)), 1_000);
  });

  test('gives ids that nobody can guess from others', () => {
    const [one, other] = [createIdSource(() => 1_000), createIdSource(() => 1_000)];
    const tails = new Set(
      Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? one(0) : other(0)).slice(-12)),
    );
    assert.equal(tails.size, 1_000);
  });
});
