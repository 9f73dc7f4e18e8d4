/** The texts that people read, taken out of the files that hold them: prose of pages, messages, comments. */
import { extname } from 'node:path';

import ts from 'typescript';

export type ProseKind = 'page' | 'message' | 'comment';

export interface Prose {
  readonly kind: ProseKind;
  /** The line on which the text begins, from 1. */
  readonly line: number;
  /** Line breaks are kept. Code in backticks is blank, and so are the signs that make a comment. */
  readonly text: string;
}

/** All prose of a file, in the order of its lines. The extension decides how the file is read. */
export function proseOf(path: string, content: string): Prose[] {
  const extension = extname(path);
  if (extension === '.md') return [{ kind: 'page', line: 1, text: withoutCode(content) }];
  if (/^\.(?:ts|tsx|mjs|cjs)$/.test(extension)) return proseOfProgram(path, content);
  return commentsOf(content, /(?<=^|\s)#+ [^\n]*(?:\n\s*#+ [^\n]*)*/g, /^\s*#+/gm);
}

/** Blanks of the same length: lines keep their numbers. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function withoutCode(markdown: string): string {
  return markdown
    .replace(/^( *)(`{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm, blank)
    .replace(/(`+)[^`]+\1/g, blank)
    .replace(/\]\([^)\s]*\)/g, blank);
}

function proseOfProgram(path: string, content: string): Prose[] {
  const source = ts.createSourceFile(path, content, ts.ScriptTarget.Latest, true);
  const messages: Prose[] = [];
  let code = content;
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateExpression(node) || ts.isJsxText(node)) {
      const start = node.getStart(source);
      const text = content.slice(start, node.end);
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      if (isForPeople(node, text))
        messages.push({ kind: 'message', line, text: withoutExpressions(node, source, text) });
      code = code.slice(0, start) + blank(text) + code.slice(node.end);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const comments = commentsOf(
    code,
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*/g,
    /^\s*(?:\/\*+|\*+\/|\*|\/\/)|\*\/$/gm,
  );
  return [...messages, ...comments].sort((a, b) => a.line - b.line);
}

/** Two words, or one that begins like a heading. Other literals are codes, names and keys. */
function isForPeople(node: ts.Node, text: string): boolean {
  if (ts.isRegularExpressionLiteral(node) || ts.isNumericLiteral(node)) return false;
  return ts.isJsxText(node) || /[A-Za-z]{2,}[,.;:]? [A-Za-z]{2,}|^['"`][A-Z][a-z]/.test(text);
}

/** The text of a template, with its expressions blank: `a ${b} c` is `a      c`. Literals in them are found on their own. */
function withoutExpressions(node: ts.Node, source: ts.SourceFile, text: string): string {
  if (!ts.isTemplateExpression(node)) return text;
  const start = node.getStart(source);
  return node.templateSpans.reduceRight((whole, { expression }) => {
    const [from, to] = [expression.pos - start, expression.end - start];
    return whole.slice(0, from) + blank(whole.slice(from, to)) + whole.slice(to);
  }, text);
}

function commentsOf(content: string, comment: RegExp, signs: RegExp): Prose[] {
  return Array.from(content.matchAll(comment), (match) => ({
    kind: 'comment',
    line: content.slice(0, match.index).split('\n').length,
    text: match[0].replace(signs, blank).replace(/`[^`]+`/g, blank),
  }));
}
