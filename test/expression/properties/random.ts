/** A stream of numbers that looks random and is the same for the same seed (mulberry32). */
export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** Whole, at least 0, below `bound`. */
  integer(bound: number): number;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (bound: number): number => Math.floor(fraction() * bound);
  return {
    fraction,
    integer,
    pick<T>(items: readonly T[]): T {
      const item = items[integer(items.length)];
      if (item === undefined) throw new RangeError('There is nothing to pick from.');
      return item;
    },
  };
}

/** The seed of this run, and how many times as many cases as usual it tries: a failure prints the seed with which it can be repeated. */
export const proofSeed = Number(process.env['PROOF_SEED'] ?? 20_261_125);
export const proofFactor = Number(process.env['PROOF_FACTOR'] ?? 1);
