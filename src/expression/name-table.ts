import { constantTable } from './constant-table.ts';
import { functionTable } from './function-table.ts';

/** What a name stands for. `index` is the row in the table of its kind. */
export type NameMeaning =
  | { readonly kind: 'function'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number }
  | { readonly kind: 'word'; readonly word: 'true' | 'false' | 'not' | 'and' | 'or' };

interface Entry {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly meaning: NameMeaning;
}

const words = ['true', 'false', 'not', 'and', 'or'] as const;

/** Names from other systems, for the hint only. */
const synonyms = new Map([
  ['average', 'mean'],
  ['avg', 'mean'],
  ['arccos', 'acos'],
  ['arcsin', 'asin'],
  ['arctan', 'atan'],
  ['binomial', 'comb'],
  ['ceiling', 'ceil'],
  ['choose', 'comb'],
  ['fact', 'factorial'],
  ['fix', 'trunc'],
  ['int', 'trunc'],
  ['ncr', 'comb'],
  ['npr', 'perm'],
  ['root', 'sqrt'],
  ['sgn', 'sign'],
  ['std', 'stddev'],
  ['stdev', 'stddev'],
  ['var', 'variance'],
  ['xor', 'bitxor'],
]);

/** All names, in one Map: the only place where names are known. */
const meanings: ReadonlyMap<string, NameMeaning> = new Map<string, NameMeaning>([
  ...functionTable.map(({ name }, index) => [name, { kind: 'function', index }] as const),
  ...constantTable.map(({ name }, index) => [name, { kind: 'constant', index }] as const),
  ...words.map((word) => [word, { kind: 'word', word }] as const),
]);

const bucketsMask = 0xff;

/** The same names by a hash of their bytes, so that looking one up makes no string. */
const buckets: readonly (readonly Entry[])[] = buildBuckets();

function buildBuckets(): Entry[][] {
  const built = Array.from({ length: bucketsMask + 1 }, (): Entry[] => []);
  for (const [name, meaning] of meanings) {
    const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    built[hashOf(bytes, 0, bytes.length)]?.push({ bytes, name, meaning });
  }
  return built;
}

function hashOf(input: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let index = start; index < end; index += 1) hash = Math.imul(hash, 31) + (input[index] as number);
  return (hash ^ (hash >> 8)) & bucketsMask;
}

function isSame(bytes: Uint8Array, input: Uint8Array, start: number): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (bytes[index] !== input[start + index]) return false;
  }
  return true;
}

/** What the name input[start, end) stands for. */
export function findName(input: Uint8Array, start: number, end: number): NameMeaning | undefined {
  const bucket = buckets[hashOf(input, start, end)] as readonly Entry[];
  for (const entry of bucket) {
    if (entry.bytes.length === end - start && isSame(entry.bytes, input, start)) return entry.meaning;
  }
  return undefined;
}

/** The known name that is closest to `name`, or undefined when none is close. */
export function closestName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (meanings.has(lower)) return lower;
  const synonym = synonyms.get(lower);
  if (synonym !== undefined) return synonym;
  // One slip in a short name, two in a longer one: more would be a guess.
  let bestDistance = lower.length <= 3 ? 2 : 3;
  let best: string | undefined;
  for (const known of meanings.keys()) {
    if (Math.abs(known.length - lower.length) >= bestDistance) continue;
    const distance = editDistance(lower, known);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = known;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
