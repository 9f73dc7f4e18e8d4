/**
 * The corrections of a repair, as they are received and as they are held in memory. They are received as NDJSON,
 * `{"id": "734112", "request": "1 / 3"}` per line, in any order; further members are ignored, so a list of failed operations
 * can be edited and sent back. They are held as their bytes and two numbers each, because there may be a million of them.
 */
import { findRepeatedName } from './json-text.ts';

/** Corrections of one repair. The rest can be corrected by a repair of the repaired job. */
export const correctionsMax = 1_000_000;
/** Bytes of one line: room for a row in which every character is escaped, with the members that describe its error. */
export const correctionBytesMax = 8 * 1024 * 1024;

/** The layout of most programs: no member appears twice, which this pattern shows in a fraction of the time of the search. */
const usualCorrection = /^\{"id": ?"\d+", ?"request": ?"[^"\\]*"\}$/;

const encoder = new TextEncoder();
/** A byte order mark within a request is a part of it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export type CorrectionReading =
  | { readonly kind: 'correction'; readonly line: number; readonly request: string }
  | { readonly kind: 'blank' }
  /** `problem`: a sentence that names the fault and its remedy. */
  | { readonly kind: 'refused'; readonly problem: string };

/** Reads one line of the body. */
export function readCorrection(text: string): CorrectionReading {
  if (text.trim() === '') return { kind: 'blank' };
  const value = parse(text);
  if (value === undefined) return refuse('It is not valid JSON.');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('It is not a JSON object with an "id" and a "request".');
  }
  const repeated = usualCorrection.test(text) ? undefined : findRepeatedName(text);
  if (repeated !== undefined) return refuse(`The member ${shorten(repeated)} appears more than once. Write it once.`);
  return readMembers(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readMembers({ id, request }: { readonly id?: unknown; readonly request?: unknown }): CorrectionReading {
  if (typeof id !== 'string') return refuse('The "id" is missing or not a string, such as "734112".');
  if (!/^[1-9]\d{0,14}$/.test(id))
    return refuse(`The "id" ${shorten(id)} is not the number of an operation, from 1 on.`);
  if (typeof request !== 'string') return refuse('The "request" is missing or not a string.');
  if (!request.isWellFormed()) {
    return refuse('The "request" contains half of a surrogate pair, which is not a character.');
  }
  return { kind: 'correction', line: Number(id), request };
}

function refuse(problem: string): CorrectionReading {
  return { kind: 'refused', problem };
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64).toWellFormed()}…` : text.toWellFormed());
}

/** More than `correctionsMax`, and exact in a number together with any line of a job (up to 8,000,000,000). */
const positionsMax = 2 ** 20;

/** Corrections by their line. `seal` must be called between the last `add` and the first look. */
export class Corrections {
  #lines = new Float64Array(16);
  /** One past the last byte of each; the first begins at 0, each other one at the end of the one before. */
  #ends = new Float64Array(16);
  #bytes = new Uint8Array(1024);
  #length = 0;
  #count = 0;
  /** Positions in the order of their lines; undefined: they were added in that order. */
  #order: Uint32Array | undefined;
  #isAscending = true;

  get count(): number {
    return this.#count;
  }

  /** Approximate memory of the corrections. */
  get bytesHeld(): number {
    return this.#bytes.length + this.#lines.byteLength + this.#ends.byteLength;
  }

  add(line: number, request: string): void {
    const bytes = encoder.encode(request);
    this.#reserve(bytes.length);
    this.#isAscending &&= this.#count === 0 || line > (this.#lines[this.#count - 1] ?? 0);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#lines[this.#count] = line;
    this.#ends[this.#count] = this.#length;
    this.#count += 1;
  }

  /** Sorts the corrections by line. Returns a line that appears twice, or undefined. */
  seal(): number | undefined {
    if (this.#isAscending) return undefined;
    // One number for both, since sorting numbers is several times as fast as calling a function for each pair.
    const keys = new Float64Array(this.#count);
    for (let position = 0; position < this.#count; position += 1) {
      keys[position] = (this.#lines[position] ?? 0) * positionsMax + position;
    }
    keys.sort();
    this.#order = new Uint32Array(this.#count);
    for (let index = 0; index < this.#count; index += 1) this.#order[index] = (keys[index] ?? 0) % positionsMax;
    for (let index = 1; index < this.#count; index += 1) {
      if (this.lineAt(index) === this.lineAt(index - 1)) return this.lineAt(index);
    }
    return undefined;
  }

  /** `index`: from 0, in the order of the lines. */
  lineAt(index: number): number {
    return this.#lines[this.#positionOf(index)] ?? Number.NaN;
  }

  requestAt(index: number): string {
    const position = this.#positionOf(index);
    const start = position === 0 ? 0 : this.#ends[position - 1];
    return decoder.decode(this.#bytes.subarray(start, this.#ends[position]));
  }

  /** Index of the first correction at or after `line`; `count` when there is none. */
  indexFrom(line: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lineAt(middle) < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Corrections of `count` lines, from `firstLine` on. */
  within(firstLine: number, count: number): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (let index = this.indexFrom(firstLine); this.lineAt(index) < firstLine + count; index += 1) {
      found.set(this.lineAt(index), this.requestAt(index));
    }
    return found;
  }

  #positionOf(index: number): number {
    if (index >= this.#count) return this.#lines.length;
    return this.#order?.[index] ?? index;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) {
      this.#bytes = grow(this.#bytes, new Uint8Array(Math.max(this.#length + bytes, growth * this.#bytes.length)));
    }
    if (this.#count < this.#lines.length) return;
    this.#lines = grow(this.#lines, new Float64Array(growth * this.#lines.length));
    this.#ends = grow(this.#ends, new Float64Array(growth * this.#ends.length));
  }
}

/** Half more each time: allocated memory stays near the used memory. */
const growth = 1.5;

function grow<Values extends Uint8Array | Float64Array>(values: Values, grown: Values): Values {
  grown.set(values);
  return grown;
}
