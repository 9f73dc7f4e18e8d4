/** Chooses the format of results and the coding of responses by the Accept headers (RFC 9110, section 12.5). */
import { resultMediaTypes, type TableResultFormat } from '../formats/index.ts';

export const responseEncodings = ['zstd', 'gzip'] as const;
export type ResponseEncoding = (typeof responseEncodings)[number];

/** A media range, or a content coding. */
interface Preference {
  readonly type: string;
  readonly quality: number;
}

/** Of `formats`, the one that the client likes best; of equals, the first. Undefined: it takes none. */
export function negotiateFormat<Format extends TableResultFormat>(
  accept: string | undefined,
  formats: readonly Format[],
): Format | undefined {
  const ranges = parseAccept(accept ?? '*/*');
  let best: { readonly format: Format; readonly quality: number } | undefined;
  for (const format of formats) {
    const quality = qualityOf(resultMediaTypes[format], ranges);
    if (quality > (best?.quality ?? 0)) best = { format, quality };
  }
  return best?.format;
}

/**
 * The coding that the client likes best; of equals, the first: by default zstd, which costs a tenth of the time. Undefined: the
 * body is sent as it is, since the client prefers that or accepts none of them.
 */
export function negotiateEncoding(acceptEncoding: string | undefined): ResponseEncoding | undefined;
export function negotiateEncoding<Encoding extends string>(
  acceptEncoding: string | undefined,
  encodings: readonly Encoding[],
): Encoding | undefined;
export function negotiateEncoding(
  acceptEncoding: string | undefined,
  encodings: readonly string[] = responseEncodings,
): string | undefined {
  const preferences = parseAccept((acceptEncoding ?? '').replaceAll(/\bx-gzip\b/gi, 'gzip'));
  const qualities = new Map(preferences.map(({ type, quality }) => [type, quality]));
  let best: string | undefined;
  let bestQuality = qualities.get('identity') ?? 0;
  for (const encoding of encodings) {
    const quality = qualities.get(encoding) ?? qualities.get('*') ?? 0;
    if (quality > 0 && (quality > bestQuality || (best === undefined && quality === bestQuality))) {
      best = encoding;
      bestQuality = quality;
    }
  }
  return best;
}

/** The client names this type itself, as browsers do with text/html. A wildcard, which all send, does not count. */
export function acceptsType(accept: string | undefined, mediaType: string): boolean {
  return parseAccept(accept ?? '').some(({ type, quality }) => type === mediaType && quality > 0);
}

/** The most specific range that fits a type decides about it. */
function qualityOf(mediaType: string, ranges: readonly Preference[]): number {
  const family = `${mediaType.slice(0, mediaType.indexOf('/'))}/*`;
  for (const type of [mediaType, family, '*/*']) {
    const range = ranges.find((range) => range.type === type);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

function parseAccept(accept: string): readonly Preference[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
