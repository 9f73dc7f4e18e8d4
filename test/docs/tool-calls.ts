/** Calls of other programs in the pages, for tests that hold their options against the help of the programs. */
import { listFiles, readText } from '../repository/files.ts';

/** One call in a page: the words after the name of the program, of which the options begin with a minus sign. */
export interface ToolCall {
  readonly page: string;
  readonly words: readonly string[];
}

/** The code of a page: fenced blocks without what they write, and code within a line. */
function codeOf(text: string): string[] {
  const blocks = Array.from(text.matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```/gm), ([, kind = '', code = '']) => ({
    kind,
    code,
  }));
  const fenced = blocks.filter(({ kind }) => ['', 'sh', 'bash'].includes(kind)).map(({ code }) => code);
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...fenced, ...Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code)];
}

function withoutQuotes(code: string): string {
  return code.replaceAll(/\\\n/g, ' ').replaceAll(/"[^"]*"|'[^']*'/g, 'Q');
}

/** The calls of a program, named with or without its folder. A call ends at a line end, a pipe, `;`, `&` or a redirection. */
export function callsIn(text: string, program: string): string[][] {
  const call = new RegExp(
    String.raw`(?:^|[\s(/])${program.replaceAll('.', String.raw`\.`)}((?: +[^\s|;&<>()]+)+)`,
    'gm',
  );
  return codeOf(text)
    .map(withoutQuotes)
    .flatMap((code) => Array.from(code.matchAll(call), ([, words = '']) => words.trim().split(/ +/)));
}

export function findCalls(program: string): ToolCall[] {
  const pages = listFiles().filter((path) => path.endsWith('.md') && !path.startsWith('test/'));
  return pages.flatMap((page) => callsIn(readText(page), program).map((words) => ({ page, words })));
}

/** Options that the words name: `--long` without its value, and the letters of `-abc` each as `-a`. */
export function optionsIn(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (/^--[a-z]/.test(word)) return [word.replace(/=.*/, '')];
    return /^-[a-zA-Z]+$/.test(word) ? Array.from(word.slice(1), (letter) => `-${letter}`) : [];
  });
}

/** The options that a help text lists: at the beginning of a line, the long one perhaps after the short one. */
export function optionsOfHelp(help: string): Set<string> {
  const lines = help.matchAll(/^[ \t]*(-[a-zA-Z])?(?:,? *(--[a-z][a-z.-]*))?/gm);
  return new Set(
    Array.from(lines, ([, short, long]) => [short, long])
      .flat()
      .filter((option) => option !== undefined),
  );
}
