/** A resource of the server that is polled while the tab is visible. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { getJson } from '../api/client.ts';
import { connection } from '../api/connection.ts';
import { ConnectionLostError, describeError, isAbort } from '../api/errors.ts';
import type { Query } from '../api/url.ts';

export interface Polled<Body> {
  /** The last answer; it stays while the server cannot be reached. */
  readonly body?: Body;
  /** The arrival of `body`, as `Date.now()` has it. */
  readonly atMs: number;
  /** The problem with the request. */
  readonly message?: string;
  /** Whether `body` answers the request as it is now, and not as it was before its last change. */
  readonly isCurrent: boolean;
  /** Requests immediately. */
  readonly refresh: () => void;
}

interface Answer<Body> {
  readonly body?: Body;
  readonly atMs: number;
  readonly message?: string;
  readonly key: string;
}

const intervalMs = 2_000;
/** A request that is much work for the server, such as a list by name of a million jobs, is made less often. */
const pausesPerRequest = 10;

/** No request is sent while the tab is hidden or the server is gone; it is sent afterwards. */
export function usePolled<Body>(path: string, query: Query = {}): Polled<Body> {
  const key = JSON.stringify([path, query]);
  const [answer, setAnswer] = useState<Answer<Body>>({ atMs: Date.now(), key });
  const [round, setRound] = useState(0);
  const isLost = connection.value === 'lost';
  useEffect(() => {
    if (isLost) return;
    return poll(
      (signal) => getJson<Body>(path, { query, signal }),
      (body) => setAnswer({ body, atMs: Date.now(), key }),
      (message) => setAnswer((last) => ({ ...last, message, key })),
    );
    // `key` stands for the path and the query.
  }, [key, round, isLost]);
  const refresh = useCallback(() => setRound((last) => last + 1), []);
  const { body, atMs, message } = answer;
  return {
    ...(body !== undefined && { body }),
    ...(message !== undefined && { message }),
    atMs,
    isCurrent: answer.key === key && body !== undefined,
    refresh,
  };
}

/** The next request begins a while after the last one ended, so a slow server never gets two at the same time. */
function poll<Body>(
  ask: (signal: AbortSignal) => Promise<Body>,
  onBody: (body: Body) => void,
  onMessage: (message: string) => void,
): () => void {
  const aborted = new AbortController();
  let timer: number | undefined;
  let isAsking = false;
  const askOnce = async (): Promise<void> => {
    clearTimeout(timer);
    if (document.hidden || isAsking) return;
    isAsking = true;
    const startMs = performance.now();
    try {
      const body = await ask(aborted.signal);
      if (!aborted.signal.aborted) onBody(body);
    } catch (error) {
      const isSilent = isAbort(error) || error instanceof ConnectionLostError;
      if (!isSilent && !aborted.signal.aborted) onMessage(describeError(error));
    }
    isAsking = false;
    const pauseMs = Math.max(intervalMs, pausesPerRequest * (performance.now() - startMs));
    if (!aborted.signal.aborted) timer = window.setTimeout(() => void askOnce(), pauseMs);
  };
  document.addEventListener('visibilitychange', () => void askOnce(), { signal: aborted.signal });
  void askOnce();
  return () => {
    aborted.abort();
    clearTimeout(timer);
  };
}
