import { quote } from '../quote.ts';

/** The name of a column or formula for a message: in backticks, at most 40 characters of it. */
export function shownName(name: string): string {
  return `\`${quote(name).slice(1, -1)}\``;
}
