import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DispatchWindow } from '../../src/engine/dispatch-window.ts';

const options = {
  windowChunks: 64,
  windowChunksMin: 16,
  windowChunksMax: 512,
  windowBytesMax: 1e9,
  queueMs: 150,
  inFlightChunksMax: 2_048,
};

function createWindow(openJobs = 1, windowChunksMin = options.windowChunksMin): DispatchWindow {
  return Object.assign(new DispatchWindow({ ...options, windowChunksMin }), { openJobs });
}

/** Chunks that wait so long come back, with so many more in flight. */
function land(
  window: DispatchWindow,
  {
    waitedMs,
    serviceMs = 1,
    chunks,
    inFlight,
  }: Record<'waitedMs' | 'chunks' | 'inFlight', number> & { serviceMs?: number },
) {
  for (let index = 0; index < chunks; index += 1) {
    window.chunks = inFlight;
    window.note(waitedMs, serviceMs);
  }
}

describe('the window of an instance', () => {
  it('widens to its bound while chunks do not wait', () => {
    const window = createWindow();
    assert.equal(window.share, 64);
    land(window, { waitedMs: 20, chunks: 2_000, inFlight: 500 });
    assert.equal(window.share, 512);
  });

  it('narrows to 16 while they wait for longer than they should, and widens again', () => {
    const window = createWindow();
    land(window, { waitedMs: 400, chunks: 1_000, inFlight: 64 });
    assert.equal(window.share, 16);
    land(window, { waitedMs: 20, chunks: 1_000, inFlight: 64 });
    assert.ok(window.share >= 64, String(window.share));
  });

  it('has a lower bound that falls with what chunks cost', () => {
    for (const [serviceMs, least] of [
      [0, 128],
      [1, 128],
      [40, 50],
      [100, 20],
      [1_000, 16],
    ] as const) {
      const window = createWindow(1, 128);
      land(window, { waitedMs: 400, serviceMs, chunks: 2_000, inFlight: 64 });
      assert.equal(window.share, least, `${serviceMs} ms`);
    }
  });

  it('finds a size between the bounds when waiting grows with what is in flight', () => {
    const window = createWindow();
    for (let round = 0; round < 100; round += 1) {
      // 100 evaluators that take 100 ms a chunk.
      const inFlight = window.share;
      land(window, { waitedMs: Math.max(0, inFlight / 100 - 1) * 100, chunks: Math.ceil(inFlight / 2), inFlight });
    }
    assert.ok(window.share > 150 && window.share < 350, String(window.share));
  });

  it('does not widen for jobs that do not fill it', () => {
    const window = createWindow();
    land(window, { waitedMs: 1, chunks: 1_000, inFlight: 5 });
    assert.equal(window.share, 64);
  });

  it('is shared by all jobs that have more to send, each with four chunks at least', () => {
    assert.equal(createWindow(0).share, 64);
    assert.equal(createWindow(3).share, 21);
    assert.equal(createWindow(100).share, 4);
  });
});
