import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withDeadline, StoreError, type JobService } from '../../src/engine/index.ts';
import { createFakeTime } from '../fake-time.ts';

const never = new Promise<never>(() => {});
const { signal } = new AbortController();

/** A service of which every call ends as `answer` does. */
function createService(answer: Promise<never>): JobService {
  return new Proxy({} as JobService, { get: () => () => answer });
}

const calls: readonly (readonly [name: string, call: (service: JobService) => Promise<unknown>])[] = [
  ['readJob', (service) => service.readJob('a')],
  ['listJobs', (service) => service.listJobs(0, 1)],
  ['listJobsAfter', (service) => service.listJobsAfter('a', 1)],
  ['listOperations', (service) => service.listOperations('a', { start: { offset: 0 }, limit: 1, filter: undefined })],
  ['readOperation', (service) => service.readOperation('a', 1)],
  ['watchJob', (service) => service.watchJob('a', 1, signal)],
  ['cancelJob', (service) => service.cancelJob('a')],
  ['deleteJob', (service) => service.deleteJob('a')],
  ['cancelJobs', (service) => service.cancelJobs({})],
  ['deleteJobs', (service) => service.deleteJobs({})],
  ['readCluster', (service) => service.readCluster()],
  [
    'streamResults',
    (service) =>
      service.streamResults('a', { from: 1, limit: 1, filter: undefined, follow: false, requests: false }, signal),
  ],
];

function isUnavailable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'unavailable' && error.retryable;
}

describe('limited answers', () => {
  for (const [name, call] of calls) {
    it(`of ${name} fail as unavailable after 9 s`, async () => {
      const time = createFakeTime();
      const outcome = call(withDeadline(createService(never), time));
      let isOver = false;
      outcome.catch(() => (isOver = true));
      await time.advance(8_999);
      assert.equal(isOver, false);
      await time.advance(1);
      await assert.rejects(outcome, isUnavailable);
    });

    it(`of ${name} are what the service answers in time`, async () => {
      const failure = new Error('as it is');
      await assert.rejects(call(withDeadline(createService(Promise.reject(failure)), createFakeTime())), failure);
    });
  }

  it('give a caller who waits for the end of a job that time first', async () => {
    const time = createFakeTime();
    const outcome = withDeadline(createService(never), time).awaitJob('a', 60_000, signal);
    let isOver = false;
    outcome.catch(() => (isOver = true));
    await time.advance(68_999);
    assert.equal(isOver, false);
    await time.advance(1);
    await assert.rejects(outcome, isUnavailable);
  });
});
