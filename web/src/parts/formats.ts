/** Numbers, durations and times in the reader's language. Results of operations are never formatted. */
const numbers = new Intl.NumberFormat();
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const rates = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const relativeTimes = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const byteFormats = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'].map(
  (unit) =>
    new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'short', maximumSignificantDigits: 3 }),
);
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function formatCount(count: number): string {
  return numbers.format(count);
}

/** Never 100 % before all is done, and never 0 % once something is. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return percents.format(0);
  const share = part / whole;
  if (part >= whole) return percents.format(1);
  return percents.format(Math.min(0.999, part > 0 ? Math.max(0.001, share) : 0));
}

export function formatTime(time: string): string {
  return times.format(new Date(time));
}

type Unit = 'day' | 'hour' | 'minute' | 'second';
const units: readonly (readonly [Unit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** The two largest units, such as "2 min 5 sec". Less than ten seconds have a decimal. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return formatUnit('second', Math.max(0, seconds), 1);
  const whole = Math.round(seconds);
  const index = units.findIndex(([, size]) => whole >= size);
  const parts = units.slice(index, index + 2).map(([unit, size], place) => ({
    unit,
    count: Math.floor((place === 0 ? whole : whole % (units[index]?.[1] ?? 1)) / size),
  }));
  return parts
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => formatUnit(unit, count, 0))
    .join(' ');
}

function formatUnit(unit: Unit, count: number, maximumFractionDigits: number): string {
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits,
  }).format(count);
}

/** Three digits, for what is only measured. */
export function formatRate(perSecond: number): string {
  return rates.format(perSecond);
}

/** Such as `21.5 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(byteFormats.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return byteFormats[power]?.format(bytes / 1000 ** power) ?? String(bytes);
}

/** Such as `2 minutes ago` or `in 7 days`. `nowMs` as of `Date.now()`. */
export function formatRelativeTime(time: string, nowMs: number): string {
  const seconds = (Date.parse(time) - nowMs) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relativeTimes.format(Math.trunc(seconds / size), unit);
}
