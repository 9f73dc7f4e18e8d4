/**
 * Which pixel of all rows is at the top of the box. Browsers limit the height of what scrolls (Chromium to 33.5 million
 * pixels, Firefox to 17.9 million), and 10,000,000 rows are higher, so the box scrolls over a canvas that is not.
 *
 *     rows:    0 ───────────────────────── offset ─────────────────────────▶ offsetMax   (e.g. 280,000,000 px)
 *     canvas:  0 ──── thumb ────▶ thumbMax                                               (at most 8,000,000 px)
 *
 * The offset is kept apart from the thumb (the box's scrollTop). A small step moves both by the same pixels, so a notch
 * of a wheel moves as many rows as its pixels; a large step is a drag of the thumb and maps in proportion. After small
 * steps the thumb is not quite where its offset belongs, and is put there when scrolling has ended.
 *
 * Near both ends a pixel of the canvas is a pixel of the rows. So where the mapping is in proportion, the thumb is never
 * so close to an end that the browser would cut a notch short.
 */
export const canvasHeightMax = 8_000_000;
const exactZoneMax = 200_000;
/** A step of more viewports than this is a drag of the thumb, unless a wheel or a finger is known to make it. */
const smallStepViews = 2;
/** Browsers round scrollTop to device pixels. */
const roundingPixels = 1;

export interface Extent {
  readonly rows: number;
  /** In CSS pixels, as the height of the view. */
  readonly rowHeight: number;
  readonly viewHeight: number;
}

export interface ScrollMapping {
  readonly canvasHeight: number;
  readonly offsetMax: number;
  readonly thumbMax: number;
  thumbOf(offset: number): number;
  offsetOf(thumb: number): number;
}

export interface ScrollPosition {
  readonly offset: number;
  /** scrollTop as the browser last said it. */
  readonly thumb: number;
}

export function createScrollMapping({ rows, rowHeight, viewHeight }: Extent): ScrollMapping {
  const rowsHeight = rows * rowHeight;
  const canvasHeight = Math.min(rowsHeight, canvasHeightMax);
  const offsetMax = Math.max(0, rowsHeight - viewHeight);
  const thumbMax = Math.max(0, canvasHeight - viewHeight);
  const zone = Math.min(exactZoneMax, thumbMax / 4);
  const ratio = thumbMax === offsetMax ? 1 : (offsetMax - 2 * zone) / (thumbMax - 2 * zone);
  const map = (value: number, max: number, mappedMax: number, factor: number): number => {
    if (value <= zone) return Math.max(0, value);
    if (value >= max - zone) return Math.min(mappedMax, mappedMax - (max - value));
    return zone + (value - zone) * factor;
  };
  return {
    canvasHeight,
    offsetMax,
    thumbMax,
    thumbOf: (offset) => map(offset, offsetMax, thumbMax, 1 / ratio),
    offsetOf: (thumb) => map(thumb, thumbMax, offsetMax, ratio),
  };
}

/**
 * The position after the browser has scrolled to `thumb`. `isGesture`: by a wheel or a finger, whose steps a busy browser
 * joins to one of any size.
 */
export function scrollTo(
  mapping: ScrollMapping,
  position: ScrollPosition,
  thumb: number,
  { viewHeight, isGesture }: { readonly viewHeight: number; readonly isGesture: boolean },
): ScrollPosition {
  const step = thumb - position.thumb;
  const isEnd = thumb <= 0 || thumb >= mapping.thumbMax - roundingPixels;
  const isSmall = isGesture || Math.abs(step) <= smallStepViews * viewHeight;
  if (step === 0) return position;
  const offset = isSmall && !isEnd ? clampOffset(mapping, position.offset + step) : mapping.offsetOf(thumb);
  return { offset, thumb };
}

/** Where the thumb has to be put, or undefined if it is where it belongs. */
export function strayThumb(
  mapping: ScrollMapping,
  { offset, thumb }: ScrollPosition,
  isMoving: boolean,
): number | undefined {
  const target = mapping.thumbOf(offset);
  // While the user scrolls, only so far away that an end could come near: setting scrollTop ends a smooth movement.
  const tolerance = isMoving ? Math.min(exactZoneMax, mapping.thumbMax / 4) / 2 : roundingPixels;
  return Math.abs(target - thumb) > tolerance ? target : undefined;
}

export function clampOffset({ offsetMax }: ScrollMapping, offset: number): number {
  return Math.min(offsetMax, Math.max(0, offset));
}
