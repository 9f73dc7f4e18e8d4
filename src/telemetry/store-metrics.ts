/** Gauges of the room that an embedded store has; a database of its own has exporters of its own. */
import type { Instruments, Reading } from './instruments.ts';

/** In bytes. */
export interface StoreSpace {
  /** Size of the store, in bytes. */
  readonly size: number;
  /** Free space on its disk, in bytes. */
  readonly free: number;
  /** The part of `free` that uploads may not use. */
  readonly reserved: number;
}

type SpaceGauge = 'mathmill.store.size' | 'mathmill.store.free' | 'mathmill.store.reserved';

export function observeStoreSpace(instruments: Instruments, read: () => StoreSpace): void {
  function observe(name: SpaceGauge, pick: (space: StoreSpace) => number): void {
    instruments.observe(name, (): readonly Reading<SpaceGauge>[] => {
      try {
        return [[pick(read()), {}]];
      } catch {
        // The folder is gone or cannot be read: no number is better than a wrong one, and readiness says the rest.
        return [];
      }
    });
  }
  observe('mathmill.store.size', ({ size }) => size);
  observe('mathmill.store.free', ({ free }) => free);
  observe('mathmill.store.reserved', ({ reserved }) => reserved);
}
