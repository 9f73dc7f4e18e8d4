import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResultWriter } from '../../src/formats/index.ts';
import { gatherShort, renderResults } from '../../src/http/result-stream.ts';
import { createTurns } from '../../src/http/turns.ts';
import type { ResultSlice } from '../../src/engine/index.ts';

const text = Buffer.from('1\n'.repeat(512));

async function* slices(count: number): AsyncGenerator<ResultSlice> {
  for (let firstLine = 1; firstLine <= count * 512; firstLine += 512) {
    const outcomes = { succeeded: 512, failed: 0, cancelled: 0, cost: 0, engine: '3', text };
    yield { firstLine, count: 512, fromLine: firstLine, toLine: firstLine + 511, outcomes, chunk: undefined };
  }
}

function render(count: number, signal = new AbortController().signal) {
  return renderResults(slices(count), createResultWriter('text', { filter: undefined, limit: undefined }), signal, {
    isLive: false,
    turns: createTurns(),
  });
}

test('the event loop has a turn for others after each block', async () => {
  let turns = 0;
  let blocks = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  for await (const block of render(64 * 10)) blocks += block.length > 0 ? 1 : 0;
  clearImmediate(timer);
  assert.equal(blocks, 10);
  assert.ok(turns >= 9, `${turns} turns`);
});

for (const [count, isWhole] of [
  [0, true],
  [1, true],
  [63, true],
  [64, true],
  [65, false],
  [640, false],
] as const) {
  test(`a body of ${count} KiB is gathered ${isWhole ? 'whole' : 'as blocks'}`, async () => {
    const body = await gatherShort(render(count), new AbortController().signal);
    assert.equal(body instanceof Uint8Array, isWhole);
    const blocks = body instanceof Uint8Array ? [body] : await Array.fromAsync(body ?? []);
    assert.equal(Buffer.concat(blocks).toString(), '1\n'.repeat(count * 512));
  });
}

test('a body whose client has left is none', async () => {
  const controller = new AbortController();
  controller.abort();
  assert.equal(await gatherShort(render(1, controller.signal), controller.signal), undefined);
});

test('a body that is left after its first block ends the reading', async () => {
  let isEnded = false;
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) yield text;
    } finally {
      isEnded = true;
    }
  }
  const body = await gatherShort(source(), new AbortController().signal);
  assert.ok(body !== undefined && !(body instanceof Uint8Array));
  for await (const block of body) {
    assert.equal(block, text);
    break;
  }
  assert.ok(isEnded);
});
