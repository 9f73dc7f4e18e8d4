/** Plain text for people: counts, times and tables. */

import { groupDigits } from '../group-digits.ts';

export function formatCount(count: number): string {
  return groupDigits(Math.round(count));
}

/** Made when it is needed: see `groupDigits`. */
let shortCounts: Intl.NumberFormat | undefined;

/** At most five characters, such as `999`, `1.2K` and `50M`. */
export function formatShortCount(count: number): string {
  shortCounts ??= new Intl.NumberFormat('en', { notation: 'compact' });
  return shortCounts.format(count);
}

let megabytes: Intl.NumberFormat | undefined;

export function formatBytes(bytes: number): string {
  megabytes ??= new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return `${megabytes.format(bytes / 1e6)} MB`;
}

/** `9 s`, `4 min 05 s` or `2 h 03 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Time that has passed, in its largest unit: `5 s`, `12 min`, `3 h` or `20 d`. */
export function formatAge(milliseconds: number): string {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
  if (minutes < 1) return `${Math.floor(Math.max(0, milliseconds) / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} d`;
}

/** Rows under their titles, each column as wide as its widest cell; no blanks at the ends of lines. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => displayWidth(row[index] ?? ''))));
  return all
    .map((row) =>
      columns
        .map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name  value` lines with the values below each other. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function pad(cell: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(width - displayWidth(cell));
  return align === 'left' ? cell + blanks : blanks + cell;
}

const wideCharacter =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const markCharacter = /\p{Mn}/u;

/** The text, cut to `width` cells of a terminal where it takes more. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let shown = '';
  for (const character of text) {
    if (displayWidth(shown + character) >= width) break;
    shown += character;
  }
  return `${shown}…`;
}

/** Cells of a terminal that the text takes: East Asian characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!markCharacter.test(character)) width += wideCharacter.test(character) ? 2 : 1;
  }
  return width;
}
