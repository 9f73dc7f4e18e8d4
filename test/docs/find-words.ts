/** Finds the words of the list in texts and files. */
import { proseOf, type Prose } from './prose.ts';
import { wordList, type Entry } from './word-list.ts';

export interface FoundWord {
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** Characters on both sides of a word in which the phrase of an exception may lie. */
const around = 60;

const patterns = new Map(wordList.map((entry) => [entry, toPattern(entry.word)] as const));

/** A blank matches line breaks too; a word is found in any case, unless it is written in capitals. */
function toPattern(word: RegExp): RegExp {
  const isShouted = /[A-Z]{3}/.test(word.source);
  return new RegExp(
    word.source.replaceAll(/ (?![*?])/g, '\\s+'),
    `g${isShouted ? '' : 'i'}${word.flags.replace('g', '')}`,
  );
}

export function findWords(path: string, content: string): FoundWord[] {
  return proseOf(path, content)
    .flatMap((prose) => wordList.flatMap((entry) => findEntry(prose, entry)))
    .sort((a, b) => a.line - b.line);
}

function findEntry({ kind, line, text }: Prose, entry: Entry): FoundWord[] {
  const pattern = patterns.get(entry);
  if (!pattern || !(entry.kinds ?? [kind]).includes(kind)) return [];
  return Array.from(text.matchAll(pattern))
    .filter(({ 0: word, index }) => !isExcepted(entry, text, index, word.length))
    .map(({ 0: word, index }) => ({
      line: line + text.slice(0, index).split('\n').length - 1,
      word: word.replaceAll(/\s+/g, ' '),
      instead: entry.instead,
    }));
}

/** Whether a phrase that is right covers the word at `index`. */
function isExcepted({ except = [] }: Entry, text: string, index: number, length: number): boolean {
  const from = Math.max(0, index - around);
  const near = text.slice(from, index + length + around);
  return except.some(({ phrase }) =>
    Array.from(near.matchAll(toPattern(phrase))).some((match) => {
      const begin = from + match.index;
      return begin <= index && index + length <= begin + match[0].length;
    }),
  );
}
