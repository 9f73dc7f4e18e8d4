/** Counts the outcomes in the bytes of results, to compare them with what the server announced. */
export const lineFeed = 0x0a;

export interface OutcomeCounter {
  /** Whole outcomes so far. */
  readonly count: number;
  add(bytes: Uint8Array): void;
  /** To be called when no more bytes come. */
  end(): void;
}

/** Of text and NDJSON, where each outcome is a line. */
export function createLineCounter(): OutcomeCounter {
  let lines = 0;
  return {
    get count() {
      return lines;
    },
    add(bytes) {
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, end + 1)) lines += 1;
    },
    end() {},
  };
}
