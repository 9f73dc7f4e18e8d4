import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** In CSS pixels. */
export interface BoxSize {
  readonly height: number;
  readonly headHeight: number;
  readonly rowHeight: number;
}

/** Before the first layout; also where a browser says nothing of use. */
const assumed: BoxSize = { height: 480, headHeight: 32, rowHeight: 28 };
/** Of the font of the table. Whole pixels, so that rows have the same height at every zoom. */
const rowHeightFactor = 2.15;
const headHeightFactor = 2.5;
/** A box that is higher than any screen has lost the height that its style sheet gives it. */
const heightMax = 4_000;

export function useBoxSize(box: RefObject<HTMLElement | null>): BoxSize {
  const [size, setSize] = useState(assumed);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => setSize((known) => keepEqual(known, measureBox(element)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return size;
}

function measureBox(element: HTMLElement): BoxSize {
  const fontSize = Number.parseFloat(getComputedStyle(element).fontSize) || 13;
  return {
    height: Math.min(heightMax, element.clientHeight || assumed.height),
    headHeight: Math.round(fontSize * headHeightFactor),
    rowHeight: Math.round(fontSize * rowHeightFactor),
  };
}

/** The same object for the same size, so that nothing is drawn again. */
function keepEqual(known: BoxSize, measured: BoxSize): BoxSize {
  const isEqual =
    known.height === measured.height &&
    known.headHeight === measured.headHeight &&
    known.rowHeight === measured.rowHeight;
  return isEqual ? known : measured;
}
