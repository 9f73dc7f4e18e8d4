import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createJobFeeds, type JobFollower } from '../../src/engine/job-feeds.ts';
import { createJobSignals, type JobChange } from '../../src/engine/job-signals.ts';
import type { JobView } from '../../src/engine/index.ts';
import { createFakeTime } from '../fake-time.ts';
import { unfinished } from './unfinished-job.ts';

const settled = async () => new Promise((resolve) => setImmediate(resolve));

/** Feeds over a job that the test changes. */
function openFeeds(followPollMs = 1_000) {
  const time = createFakeTime();
  const signals = createJobSignals();
  const state = {
    view: unfinished as JobView | undefined,
    isOwned: false,
    reads: 0,
    failure: undefined as Error | undefined,
  };
  const readJob = async () => {
    state.reads += 1;
    if (state.failure !== undefined) throw state.failure;
    return state.view;
  };
  const feeds = createJobFeeds({ signals, time, readJob, isOwned: () => state.isOwned }, { followPollMs });
  return {
    time,
    state,
    follow: (wanted: JobChange = 'progress', signal = new AbortController().signal) =>
      feeds.follow('job', { wanted, intervalMs: 100, signal }),
    change: (completed: number, status: JobView['status'] = 'InProgress') => {
      state.view = { ...unfinished, completed, status };
      signals.notify('job', status === 'InProgress' ? 'progress' : 'end');
    },
  };
}

async function completedOf(follower: JobFollower): Promise<number | undefined> {
  return (await follower.next())?.view?.completed;
}

suite('feeds of jobs', () => {
  test('read once at each change, for any number of followers, who get the same object', async () => {
    const { time, state, follow, change } = openFeeds();
    const followers = Array.from({ length: 100 }, () => follow());
    const first = await Promise.all(followers.map(async (follower) => follower.next()));
    assert.equal(new Set(first.map((reading) => reading?.view)).size, 1);
    assert.equal(state.reads, 1);
    const second = Promise.all(followers.map(completedOf));
    await time.advance(200);
    change(5);
    assert.deepEqual(new Set(await second), new Set([5]));
    assert.equal(state.reads, 2);
  });

  test('do not read more often than their interval, and less often for many followers', async () => {
    for (const [count, intervalMs] of [
      [1, 100],
      [1_000, 2_000],
    ] as const) {
      const { time, state, follow, change } = openFeeds();
      const followers = Array.from({ length: count }, () => follow());
      await Promise.all(followers.map(completedOf));
      change(1);
      await time.advance(intervalMs - 1);
      assert.equal(state.reads, 1);
      await time.advance(1);
      await settled();
      assert.equal(state.reads, 2);
    }
  });

  test('give a slow follower the newest state and nothing in between', async () => {
    const { time, follow, change } = openFeeds();
    const [slow, quick] = [follow(), follow()];
    assert.equal(await completedOf(slow), 0);
    for (const completed of [0, 1, 2, 3]) {
      if (completed > 0) change(completed);
      assert.equal(await completedOf(quick), completed);
      await time.advance(100);
    }
    assert.equal(await completedOf(slow), 3);
  });

  test('tell the end immediately, also to those who wait for nothing else', async () => {
    const { state, follow, change } = openFeeds();
    const [progress, end] = [follow(), follow('end')];
    await Promise.all([progress, end].map(completedOf));
    const last = Promise.all([progress, end].map(completedOf));
    change(1_000, 'Completed');
    assert.deepEqual(await last, [1_000, 1_000]);
    assert.equal(state.reads, 2);
    assert.equal(await completedOf(progress), 1_000, 'a job that is over gives its last state again');
  });

  test('do not wake for progress when all wait for the end, but look every second', async () => {
    const { time, state, follow, change } = openFeeds();
    const follower = follow('end');
    await follower.next();
    await time.advance(999);
    change(1);
    await settled();
    assert.equal(state.reads, 1);
    await time.advance(2_000);
    assert.ok(state.reads > 1);
  });

  test('of a job of this instance wait for its signals, and of others look often', async () => {
    for (const [isOwned, reads] of [
      [true, 2],
      [false, 1_100 / 120],
    ] as const) {
      const { time, state, follow } = openFeeds(20);
      state.isOwned = isOwned;
      await follow('end').next();
      for (let waitedMs = 0; waitedMs < 1_100; waitedMs += 10) {
        await time.advance(10);
        await settled();
      }
      assert.equal(state.reads, Math.floor(reads) + (isOwned ? 0 : 1));
    }
  });

  test('end a wait when its time is over or its signal aborts', async () => {
    const { time, follow } = openFeeds();
    const gone = new AbortController();
    const [timed, aborted] = [follow(), follow('progress', gone.signal)];
    await Promise.all([timed, aborted].map(completedOf));
    const waits = Promise.all([timed.next(50), aborted.next()]);
    gone.abort();
    await time.advance(50);
    assert.deepEqual(await waits, [undefined, undefined]);
  });

  test('read nothing once all followers have left, and begin anew with the next one', async () => {
    const { time, state, follow, change } = openFeeds();
    const follower = follow();
    await follower.next();
    follower.close();
    change(1);
    await time.advance(10_000);
    assert.equal(state.reads, 1);
    assert.equal(await completedOf(follow()), 1);
  });

  test('tell all followers of a deletion and of a failure', async () => {
    const deleted = openFeeds();
    deleted.state.view = undefined;
    assert.deepEqual(await deleted.follow().next(), { view: undefined });
    const failing = openFeeds();
    failing.state.failure = new Error('the store is unavailable');
    const followers = [failing.follow(), failing.follow()];
    for (const follower of followers) await assert.rejects(follower.next(), /unavailable/);
    failing.state.failure = undefined;
    assert.equal(await completedOf(failing.follow()), 0);
  });
});
