/** Chooses the format of results by the Accept header (RFC 9110, section 12.5.1). */
import { resultFormats, type ResultFormat } from '../formats/index.ts';

const mediaTypes = { text: 'text/plain', csv: 'text/csv', ndjson: 'application/x-ndjson' } as const satisfies Record<
  ResultFormat,
  string
>;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/** The format that the client likes best; of equals, the first in our order. Undefined: it takes none. */
export function negotiateFormat(accept: string | undefined): ResultFormat | undefined {
  const ranges = parseAccept(accept ?? '*/*');
  let best: { readonly format: ResultFormat; readonly quality: number } | undefined;
  for (const format of resultFormats) {
    const quality = qualityOf(mediaTypes[format], ranges);
    if (quality > (best?.quality ?? 0)) best = { format, quality };
  }
  return best?.format;
}

/** The most specific range that fits a type decides about it. */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const family = `${mediaType.slice(0, mediaType.indexOf('/'))}/*`;
  for (const type of [mediaType, family, '*/*']) {
    const range = ranges.find((range) => range.type === type);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

function parseAccept(accept: string): readonly MediaRange[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
