/**
 * The job that is shown, as it changes: by events of the server while the tab is seen, and by asking where events do not
 * come through, such as behind a proxy that gathers answers.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import { getJson } from '../../api/client.ts';
import { isAbort, ProblemError } from '../../api/errors.ts';
import type { Job } from '../../api/types.ts';
import { resolveUrl } from '../../api/url.ts';

export interface FollowedJob {
  /** Undefined until it has been read. */
  readonly job: ReadonlySignal<Job | undefined>;
  /** Why it cannot be read; a lost connection is shown elsewhere, and ends on its own. */
  readonly problem: ReadonlySignal<ProblemError | undefined>;
  /** Reads it again now. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => void;
}

/** Poll interval while no event reports a change. Totals of a table come this way only. */
const pollMs = 3_000;
const retryMs = 2_000;
/** A stream that the server has rejected is opened again after this time. */
const reopenMs = 10_000;

export function isFinished({ status }: Pick<Job, 'status'>): boolean {
  return status === 'Completed' || status === 'Cancelled';
}

export function followJob(id: string): FollowedJob {
  const job = signal<Job | undefined>(undefined);
  const problem = signal<ProblemError | undefined>(undefined);
  const path = `api/jobs/${encodeURIComponent(id)}`;
  const ending = new AbortController();
  let events: EventSource | undefined;
  let timer = 0;
  let openedAt = -Infinity;
  /** Whether it has been read whole since it ended: events leave out the totals of a table. */
  let isComplete = false;

  const isOver = (): boolean => ending.signal.aborted || problem.value !== undefined || isComplete;

  /** A response that was in flight when an event came may be older than the event. */
  const take = (next: Job): void => {
    const known = job.value;
    if (known !== undefined && (isFinished(known) ? !isFinished(next) : next.completed < known.completed)) return;
    job.value = { ...known, ...next };
  };

  const read = async (): Promise<void> => {
    try {
      const next = await getJson<Job>(path, { signal: ending.signal });
      take(next);
      isComplete = isFinished(next);
      problem.value = undefined;
      open();
    } catch (error) {
      if (isAbort(error)) return;
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) problem.value = error;
    }
    plan(job.value === undefined ? retryMs : pollMs);
  };

  const plan = (delayMs: number): void => {
    clearTimeout(timer);
    if (isOver()) close();
    else if (!document.hidden) timer = window.setTimeout(() => void read(), delayMs);
  };

  const open = (): void => {
    if (events !== undefined || isOver() || document.hidden || Date.now() < openedAt + reopenMs) return;
    openedAt = Date.now();
    events = new EventSource(resolveUrl(`${path}/events`));
    events.addEventListener('progress', (event: MessageEvent<string>) => take(JSON.parse(event.data) as Job));
    events.addEventListener('end', () => {
      close();
      void read();
    });
    // A stream that the server has rejected stays closed: polling continues, and the next response tries it again. The first
    // request is sent immediately, since it finds out whether the session has ended.
    events.addEventListener('error', () => {
      if (events?.readyState !== EventSource.CLOSED) return;
      close();
      plan(0);
    });
  };

  const close = (): void => {
    events?.close();
    events = undefined;
  };

  const onVisibility = (): void => {
    if (document.hidden) {
      clearTimeout(timer);
      close();
    } else if (!isOver()) {
      openedAt = -Infinity;
      void read();
    }
  };

  document.addEventListener('visibilitychange', onVisibility);
  void read();
  return {
    job,
    problem,
    refresh: read,
    stop: () => {
      ending.abort();
      clearTimeout(timer);
      close();
      document.removeEventListener('visibilitychange', onVisibility);
    },
  };
}
