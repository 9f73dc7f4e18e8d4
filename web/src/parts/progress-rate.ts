/** How fast something counts up, and how long it will take, by what was seen over the last seconds. */
export interface Sample {
  readonly atMs: number;
  readonly count: number;
}

/** Rates are those of the last seconds, since they change with what the server does besides. */
const windowMs = 8_000;
/** Of the picture of the rate. */
const pointsMax = 60;
const pointMs = 1_000;

export interface RateMeter {
  add(sample: Sample): void;
  /** Per second; undefined until there are two samples some time apart. */
  readonly perSecond: number | undefined;
  /** Rates over time, oldest first, one for about each second. */
  readonly points: readonly number[];
  secondsLeft(whole: number): number | undefined;
}

export function createRateMeter(): RateMeter {
  let samples: Sample[] = [];
  let points: number[] = [];
  let pointSample: Sample | undefined;

  const addPoint = (sample: Sample): void => {
    if (pointSample === undefined) pointSample = sample;
    if (sample.atMs - pointSample.atMs < pointMs) return;
    points = [...points, rateBetween(pointSample, sample)].slice(-pointsMax);
    pointSample = sample;
  };

  const rate = (): number | undefined => {
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < pointMs / 2) return undefined;
    return rateBetween(first, last);
  };

  return {
    add: (sample) => {
      const last = samples.at(-1);
      // A count that falls is another job's.
      if (last !== undefined && sample.count < last.count) [samples, points, pointSample] = [[], [], undefined];
      const recent = samples.filter(({ atMs }) => sample.atMs - atMs <= windowMs);
      samples = [...(recent.length === 0 ? samples.slice(-1) : recent), sample];
      addPoint(sample);
    },
    get perSecond() {
      return rate();
    },
    get points() {
      return points;
    },
    secondsLeft: (whole) => {
      const perSecond = rate();
      const count = samples.at(-1)?.count ?? 0;
      return perSecond === undefined || perSecond <= 0 ? undefined : Math.max(0, whole - count) / perSecond;
    },
  };
}

function rateBetween(first: Sample, last: Sample): number {
  return last.atMs === first.atMs ? 0 : ((last.count - first.count) * 1_000) / (last.atMs - first.atMs);
}
