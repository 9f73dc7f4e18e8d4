/**
 * Reads each job that somebody follows once for all who follow it. A thousand followers who each read the store at each
 * change would leave no time for the job itself. A slow follower misses states in between, and never the newest.
 */
import { isFinished } from '../jobs/index.ts';
import { watchChanges } from './job-changes.ts';
import type { JobView } from './job-service.ts';
import type { JobChange, JobSignals } from './job-signals.ts';
import type { Time, Timer } from './time.ts';

/** Upper bound of the time between two readings: of what followers choose, and while there is no signal. */
const intervalMsMax = 1_000;
/**
 * Time between two readings, for each follower of this instance. To read a job and notify a follower takes up to 100 µs, so
 * all of them together take one twentieth of a core. Up to 50 followers are notified ten times a second.
 */
const intervalMsPerFollower = 2;

/** The state of a job when it was read; undefined: it is deleted. */
export interface Reading {
  readonly view: JobView | undefined;
}

export interface JobFollower {
  /**
   * The newest reading, as soon as there is one that the last call did not give; the last one again once the job is over.
   * Undefined: `maxMs` passed, or the signal of the follower was aborted. Rejects when the store could not be read.
   */
  next(maxMs?: number): Promise<Reading | undefined>;
  close(): void;
}

export interface FollowOptions {
  /** `end`: only the end of the job is of interest. */
  readonly wanted: JobChange;
  /** The shortest time between two readings. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

export interface JobFeeds {
  follow(jobId: string, options: FollowOptions): JobFollower;
}

export interface JobFeedOptions {
  /** How long a feed of a job of another instance waits before it reads the job: changes made by others give no signal. */
  readonly followPollMs: number;
}

export interface JobFeedDependencies {
  readonly signals: JobSignals;
  readonly time: Time;
  readJob(jobId: string): Promise<JobView | undefined>;
  /** Whether this instance makes the changes of the job, of which there are signals. */
  isOwned(jobId: string): boolean;
}

/** Followers of all jobs of an instance. */
interface Load {
  followers: number;
}

export function createJobFeeds(dependencies: JobFeedDependencies, { followPollMs }: JobFeedOptions): JobFeeds {
  const feeds = new Map<string, JobFeed>();
  const load: Load = { followers: 0 };

  function open(jobId: string): JobFeed {
    const feed = new JobFeed(jobId, dependencies, load, followPollMs);
    feeds.set(jobId, feed);
    void feed.run().finally(() => {
      if (feeds.get(jobId) === feed) feeds.delete(jobId);
    });
    return feed;
  }

  return {
    follow(jobId, options) {
      const known = feeds.get(jobId);
      const feed = known === undefined || known.isOver ? open(jobId) : known;
      return new Follower(feed, options, dependencies.time);
    },
  };
}

function isEnd(change: JobChange): boolean {
  return change === 'end';
}

/** The one who reads a job, for as long as it has followers and is not over. */
class JobFeed {
  readonly #jobId: string;
  readonly #dependencies: JobFeedDependencies;
  readonly #load: Load;
  readonly #pollMs: number;
  readonly #followers = new Set<Follower>();
  readonly #abandoned = new AbortController();
  #latest: Reading | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Counts the readings. */
  version = 0;

  constructor(jobId: string, dependencies: JobFeedDependencies, load: Load, pollMs: number) {
    this.#jobId = jobId;
    this.#dependencies = dependencies;
    this.#load = load;
    this.#pollMs = pollMs;
  }

  get isOver(): boolean {
    const isLast =
      this.#latest !== undefined && (this.#latest.view === undefined || isFinished(this.#latest.view.status));
    return isLast || this.#failure !== undefined || this.#abandoned.signal.aborted;
  }

  readLatest(): Reading | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#latest;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
    this.#load.followers += 1;
  }

  remove(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    this.#load.followers -= 1;
    if (this.#followers.size === 0) this.#abandoned.abort();
  }

  async run(): Promise<void> {
    const { signals, time } = this.#dependencies;
    const { signal } = this.#abandoned;
    const changes = watchChanges(
      signals,
      time,
      this.#jobId,
      signal,
      (change) => isEnd(change) || this.#wantsProgress(),
    );
    const end = watchChanges(signals, time, this.#jobId, signal, isEnd);
    try {
      await this.#read();
      while (!this.isOver) {
        // The end of a job is reported immediately.
        await end.next(this.#intervalMs());
        await changes.next(this.#dependencies.isOwned(this.#jobId) ? intervalMsMax : this.#pollMs);
        if (!signal.aborted) await this.#read();
      }
    } finally {
      changes.close();
      end.close();
    }
  }

  async #read(): Promise<void> {
    try {
      this.#latest = { view: await this.#dependencies.readJob(this.#jobId) };
    } catch (error) {
      this.#failure = { error };
    }
    this.version += 1;
    for (const follower of this.#followers) follower.wake();
  }

  #wantsProgress(): boolean {
    for (const { options } of this.#followers) if (options.wanted === 'progress') return true;
    return false;
  }

  #intervalMs(): number {
    let shortest = intervalMsMax;
    for (const { options } of this.#followers) shortest = Math.min(shortest, options.intervalMs);
    return Math.max(shortest, this.#load.followers * intervalMsPerFollower);
  }
}

class Follower implements JobFollower {
  readonly options: FollowOptions;
  readonly #feed: JobFeed;
  readonly #time: Time;
  /** The version of the reading that was given last. */
  #seen = 0;
  #resolve: (() => void) | undefined;
  /** To be called when there may be something new. */
  readonly wake = (): void => this.#resolve?.();

  constructor(feed: JobFeed, options: FollowOptions, time: Time) {
    this.#feed = feed;
    this.options = options;
    this.#time = time;
    feed.add(this);
    options.signal.addEventListener('abort', this.wake);
  }

  async next(maxMs?: number): Promise<Reading | undefined> {
    if (!this.#hasNews()) await this.#wait(maxMs);
    if (this.options.signal.aborted || !this.#hasNews()) return undefined;
    this.#seen = this.#feed.version;
    return this.#feed.readLatest();
  }

  close(): void {
    this.options.signal.removeEventListener('abort', this.wake);
    this.#feed.remove(this);
  }

  #hasNews(): boolean {
    return this.#seen !== this.#feed.version || this.#feed.isOver;
  }

  async #wait(maxMs: number | undefined): Promise<void> {
    if (this.options.signal.aborted) return;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (maxMs !== undefined) timer = this.#time.schedule(maxMs, resolve);
    });
    timer?.cancel();
    this.#resolve = undefined;
  }
}
