import { Problem } from './problems.ts';

/** RFC 3339, as in the OpenAPI format `date-time`: with a zone, because without one every reader takes another. */
const zonedTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970. Throws INVALID_PARAMETER; `place` and `name` say where the text is from. */
export function readZonedTime(place: 'query parameter' | 'body field', name: string, text: string): number {
  const time = zonedTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time) && hasItsDay(text)) return time;
  const hint = place === 'query parameter' && text.includes(' ') ? ' A "+" is written %2B in a URL.' : '';
  throw new Problem(
    'INVALID_PARAMETER',
    `The ${place} "${name}" must be a time with its zone, such as 2026-11-30T12:00:00Z or 2026-11-30T13:00:00+01:00.${hint}`,
  );
}

/** The 31st of February would otherwise be a day in March. */
function hasItsDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
