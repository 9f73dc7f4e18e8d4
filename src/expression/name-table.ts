import { constantTable } from './constant-table.ts';
import { foreignNameHint } from './foreign-names.ts';
import { functionTable } from './function-table.ts';
import { quote } from './quote.ts';

/** Meaning of a name. `index` is the row in the table of its kind. */
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

/** The meaning of the name input[start, end). */
export function findName(input: Uint8Array, start: number, end: number): NameMeaning | undefined {
  const bucket = buckets[hashOf(input, start, end)] as readonly Entry[];
  for (const entry of bucket) {
    if (entry.bytes.length === end - start && isSame(entry.bytes, input, start)) return entry.meaning;
  }
  return undefined;
}

/** The hint for a name that is not known, as the second half of a sentence; undefined: none. */
export function nameHint(name: string): string | undefined {
  const lower = name.toLowerCase();
  // A lone letter is a variable to its writer, whatever constant has the same letter in small.
  const meant = name.length > 1 && meanings.has(lower) ? lower : undefined;
  return meant === undefined ? (foreignNameHint(name) ?? typingHint(lower)) : `did you mean ${quote(meant)}?`;
}

/** Shorter names are one slip away from names that mean something else: `lg` from `ln`, `rand` from `rad`. */
const typingLengthMin = 4;
/** From this length on, two slips still leave no doubt about the name that was meant. */
const longNameLength = 7;

/**
 * The one known name that `lower` can be a mistyping of. None where a second one is as likely (`sine`), where the digits
 * differ (`log20`), or where a known name is all there with more around it (`log10e`), which is rather a function of
 * another system: a wrong suggestion that is followed gives a wrong value.
 */
function typingHint(lower: string): string | undefined {
  const slips = lower.length >= longNameLength ? 2 : 1;
  const close = [...meanings.keys()].filter(
    (known) => Math.abs(known.length - lower.length) <= slips && editDistance(lower, known) <= slips,
  );
  const [known, second] = close;
  if (known === undefined || second !== undefined) return undefined;
  const isLong = lower.length >= typingLengthMin && known.length >= typingLengthMin;
  return isLong && digitsOf(lower) === digitsOf(known) && !lower.includes(known)
    ? `did you mean ${quote(known)}?`
    : undefined;
}

function digitsOf(name: string): string {
  return name.replaceAll(/\D/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbors that turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
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
