/** Pages of rows by number, the most recently used ones up to a weight. */
export interface CachedPage<Item> {
  readonly items: readonly Item[];
  readonly weight: number;
  /** Whether no later answer can differ. */
  readonly isFinal: boolean;
}

export interface PageCache<Item> {
  /** Looks a page up and counts as a use. */
  get(page: number): CachedPage<Item> | undefined;
  set(page: number, value: CachedPage<Item>): void;
  /** Removes the pages for which `keep` is false. */
  retain(keep: (page: number, value: CachedPage<Item>) => boolean): void;
  readonly weight: number;
  readonly size: number;
}

export function createPageCache<Item>({ weightMax }: { readonly weightMax: number }): PageCache<Item> {
  // A map is in the order of insertion, so the first page is the one whose use is longest ago.
  const pages = new Map<number, CachedPage<Item>>();
  let weight = 0;
  const remove = (page: number): void => {
    weight -= pages.get(page)?.weight ?? 0;
    pages.delete(page);
  };
  return {
    get weight() {
      return weight;
    },
    get size() {
      return pages.size;
    },
    get: (page) => {
      const found = pages.get(page);
      if (found === undefined) return undefined;
      pages.delete(page);
      pages.set(page, found);
      return found;
    },
    set: (page, value) => {
      remove(page);
      pages.set(page, value);
      weight += value.weight;
      // The newest one stays, however heavy: it is what the user looks at.
      for (const oldest of pages.keys()) {
        if (weight <= weightMax || oldest === page) return;
        remove(oldest);
      }
    },
    retain: (keep) => {
      for (const [page, value] of pages) if (!keep(page, value)) remove(page);
    },
  };
}
