/** Counts events by the second, and says how many there were a second lately. */
export interface RateCounter {
  add(count: number, now: number): void;
  /** Events a second over the last whole seconds before `now` (milliseconds). */
  read(now: number): number;
}

/** Long enough that chunks, which are counted as a whole, give an even rate; short enough to follow a job. */
const secondsShown = 5;

export function createRateCounter(): RateCounter {
  /** One for each second that is shown, and the one that has begun. */
  const buckets = Array.from({ length: secondsShown + 1 }, () => ({ second: -1, count: 0 }));

  return {
    add(count, now) {
      const second = Math.floor(now / 1_000);
      const bucket = buckets[second % buckets.length];
      if (bucket === undefined) return;
      if (bucket.second !== second) Object.assign(bucket, { second, count: 0 });
      bucket.count += count;
    },
    read(now) {
      const current = Math.floor(now / 1_000);
      const shown = buckets.filter(({ second }) => second < current && second >= current - secondsShown);
      return shown.reduce((sum, { count }) => sum + count, 0) / secondsShown;
    },
  };
}
