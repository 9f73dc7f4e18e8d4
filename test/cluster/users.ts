/**
 * Users of a cluster under trouble: they upload, read, cancel and delete through any of its addresses, and go on with
 * another one when a connection breaks or an instance says that it cannot serve now. Any other refusal is a failure.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { checkJob, createLines, type AcceptedJob } from '../crash/accepted-job.ts';
import { createRandom } from '../simulation/world.ts';

export interface Users {
  /** Jobs that were answered with 201 so far. */
  readonly accepted: readonly AcceptedJob[];
  /** How often users got the response 503 with Retry-After. */
  readonly refusals: number;
  /** How often no process listened at the address, as with an instance that is down. */
  readonly absences: number;
  /** How often a connection broke or no answer came. */
  readonly breaks: number;
  /** The request when that happened last, and its error. */
  readonly lastBreak: string;
  /** The longest wait for an answer, in milliseconds. */
  readonly slowestMs: number;
  /** The request of that wait, and its outcome. */
  readonly slowest: string;
  /** Resolves when `count` more jobs have been accepted from now on; rejects with the error of a user. */
  accept(count: number): Promise<void>;
  /** Lets each user finish the current step; rejects with the error of a user. */
  stop(): Promise<void>;
}

export interface UsersOptions {
  readonly urls: readonly string[];
  readonly seed: number;
  readonly count?: number;
}

/** A user pauses this long after trouble. */
const pauseMs = 100;
/** A user waits about this long between two jobs: the cluster is to be busy, not overloaded. */
const restMs = 400;
/** An instance that is killed or hangs does not respond; no user waits forever. */
const answerMs = 30_000;

export function startUsers({ urls, seed, count = 4 }: UsersOptions): Users {
  const random = createRandom(seed);
  const accepted: AcceptedJob[] = [];
  const stopping = new AbortController();
  let refusals = 0;
  let absences = 0;
  let breaks = 0;
  let lastBreak = '';
  let slowestMs = 0;
  let slowest = '';

  /** The answer, or undefined when there was trouble that users must expect. */
  async function request(path: string, init: RequestInit = {}): Promise<{ status: number; text: string } | undefined> {
    const url = urls[Math.floor(random() * urls.length)] ?? '';
    const askedAt = performance.now();
    let outcome = 'no answer';
    try {
      // A connection for each request: one that is kept may be closed by a server that stops just as it is used again.
      const headers = new Headers(init.headers);
      headers.set('connection', 'close');
      const response = await fetch(url + path, { ...init, headers, signal: AbortSignal.timeout(answerMs) });
      const text = await response.text();
      outcome = `${response.status}`;
      if (response.status !== 503) return { status: response.status, text };
      assert.ok(response.headers.has('retry-after'), `503 without Retry-After: ${text}`);
      refusals += 1;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (isAbsence(error)) absences += 1;
      else {
        breaks += 1;
        lastBreak = `${init.method ?? 'GET'} ${url}${path}: ${inspect(error)}`;
      }
    } finally {
      const tookMs = performance.now() - askedAt;
      if (tookMs > slowestMs) {
        slowestMs = tookMs;
        slowest = `${init.method ?? 'GET'} ${path.replace(/[\da-f-]{36}/, '…')}: ${outcome}`;
      }
    }
    await sleep(pauseMs);
    return undefined;
  }

  async function useOnce(): Promise<void> {
    const lines = createLines(random);
    const created = await request('/api/jobs', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: lines.map((line) => line.request).join('\n'),
    });
    if (created === undefined) return;
    assert.equal(created.status, 201, created.text);
    const { id } = JSON.parse(created.text) as { id: string };
    const job: AcceptedJob = { id, lines, isCancelAsked: false, isDeleteAsked: false };
    accepted.push(job);
    const choice = random();
    if (choice < 0.1) {
      job.isCancelAsked = true;
      const answer = await request(`/api/jobs/${id}/cancel`, { method: 'POST' });
      // 409: it was finished already.
      assert.ok([undefined, 200, 409].includes(answer?.status), answer?.text);
    } else if (choice < 0.2) {
      job.isDeleteAsked = true;
      const answer = await request(`/api/jobs/${id}`, { method: 'DELETE' });
      assert.ok([undefined, 204, 404].includes(answer?.status), answer?.text);
    } else if (choice < 0.5) {
      const answer = await request(`/api/jobs/${id}/operations?page=1&size=100`);
      assert.ok([undefined, 200].includes(answer?.status), answer?.text);
    }
  }

  async function use(): Promise<void> {
    while (!stopping.signal.aborted) {
      await useOnce();
      await sleep(2 * random() * restMs);
    }
  }

  const users = Array.from({ length: count }, use);
  const all = Promise.all(users);
  all.catch(() => stopping.abort());

  return {
    accepted,
    get refusals() {
      return refusals;
    },
    get absences() {
      return absences;
    },
    get breaks() {
      return breaks;
    },
    get lastBreak() {
      return lastBreak;
    },
    get slowestMs() {
      return slowestMs;
    },
    get slowest() {
      return slowest;
    },
    async accept(more) {
      const target = accepted.length + more;
      while (accepted.length < target && !stopping.signal.aborted) await sleep(20);
      if (stopping.signal.aborted) await all;
    },
    async stop() {
      stopping.abort();
      await all;
    },
  };
}

function isAbsence(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/** Each accepted job is complete and right, whichever address is asked. */
export async function checkJobs(urls: readonly string[], jobs: readonly AcceptedJob[]): Promise<void> {
  for (const [index, job] of jobs.entries()) await checkJob(urls[index % urls.length] ?? '', job);
}

const checkAttemptsMax = 20;

/** As `checkJobs`, again after a 503, as users do: for tests of right outcomes, and not of how soon they can be read. */
export async function checkJobsPatiently(urls: readonly string[], jobs: readonly AcceptedJob[]): Promise<void> {
  for (const job of jobs) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await checkJobs(urls, [job]);
        break;
      } catch (error) {
        if (attempt === checkAttemptsMax || !/\b503\b|is there$/.test(String(error))) throw error;
        await sleep(pauseMs * attempt);
      }
    }
  }
}

/** Removes checked jobs: the stand-in for MongoDB looks through all jobs again and again, and slows down with them. */
export async function deleteJobs(urls: readonly string[], jobs: readonly AcceptedJob[]): Promise<void> {
  for (const [index, { id }] of jobs.entries()) {
    const response = await fetch(`${urls[index % urls.length]}/api/jobs/${id}`, { method: 'DELETE' });
    await response.body?.cancel();
    assert.ok([204, 404, 503].includes(response.status), `${response.status}`);
  }
}
