/** The box of formulas: one per line, blank lines do not count. */
export interface WrittenFormula {
  /** As the request has it. */
  readonly text: string;
  /** Of the box, from 1 on. */
  readonly line: number;
}

export function readFormulas(box: string): WrittenFormula[] {
  return box
    .split(/\r?\n/)
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== '');
}

/** The name, or what there is of it; in backticks it may hold anything. */
export function nameOfFormula(text: string): string {
  const { quoted, bare } = /^\s*(?:`(?<quoted>[^`]*)`|(?<bare>[^=`]*))\s*=/u.exec(text)?.groups ?? {};
  return (quoted ?? bare ?? '').trim();
}

/** The expression: errors of rows give their places in it. `formula` as the server writes it, `name = expression`. */
export function expressionOf(formula: string): string {
  return formula.replace(/^\s*(?:`[^`]*`|[^=`]*)\s*=\s*/u, '');
}
