/**
 * Many small jobs, one after the other and side by side, through all addresses: how long nothing at all came to its end,
 * and how long the slowest job took.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProbeReport {
  readonly jobs: number;
  /** The longest time in which no job was completed, in milliseconds. */
  readonly longestSilenceMs: number;
  /** The longest time from 201 to Completed, in milliseconds. */
  readonly slowestMs: number;
}

export interface Probes {
  stop(): Promise<ProbeReport>;
}

const probesAtOnce = 8;
const pauseMs = 20;

export function startProbes(urls: readonly string[]): Probes {
  let isStopping = false;
  let jobs = 0;
  let slowestMs = 0;
  let longestSilenceMs = 0;
  let completedAt = performance.now();

  async function probe(index: number): Promise<void> {
    for (let turn = index; !isStopping; turn += 1) {
      const id = await tryOn(urls, turn, submit);
      const acceptedAt = performance.now();
      while (!(await tryOn(urls, turn, (url) => isCompleted(url, id)))) await sleep(pauseMs);
      const now = performance.now();
      slowestMs = Math.max(slowestMs, now - acceptedAt);
      longestSilenceMs = Math.max(longestSilenceMs, now - completedAt);
      completedAt = now;
      jobs += 1;
    }
  }

  const running = Promise.all(Array.from({ length: probesAtOnce }, (_, index) => probe(index)));
  return {
    async stop() {
      isStopping = true;
      await running;
      return { jobs, slowestMs: Math.round(slowestMs), longestSilenceMs: Math.round(longestSilenceMs) };
    },
  };
}

/** Asks one address after the other until one answers. */
async function tryOn<Answer>(
  urls: readonly string[],
  turn: number,
  ask: (url: string) => Promise<Answer | undefined>,
): Promise<Answer> {
  for (let attempt = turn; ; attempt += 1) {
    const answer = await ask(urls[attempt % urls.length] ?? '').catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(pauseMs);
  }
}

/** Long enough for a store that fails over; an instance that hangs is left for another one. */
const answerMs = 5_000;

async function submit(url: string): Promise<string | undefined> {
  const headers = { 'content-type': 'text/plain' };
  const signal = AbortSignal.timeout(answerMs);
  const response = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body: '1 + 2', signal });
  const body = (await response.json()) as { id: string };
  return response.status === 201 ? body.id : undefined;
}

async function isCompleted(url: string, id: string): Promise<boolean | undefined> {
  const response = await fetch(`${url}/api/jobs/${id}`, { signal: AbortSignal.timeout(answerMs) });
  const body = (await response.json()) as { status: string };
  return response.status === 200 ? body.status === 'Completed' : undefined;
}
