/** Text that somebody else wrote, made safe for a terminal, which obeys control characters instead of showing them. */

/** Control characters (C0 and C1), what turns the direction of text round, and Unicode's own line ends. */
const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
/** The same, for text of several lines. */
const unsafeInLines = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Text for one line: unsafe characters are written as `\u001b`. */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll(unsafe, escape);
}

/** The same for text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.toWellFormed().replaceAll(unsafeInLines, escape);
}

/** All of these characters have four hexadecimal digits. The form is that of JSON, so NDJSON keeps its meaning. */
function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
