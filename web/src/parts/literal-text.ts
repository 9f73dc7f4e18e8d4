/**
 * A user's text in pieces, so that characters that cannot be seen, or that change the direction or the lines of what
 * follows them, can be drawn apart. Put together, the pieces are the text.
 */
export interface TextPiece {
  readonly text: string;
  /** Of a piece of one such character: its code, such as `U+202E`. */
  readonly code?: string;
}

/** Controls, spaces of no width, marks and overrides of direction, separators of lines, and lone surrogates. */
const hidden =
  /[\p{Cc}\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uD800-\uDFFF]|[\u{E0000}-\u{E007F}]/u;

export function splitText(text: string): TextPiece[] {
  if (!hidden.test(text)) return text === '' ? [] : [{ text }];
  const pieces: TextPiece[] = [];
  let plain = '';
  for (const character of text) {
    if (hidden.test(character)) {
      if (plain !== '') pieces.push({ text: plain });
      pieces.push({ text: character, code: codeOf(character) });
      plain = '';
    } else plain += character;
  }
  return plain === '' ? pieces : [...pieces, { text: plain }];
}

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
