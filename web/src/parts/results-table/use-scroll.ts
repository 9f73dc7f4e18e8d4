/** The scrolling of a box over more rows than a browser can scroll over. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import {
  clampOffset,
  createScrollMapping,
  scrollTo,
  strayThumb,
  type Extent,
  type ScrollMapping,
  type ScrollPosition,
} from './scroll-mapping.ts';
import { offsetShowing } from './visible-rows.ts';

/** Scrolling has ended when nothing has moved for so long: some browsers have no event for that, or do not send it for a wheel. */
const restMs = 500;
/** A wheel or a finger makes what is scrolled so long after it; longer than a busy browser takes. */
const gestureMs = 700;

export interface Scroll {
  readonly mapping: ScrollMapping;
  /** Of the first pixel that is seen, in pixels of all rows. */
  readonly offset: number;
  readonly onScroll: () => void;
  readonly onScrollEnd: () => void;
  /** Puts the row at the top, as far as there are rows below it. */
  toRow(row: number): void;
  /** Moves only as far as is needed to see the row. */
  show(row: number): void;
}

export function useScroll(box: RefObject<HTMLElement | null>, extent: Extent): Scroll {
  const { rows, rowHeight, viewHeight } = extent;
  const mapping = useMemo(() => createScrollMapping({ rows, rowHeight, viewHeight }), [rows, rowHeight, viewHeight]);
  const position = useRef<ScrollPosition>({ offset: 0, thumb: 0 });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** The offset for which the thumb was placed last. */
  const placed = useRef(-1);
  const gestureAt = useRef(-Infinity);
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);

  const settle = (isMoving: boolean): void => {
    // Once for each offset: a browser may put the thumb some pixels off, and report that scrolling has ended again.
    if (position.current.offset === placed.current) return;
    const thumb = strayThumb(mapping, position.current, isMoving);
    if (thumb !== undefined) putThumb(thumb);
  };
  const putThumb = (thumb: number): void => {
    if (box.current === null) return;
    placed.current = position.current.offset;
    box.current.scrollTop = thumb;
    // Read back, since browsers round it: the event that follows must be a step of nothing.
    position.current = { offset: position.current.offset, thumb: box.current.scrollTop };
  };
  const moveTo = (offset: number): void => {
    position.current = { ...position.current, offset: clampOffset(mapping, offset) };
    putThumb(mapping.thumbOf(position.current.offset));
    redraw();
  };

  useLayoutEffect(() => moveTo(position.current.offset), [mapping]);
  useLayoutEffect(() => {
    const note = (): void => {
      gestureAt.current = performance.now();
    };
    // Passive, or the browser would wait for them before it scrolls.
    box.current?.addEventListener('wheel', note, { passive: true });
    box.current?.addEventListener('touchmove', note, { passive: true });
    return () => clearTimeout(timer.current);
  }, []);

  return {
    mapping,
    offset: clampOffset(mapping, position.current.offset),
    onScroll: () => {
      const thumb = box.current?.scrollTop ?? 0;
      if (thumb === position.current.thumb) return;
      const isGesture = performance.now() - gestureAt.current < gestureMs;
      position.current = scrollTo(mapping, position.current, thumb, { viewHeight, isGesture });
      settle(true);
      redraw();
      clearTimeout(timer.current);
      timer.current = setTimeout(() => settle(false), restMs);
    },
    onScrollEnd: () => settle(false),
    toRow: (row) => moveTo(row * rowHeight),
    show: (row) => {
      const offset = offsetShowing(row, position.current.offset, extent);
      if (offset !== position.current.offset) moveTo(offset);
    },
  };
}
