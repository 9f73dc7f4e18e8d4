import { columnNameLengthMax, isNamePart, isNameStart } from './name-characters.ts';

/** `name = text`. `textStart`: where the text begins, in UTF-16 units of what was given. */
export type ParsedFormula =
  | { readonly kind: 'formula'; readonly name: string; readonly text: string; readonly textStart: number }
  | { readonly kind: 'refused'; readonly message: string; readonly column: number; readonly endColumn: number };

const example = 'total = price * qty';

/** Splits a formula into its name, which is bare or in backticks, and its expression, which is not looked at. Columns count from 1. */
export function parseFormula(given: string): ParsedFormula {
  const start = given.length - given.trimStart().length;
  const end = given[start] === '`' ? quotedEnd(given, start) : bareEnd(given, start);
  if (end === start) return refused(start, start, `Write a name, = and an expression, such as ${example}.`);
  if (end < 0) return refused(start, start + 1, 'This name has no closing backtick.');
  const isQuoted = given[start] === '`';
  const name = (isQuoted ? given.slice(start + 1, end - 1).trim() : given.slice(start, end)).normalize('NFC');
  if (name === '') return refused(start, end, 'Write a name between the backticks.');
  if (name.length > columnNameLengthMax || /[\t\r\n]/.test(name)) {
    const message = `A name has at most ${columnNameLengthMax} characters, and neither tabs nor line breaks.`;
    return refused(start, end, message);
  }
  return withExpression(given, name, end);
}

function quotedEnd(given: string, start: number): number {
  const closing = given.indexOf('`', start + 1);
  return closing < 0 ? -1 : closing + 1;
}

function bareEnd(given: string, start: number): number {
  if (!isNameStart(given.codePointAt(start) ?? -1)) return start;
  let end = start;
  for (const character of given.slice(start, start + 4 * columnNameLengthMax)) {
    if (!isNamePart(character.codePointAt(0) ?? -1)) break;
    end += character.length;
  }
  return end;
}

function withExpression(given: string, name: string, nameEnd: number): ParsedFormula {
  const at = given.length - given.slice(nameEnd).trimStart().length;
  if (given[at] !== '=' || given[at + 1] === '=') {
    const isForeign = given.startsWith(':=', at);
    const message = isForeign
      ? 'Write = in place of :=.'
      : `Write = after the name of the formula, such as ${example}; other names than words go into backticks.`;
    return refused(at, Math.min(at + 1, given.length), message);
  }
  const text = given.slice(at + 1).trim();
  if (text === '') return refused(given.length, given.length, 'The expression is missing after the =.');
  return { kind: 'formula', name, text, textStart: given.length - given.slice(at + 1).trimStart().length };
}

function refused(from: number, to: number, message: string): ParsedFormula {
  return { kind: 'refused', message, column: from + 1, endColumn: to + 1 };
}
