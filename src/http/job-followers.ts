/**
 * Clients that follow jobs. However many follow a job, it is watched once and each of its events is written once. All
 * events of all followers go through one queue, which takes a bounded share of the main thread: the more followers there
 * are, the longer is the time between two events of each. A follower that was passed over, or reads slowly, gets the
 * newest state and none of those before it.
 */
import { Readable } from 'node:stream';
import type { JobService, JobView } from '../engine/index.ts';
import { isFinished } from '../jobs/index.ts';
import { ping, streamStart, writeEnd, writeProgress } from './event-stream.ts';
import { createPacedQueue, type PacedQueue } from './paced-queue.ts';

/** Shortest time between two events of one client; a state of the job that is younger is sent to new followers, too. */
const eventIntervalMs = 100;
/** The main thread has jobs to bring forward. At 20 µs an event, 2,000 followers hear of their jobs every 0.8 s. */
const queueOptions = { share: 0.05, sliceItems: 32 };
/**
 * How often idle followers get a ping. Proxies close connections that say nothing for long, often after 60 s, some after
 * 30 s; a follower is idle for twice this time at the most.
 */
const pingMs = 10_000;

export interface JobFollowers {
  /** The events of a job as the body of a response; undefined: no such job. The caller destroys it or reads it. */
  follow(jobId: string): Promise<Readable | undefined>;
}

export interface JobFollowerDependencies {
  readonly service: Pick<JobService, 'readJob' | 'watchJob'>;
  /** Aborted when the server begins to stop: all streams end then. */
  readonly stopping: AbortSignal;
}

export function createJobFollowers({ service, stopping }: JobFollowerDependencies): JobFollowers {
  const feeds = new Map<string, Feed>();
  const queue = createPacedQueue<Follower>((follower) => follower.send(), queueOptions);
  let pings: NodeJS.Timeout | undefined;
  stopping.addEventListener('abort', () => feeds.forEach((feed) => feed.stop()));

  function open(jobId: string): Feed {
    const feed = new Feed(jobId, service, queue);
    feeds.set(jobId, feed);
    pings ??= setInterval(() => feeds.forEach((open) => open.ping()), pingMs).unref();
    void feed.run().finally(() => close(jobId, feed));
    return feed;
  }

  function close(jobId: string, feed: Feed): void {
    if (feeds.get(jobId) === feed) feeds.delete(jobId);
    if (feeds.size > 0) return;
    clearInterval(pings);
    pings = undefined;
  }

  return {
    async follow(jobId) {
      const known = feeds.get(jobId);
      const follower = new Follower(known === undefined || known.isClosed ? open(jobId) : known);
      try {
        if (await follower.begin()) return follower;
      } catch (error) {
        follower.destroy();
        throw error;
      }
      follower.destroy();
      return undefined;
    },
  };
}

/** The events of one job, for as long as it has followers and is not over. */
class Feed {
  readonly #jobId: string;
  readonly #service: JobFollowerDependencies['service'];
  readonly #queue: PacedQueue<Follower>;
  readonly #followers = new Set<Follower>();
  readonly #abandoned = new AbortController();
  readonly #opened = Promise.withResolvers<boolean>();
  #latest: JobView | undefined;
  #readAt = 0;
  #reading: Promise<boolean> | undefined;
  /** The newest state; another object for each. */
  event: Uint8Array | undefined;
  /** The last event, once the job is over. */
  end: Uint8Array | undefined;

  constructor(jobId: string, service: JobFollowerDependencies['service'], queue: PacedQueue<Follower>) {
    this.#jobId = jobId;
    this.#service = service;
    this.#queue = queue;
    // A waiting follower gets the error; without one, it is dropped.
    this.#opened.promise.catch(() => {});
  }

  /** It takes no new followers. */
  get isClosed(): boolean {
    return this.end !== undefined || this.#abandoned.signal.aborted;
  }

  async run(): Promise<void> {
    const { signal } = this.#abandoned;
    try {
      const views = await this.#service.watchJob(this.#jobId, eventIntervalMs, signal);
      if (views === undefined) return this.#opened.resolve(false);
      for await (const view of views) {
        this.#note(view);
        this.#opened.resolve(true);
        this.#tellAll();
      }
      if (signal.aborted) return;
      this.end = writeEnd(this.#latest !== undefined && isFinished(this.#latest.status) ? 'finished' : 'deleted');
      this.#tellAll();
    } catch (error) {
      this.#opened.reject(error);
      for (const follower of this.#followers)
        follower.destroy(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#opened.resolve(false);
    }
  }

  /** Reads the job for a new follower, unless that was done just now; false: there is no such job. */
  async freshen(): Promise<boolean> {
    if (!(await this.#opened.promise)) return false;
    if (performance.now() - this.#readAt < eventIntervalMs) return true;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
  }

  remove(follower: Follower): void {
    this.#queue.delete(follower);
    if (this.#followers.delete(follower) && this.#followers.size === 0) this.#abandoned.abort();
  }

  /** Has the follower served when its turn comes. */
  enqueue(follower: Follower): void {
    this.#queue.add(follower);
  }

  ping(): void {
    for (const follower of this.#followers) follower.notePing();
  }

  /** Ends all streams, without a last event: the client connects again. */
  stop(): void {
    for (const follower of this.#followers) follower.finish();
    this.#abandoned.abort();
  }

  async #read(): Promise<boolean> {
    const view = await this.#service.readJob(this.#jobId);
    if (view !== undefined) this.#note(view);
    return view !== undefined;
  }

  /** Two concurrent readings of a job may overtake each other. */
  #note(view: JobView): void {
    if (this.#latest !== undefined && view.completed < this.#latest.completed) return;
    this.#readAt = performance.now();
    this.#latest = view;
    this.event = writeProgress(view);
  }

  #tellAll(): void {
    for (const follower of this.#followers) this.enqueue(follower);
  }
}

/** One response. Nothing is made ahead of what its client reads. */
class Follower extends Readable {
  readonly #feed: Feed;
  #isWanted = false;
  #sent: Uint8Array | undefined;
  #isPingDue = false;

  constructor(feed: Feed) {
    super({ highWaterMark: 1 });
    this.#feed = feed;
    feed.add(this);
    // The job may become unreadable before the response has begun, without a listener.
    this.on('error', () => {});
  }

  /** False: there is no such job. */
  begin(): Promise<boolean> {
    return this.#feed.freshen();
  }

  /** Sends what is new, if the client is ready for it. */
  send(): void {
    const { event, end } = this.#feed;
    if (!this.#isWanted || event === undefined) return;
    const parts = this.#sent === undefined ? [streamStart] : [];
    if (event !== this.#sent) parts.push(event);
    if (end !== undefined) parts.push(end);
    if (parts.length === 0 && this.#isPingDue) parts.push(ping);
    this.#sent = event;
    this.#isPingDue = false;
    if (parts.length === 0) return;
    this.#isWanted = false;
    const [first] = parts;
    this.push(parts.length === 1 ? first : Buffer.concat(parts));
    if (end !== undefined) this.finish();
  }

  /** Ends the stream. Nothing is sent afterwards, since nothing more is wanted. */
  finish(): void {
    this.#isWanted = false;
    this.push(null);
  }

  /** Sends a ping unless something else is sent until the next call. */
  notePing(): void {
    if (this.#isPingDue) this.#feed.enqueue(this);
    this.#isPingDue = true;
  }

  override _read(): void {
    this.#isWanted = true;
    if (this.#sent !== this.#feed.event || this.#feed.end !== undefined || this.#isPingDue) this.#feed.enqueue(this);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#feed.remove(this);
    done(error);
  }
}
