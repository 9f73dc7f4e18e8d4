import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { createJobFollowers } from '../../src/http/job-followers.ts';
import type { JobView } from '../../src/engine/index.ts';
import { unfinished } from '../engine/unfinished-job.ts';

/** Followers of a job that the test changes. */
function openFollowers() {
  const stopping = new AbortController();
  const state = { watches: 0, reads: 0, openWatches: 0, view: unfinished as JobView | undefined };
  let changed = Promise.withResolvers<void>();
  async function* watch(signal: AbortSignal): AsyncGenerator<JobView, void, void> {
    state.openWatches += 1;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    try {
      while (!signal.aborted && state.view !== undefined) {
        yield state.view;
        if (state.view.status === 'Completed') return;
        await Promise.race([changed.promise, aborted]);
      }
    } finally {
      state.openWatches -= 1;
    }
  }
  const followers = createJobFollowers({
    stopping: stopping.signal,
    service: {
      async readJob() {
        state.reads += 1;
        return state.view;
      },
      async watchJob(_jobId, _intervalMs, signal) {
        state.watches += 1;
        return state.view === undefined ? undefined : watch(signal);
      },
    },
  });
  const wake = (settle: (waiting: PromiseWithResolvers<void>) => void) => {
    const waiting = changed;
    changed = Promise.withResolvers();
    settle(waiting);
  };
  return {
    state,
    stop: () => stopping.abort(),
    follow: async () => {
      const stream = await followers.follow('job');
      assert.ok(stream !== undefined);
      return stream;
    },
    followers,
    change: (completed: number, status: JobView['status'] = 'InProgress') => {
      state.view = { ...unfinished, completed, status };
      wake(({ resolve }) => resolve());
    },
    remove: () => {
      state.view = undefined;
      wake(({ resolve }) => resolve());
    },
    fail: () => wake(({ reject }) => reject(new Error('the store is unavailable'))),
  };
}

async function readText(stream: Readable): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

/** The next part that the stream has. */
async function readPart(stream: Readable): Promise<string> {
  const [part] = (await once(stream, 'data')) as [Buffer];
  return part.toString();
}

const countsIn = (text: string) => Array.from(text.matchAll(/"completed":(\d+)/g), ([, count]) => Number(count));

suite('followers of jobs', () => {
  test('get the same bytes, from one watch', async () => {
    const { state, follow, change } = openFollowers();
    const streams = await Promise.all(Array.from({ length: 100 }, follow));
    assert.deepEqual([state.watches, state.reads], [1, 0]);
    const texts = streams.map(readText);
    change(1_000, 'Completed');
    const all = new Set(await Promise.all(texts));
    assert.equal(all.size, 1);
    const [text = ''] = all;
    assert.match(text, /^retry: 2000\n\nevent: progress\n/);
    assert.ok(text.endsWith('id: end\nevent: end\ndata: {"reason":"finished"}\n\n'));
    assert.equal(state.openWatches, 0);
  });

  test('that read slowly get the newest state and nothing in between', async () => {
    const { follow, change } = openFollowers();
    const [slow, quick] = [await follow(), await follow()];
    assert.deepEqual(countsIn(await readPart(slow)), [0]);
    slow.pause();
    assert.deepEqual(countsIn(await readPart(quick)), [0]);
    for (const completed of [1, 2, 3, 4, 5]) {
      const part = readPart(quick);
      change(completed);
      assert.deepEqual(countsIn(await part), [completed]);
    }
    const seen: number[] = [];
    slow.on('data', (part: Buffer) => seen.push(...countsIn(part.toString())));
    slow.resume();
    while (seen.at(-1) !== 5) await once(slow, 'data');
    assert.ok(seen.length <= 2, `one part may have been made ahead: ${seen.join()}`);
    slow.destroy();
    quick.destroy();
  });

  test('hear of a deletion', async () => {
    const { follow, remove } = openFollowers();
    const text = readText(await follow());
    remove();
    assert.match(await text, /event: end\ndata: \{"reason":"deleted"\}\n\n$/);
  });

  test('of no job get nothing', async () => {
    const { followers, remove } = openFollowers();
    remove();
    assert.equal(await followers.follow('job'), undefined);
  });

  test('lose their streams when the store fails, and the next one begins anew', async () => {
    const { state, follow, fail } = openFollowers();
    const [read, unread] = [await follow(), await follow()];
    const text = readText(read);
    fail();
    await assert.rejects(text, /unavailable/);
    assert.ok(unread.destroyed);
    const next = await follow();
    assert.deepEqual(countsIn(await readPart(next)), [0]);
    assert.equal(state.watches, 2);
    next.destroy();
  });

  test('that leave before they read end the watch', async () => {
    const { state, follow } = openFollowers();
    const streams = await Promise.all([follow(), follow()]);
    for (const stream of streams) stream.destroy();
    await Promise.all(streams.map(async (stream) => stream.closed || once(stream, 'close')));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(state.openWatches, 0);
    (await follow()).destroy();
    assert.equal(state.watches, 2);
  });

  test('end when the server stops, without a last event', async () => {
    const { state, follow, stop, change } = openFollowers();
    const streams = [await follow(), await follow()];
    const texts = streams.map(readText);
    change(1);
    stop();
    for (const text of await Promise.all(texts)) assert.ok(!text.includes('event: end'));
    assert.equal(state.openWatches, 0);
  });
});
