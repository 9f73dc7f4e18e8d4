/** The user's corrections of failed lines. Kept in memory until they are sent, within the bounds of the request. */
export const correctionsMax = 1_000_000;
/** UTF-8 bytes of the body of a repair. */
export const correctionBytesMax = 64_000_000;

export interface Corrections {
  readonly size: number;
  readonly bytes: number;
  get(line: number): string | undefined;
  /** False if there is no room for the text; nothing is changed then. A string equal to the original one is no correction. */
  set(line: number, text: string, original: string): boolean;
  remove(line: number): void;
  clear(): void;
  /** The first ones in line order. */
  first(count: number): readonly Correction[];
  /** The body of the request, in pieces of some lines. */
  write(): string[];
}

export interface Correction {
  readonly line: number;
  readonly text: string;
}

const linesPerPiece = 10_000;
/** Bytes that `{"id":"…","request":…}` and a line end take besides the text, at most. */
const frameBytes = 36;

export function createCorrections(): Corrections {
  const texts = new Map<number, string>();
  let bytes = 0;
  const remove = (line: number): void => {
    const text = texts.get(line);
    if (text !== undefined) bytes -= sizeOf(text);
    texts.delete(line);
  };
  const inOrder = (): Correction[] =>
    [...texts].map(([line, text]) => ({ line, text })).sort((left, right) => left.line - right.line);
  return {
    get size() {
      return texts.size;
    },
    get bytes() {
      return bytes;
    },
    get: (line) => texts.get(line),
    set: (line, text, original) => {
      const before = texts.get(line);
      const after = bytes + sizeOf(text) - (before === undefined ? 0 : sizeOf(before));
      if (text !== original && (after > correctionBytesMax || (before === undefined && texts.size >= correctionsMax)))
        return false;
      remove(line);
      if (text === original) return true;
      texts.set(line, text);
      bytes = after;
      return true;
    },
    remove,
    clear: () => {
      texts.clear();
      bytes = 0;
    },
    first: (count) => inOrder().slice(0, count),
    write: () => {
      const pieces: string[] = [];
      const corrections = inOrder();
      for (let start = 0; start < corrections.length; start += linesPerPiece)
        pieces.push(
          corrections
            .slice(start, start + linesPerPiece)
            .map(writeCorrection)
            .join(''),
        );
      return pieces;
    },
  };
}

/** Joined by hand, so that lone surrogates come out as the escapes that JSON has for them. */
function writeCorrection({ line, text }: Correction): string {
  return `{"id":"${line}","request":${JSON.stringify(text)}}\n`;
}

function sizeOf(text: string): number {
  return frameBytes + utf8Bytes(JSON.stringify(text));
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts 2 of the 4 bytes.
    if (unit >= 0x80) bytes += unit < 0x8_00 || (unit >= 0xd8_00 && unit <= 0xdf_ff) ? 1 : 2;
  }
  return bytes;
}

/** A string in place of another wherever it stands. Never a pattern. */
export function replaceText(text: string, searched: string, replacement: string): string {
  return searched === '' ? text : text.replaceAll(searched, () => replacement);
}
