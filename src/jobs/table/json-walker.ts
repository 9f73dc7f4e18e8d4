/**
 * Walks the members of one JSON object in bytes, and checks all of it as RFC 8259 says. Nothing is parsed into values, so a
 * number stays as it is written. The bytes are taken to be valid UTF-8.
 */
import { cellKind } from './row-cells.ts';

/** Nesting depth of arrays and objects. Deeper ones are rejected: the walk keeps one byte for each level. */
export const nestingMax = 1_000;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const literals = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), bytesOf(word)]));
const letterN = 0x6e;

/** FNV-1a, 32 bits: names are short, so a simple hash is the fastest. */
const hashStart = 0x811c9dc5 | 0;
const hashFactor = 0x01000193;

export function hashName(bytes: Uint8Array): number {
  let hash = hashStart;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, hashFactor);
  return hash;
}

export class JsonWalker {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #position = 0;
  readonly #nesting = new Uint8Array(nestingMax);
  /** Set when the bytes are not one JSON object; a sentence. */
  problem: string | undefined;
  /** Members so far. */
  members = 0;
  /** The name of the member, without quotes. */
  nameStart = 0;
  nameEnd = 0;
  nameHash = 0;
  /** Whether the name has neither escapes nor characters beyond ASCII, so that equal names have equal bytes. */
  isNamePlain = true;
  /** The value of the member; of a string the part inside the quotes. */
  valueStart = 0;
  valueEnd = 0;
  /** See `cellKind`; `absent` is null. */
  valueKind: number = cellKind.plain;
  /** Once the walk is over: where the closing brace is. */
  closing = -1;

  /** Begins with the object that is all of `bytes[start, end)` but for whitespace. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#position = start;
    this.problem = undefined;
    this.members = 0;
    this.closing = -1;
    this.#passBlanks();
    if (this.#take(openBrace)) return;
    this.problem = 'This row is not a JSON object.';
  }

  /** Goes to the next member; false at the end, or where there is a problem. */
  next(): boolean {
    if (this.problem !== undefined || this.closing >= 0) return false;
    this.#passBlanks();
    if (this.#bytes[this.#position] === closeBrace && this.#position < this.#end) return this.#finish();
    if (this.members > 0 && !this.#take(comma)) return this.#fail();
    this.#passBlanks();
    if (!this.#readName() || !this.#readColon() || !this.#readValue()) return this.#fail();
    this.members += 1;
    return true;
  }

  #finish(): boolean {
    const closing = this.#position;
    this.#position += 1;
    this.#passBlanks();
    if (this.#position < this.#end) return this.#fail();
    this.closing = closing;
    return false;
  }

  #fail(): false {
    this.problem ??=
      this.#position < this.#end
        ? `This row is not valid JSON: byte ${this.#position - this.#start + 1} does not belong there.`
        : 'This row is not valid JSON: it is not complete.';
    return false;
  }

  #take(byte: number): boolean {
    if (this.#position >= this.#end || this.#bytes[this.#position] !== byte) return false;
    this.#position += 1;
    return true;
  }

  #passBlanks(): void {
    const bytes = this.#bytes;
    let position = this.#position;
    while (position < this.#end && isBlank(bytes[position] ?? 0)) position += 1;
    this.#position = position;
  }

  #readColon(): boolean {
    this.#passBlanks();
    if (!this.#take(colon)) return false;
    this.#passBlanks();
    return true;
  }

  #readName(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    if (!this.#take(quote)) return false;
    const start = this.#position;
    let position = start;
    let hash = hashStart;
    let seen = 0;
    for (; position < end; position += 1) {
      const byte = bytes[position] ?? 0;
      if (byte === quote || byte === backslash || byte < 0x20) break;
      hash = Math.imul(hash ^ byte, hashFactor);
      seen |= byte;
    }
    this.#position = position;
    this.nameStart = start;
    this.nameHash = hash;
    this.isNamePlain = seen < 0x80 && bytes[position] === quote;
    if (!this.#passString()) return false;
    this.nameEnd = this.#position - 1;
    return true;
  }

  #readValue(): boolean {
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : undefined;
    this.valueStart = this.#position;
    if (byte === quote) return this.#readString();
    this.valueKind = cellKind.jsonOther;
    if (byte === openBrace || byte === openBracket) {
      if (!this.#passNested()) return false;
    } else {
      if (!this.#passScalar()) return false;
      if (byte === letterN) this.valueKind = cellKind.absent;
      else if (!literals.has(byte ?? 0)) this.valueKind = cellKind.jsonNumber;
    }
    this.valueEnd = this.#position;
    return true;
  }

  #readString(): boolean {
    this.#position += 1;
    this.valueStart = this.#position;
    this.valueKind = cellKind.plain;
    const plainEnd = this.#passCharacters();
    if (this.#bytes[plainEnd] === backslash) this.valueKind = cellKind.jsonEscapes;
    if (!this.#passString()) return false;
    this.valueEnd = this.#position - 1;
    return true;
  }

  /** Goes to the next quote, backslash or control character, or to the end. */
  #passCharacters(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let position = this.#position;
    for (; position < end; position += 1) {
      const byte = bytes[position] ?? 0;
      if (byte === quote || byte === backslash || byte < 0x20) break;
    }
    this.#position = position;
    return position;
  }

  /** From within a string to the byte after its closing quote. */
  #passString(): boolean {
    for (;;) {
      this.#passCharacters();
      if (this.#take(quote)) return true;
      if (!this.#take(backslash) || !this.#passEscape()) return false;
    }
  }

  #passEscape(): boolean {
    const byte = this.#position < this.#end ? (this.#bytes[this.#position] ?? 0) : 0;
    if (byte !== 0x75) {
      if (!simpleEscapes.has(byte)) return false;
      this.#position += 1;
      return true;
    }
    this.#position += 1;
    for (let digit = 0; digit < 4; digit += 1) {
      if (this.#position >= this.#end || !isHexDigit(this.#bytes[this.#position] ?? 0)) return false;
      this.#position += 1;
    }
    return true;
  }

  /** A string, a number or a word. */
  #passScalar(): boolean {
    if (this.#take(quote)) return this.#passString();
    const byte = this.#position < this.#end ? (this.#bytes[this.#position] ?? 0) : 0;
    const word = literals.get(byte);
    return word === undefined ? this.#passNumber() : this.#passWord(word);
  }

  #passWord(word: Uint8Array): boolean {
    for (const byte of word) if (!this.#take(byte)) return false;
    return true;
  }

  #passNumber(): boolean {
    this.#take(0x2d);
    if (!this.#take(0x30) && this.#passDigits() === 0) return false;
    // Most numbers are followed by a comma or a brace.
    const next = this.#bytes[this.#position] ?? 0;
    if (next === comma || next === closeBrace) return true;
    if (this.#take(0x2e) && this.#passDigits() === 0) return false;
    if (!this.#take(0x65) && !this.#take(0x45)) return true;
    if (!this.#take(0x2b)) this.#take(0x2d);
    return this.#passDigits() > 0;
  }

  #passDigits(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const start = this.#position;
    let position = start;
    while (position < end && isDigit(bytes[position] ?? 0)) position += 1;
    this.#position = position;
    return position - start;
  }

  /** An array or object: a loop with a stack of its own, because the file determines the depth. */
  #passNested(): boolean {
    let depth = 0;
    for (;;) {
      const isArray = this.#take(openBracket);
      if (isArray || this.#take(openBrace)) {
        if (depth === nestingMax) return this.#failNesting();
        this.#nesting[depth] = isArray ? closeBracket : closeBrace;
        depth += 1;
        this.#passBlanks();
        if (!this.#take(isArray ? closeBracket : closeBrace)) {
          if (!isArray && !this.#passMemberName()) return false;
          continue;
        }
        depth -= 1;
      } else if (!this.#passScalar()) return false;
      depth = this.#closeAll(depth);
      if (depth <= 0) return depth === 0;
    }
  }

  /** After a value inside `depth` levels: closes those that end here; returns how many are open before the next value, or -1. */
  #closeAll(depth: number): number {
    let open = depth;
    while (open > 0) {
      this.#passBlanks();
      const closing = this.#nesting[open - 1] ?? 0;
      if (this.#take(comma)) {
        this.#passBlanks();
        return closing === closeBracket || this.#passMemberName() ? open : -1;
      }
      if (!this.#take(closing)) return -1;
      open -= 1;
    }
    return 0;
  }

  #passMemberName(): boolean {
    return this.#take(quote) && this.#passString() && this.#readColon();
  }

  #failNesting(): false {
    this.problem = `This row nests arrays and objects more than ${nestingMax} deep.`;
    return false;
  }
}

const simpleEscapes = new Set(Array.from('"\\/bfnrt', (character) => character.charCodeAt(0)));

function isBlank(byte: number): boolean {
  return byte <= 0x20 && (byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66);
}
