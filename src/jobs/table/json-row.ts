/** Finds the members that formulas use in one row of NDJSON. */
import type { OutcomeError } from '../outcome-encoding.ts';
import { hashName, JsonWalker } from './json-walker.ts';
import { cellKind, type RowCells } from './row-cells.ts';
import { duplicateMember, existingMember, notJson } from './row-faults.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class JsonRow implements RowCells {
  readonly #walker = new JsonWalker();
  readonly #members: MemberTable;
  /** The names from here on are new columns, which the row must not have. */
  readonly #newFrom: number;
  readonly #names: readonly string[];
  bytes: Uint8Array = new Uint8Array(0);
  /** A member that is not there has equal start and end; one that is null has the kind `absent` and its place. */
  starts: Int32Array;
  ends: Int32Array;
  kinds: Uint8Array;
  count: number;

  constructor(used: readonly string[], added: readonly string[]) {
    this.#names = [...used, ...added];
    this.#members = new MemberTable(this.#names);
    this.#newFrom = used.length;
    this.count = used.length;
    this.starts = new Int32Array(this.#names.length);
    this.ends = new Int32Array(this.#names.length);
    this.kinds = new Uint8Array(this.#names.length);
  }

  /** Where the closing brace of the row is; -1: the row is not an object. */
  get closing(): number {
    return this.#walker.closing;
  }

  /** Members of the row. */
  get members(): number {
    return this.#walker.members;
  }

  /** Reads the row `bytes[start, end)`; returns what is wrong with it. */
  read(bytes: Uint8Array, start: number, end: number): OutcomeError | undefined {
    const walker = this.#walker;
    this.clear(bytes);
    walker.open(bytes, start, end);
    let fault: OutcomeError | undefined;
    while (walker.next()) {
      const index = this.#members.find(bytes, walker);
      if (index >= 0) fault ??= this.#note(index);
    }
    return walker.problem === undefined ? fault : notJson(walker.problem);
  }

  /** Forgets the row before. */
  clear(bytes: Uint8Array): void {
    const { starts, ends, kinds } = this;
    this.bytes = bytes;
    // The arrays are short, and a native fill is slow for these.
    for (let index = 0; index < starts.length; index += 1) {
      starts[index] = 0;
      ends[index] = 0;
      kinds[index] = cellKind.absent;
    }
    this.#walker.closing = -1;
    this.#walker.members = 0;
  }

  #note(index: number): OutcomeError | undefined {
    const { valueStart, valueEnd, valueKind } = this.#walker;
    const name = this.#names[index] ?? '';
    if (index >= this.#newFrom) return existingMember(name);
    // An empty string is there although its start is its end, hence the place of the start.
    if (this.starts[index] !== 0) return duplicateMember(name);
    this.starts[index] = valueStart;
    this.ends[index] = valueEnd;
    this.kinds[index] = valueKind;
    return undefined;
  }
}

/** Finds names among the bytes of rows. Open addressing, so that nothing is allocated per member. */
class MemberTable {
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  readonly #names: readonly Uint8Array[];
  /** For names that are written with escapes or have characters beyond ASCII, which may be composed in two ways. */
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => encoder.encode(name));
    this.#hashes = Int32Array.from(this.#names, hashName);
    this.#indexes = new Map(names.map((name, index) => [name, index]));
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * names.length + 2))).fill(-1);
    for (const index of names.keys()) this.#slots[this.#freeSlot(index)] = index;
  }

  #freeSlot(index: number): number {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[index] ?? 0) & mask;
    while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  }

  /** The index of the member's name, or -1. */
  find(bytes: Uint8Array, member: JsonWalker): number {
    if (!member.isNamePlain) return this.#indexes.get(decodeName(bytes, member)) ?? -1;
    const mask = this.#slots.length - 1;
    for (let slot = member.nameHash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? -1;
      if (index < 0) return -1;
      if (this.#hashes[index] === member.nameHash && this.#isName(index, bytes, member)) return index;
    }
  }

  #isName(index: number, bytes: Uint8Array, { nameStart, nameEnd }: JsonWalker): boolean {
    const name = this.#names[index];
    if (name === undefined || name.length !== nameEnd - nameStart) return false;
    for (let offset = 0; offset < name.length; offset += 1) {
      if (name[offset] !== bytes[nameStart + offset]) return false;
    }
    return true;
  }
}

/** The name of a member, in NFC. */
export function decodeName(bytes: Uint8Array, { nameStart, nameEnd, isNamePlain }: JsonWalker): string {
  const written = decoder.decode(bytes.subarray(nameStart, nameEnd));
  if (isNamePlain) return written;
  return (written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written).normalize('NFC');
}
