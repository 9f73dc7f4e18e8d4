/**
 * Looks at valid JSON as text, for facts that `JSON.parse` hides: of two members with the same name it keeps the last one without an
 * error. All functions take time that is proportional to the text.
 */
const space = 0x20;
const quote = 0x22;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The name that two members of an object have; undefined if all names differ. Objects inside of it are not searched. */
export function findRepeatedName(object: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  for (let position = 0; position < object.length; position += 1) {
    const unit = object.charCodeAt(position);
    if (unit === openBrace || unit === openBracket) depth += 1;
    else if (unit === closeBrace || unit === closeBracket) depth -= 1;
    else if (unit === quote) {
      const end = stringEnd(object, position);
      if (depth === 1 && isNameEnd(object, end)) {
        const name = readString(object.slice(position, end));
        if (names.has(name)) return name;
        names.add(name);
      }
      position = end - 1;
    }
  }
  return undefined;
}

function readString(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

/** Past the closing quote of the string that opens at `start`. */
export function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether the string that ends at `end` is the name of a member: a colon follows. */
export function isNameEnd(text: string, end: number): boolean {
  let position = end;
  // Outside of strings, JSON has no character up to the space but white space.
  while (text.charCodeAt(position) <= space) position += 1;
  return text.charCodeAt(position) === colon;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === backslash) backslashes += 1;
  return backslashes % 2 === 1;
}
