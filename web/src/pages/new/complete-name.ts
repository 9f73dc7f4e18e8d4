/** Completion of the names of columns and functions in formulas, one formula a line. */
export interface Completion {
  readonly kind: 'column' | 'formula' | 'function' | 'constant';
  /** As it is known. */
  readonly name: string;
  /** As it is written in a formula, such as in backticks. */
  readonly text: string;
  /** Next to the name in the list. */
  readonly hint: string;
}

export interface NameSource {
  readonly columns: readonly string[];
  readonly functions: readonly { readonly name: string; readonly signature: string }[];
  readonly constants: readonly { readonly name: string }[];
}

/** The text before the caret that may become a name. */
export interface NameStart {
  /** Where it begins in the whole text. */
  readonly start: number;
  readonly text: string;
  readonly isQuoted: boolean;
}

const bareName = /^[\p{L}_][\p{L}\p{M}\p{Nd}_]*$/u;
const bareEnd = /[\p{L}_][\p{L}\p{M}\p{Nd}_]*$/u;
const completionsMax = 12;
/** Names of formulas that are longer are rejected; columns may have such names and are written by their place. */
const nameLengthMax = 256;

/** Undefined where no name of something known is written: before the `=`, or after a number. */
export function findNameStart(text: string, caret: number): NameStart | undefined {
  const lineStart = text.lastIndexOf('\n', caret - 1) + 1;
  const line = text.slice(lineStart, caret);
  const expressionStart = line.indexOf('=') + 1;
  if (expressionStart === 0) return undefined;
  const expression = line.slice(expressionStart);
  const offset = lineStart + expressionStart;
  if (isInsideText(expression)) return undefined;
  const ticks = expression.split('`').length - 1;
  if (ticks % 2 === 1) {
    const start = expression.lastIndexOf('`');
    return { start: offset + start, text: expression.slice(start + 1), isQuoted: true };
  }
  const found = bareEnd.exec(expression);
  if (found === null || /[\d@.]$/.test(expression.slice(0, found.index))) return undefined;
  return { start: offset + found.index, text: found[0], isQuoted: false };
}

/** Whether a double quote before the caret is open. */
function isInsideText(expression: string): boolean {
  return expression.replaceAll(/`[^`]*`/g, '').split('"').length % 2 === 0;
}

/** Everything that a formula can name. Names that are written in the formulas themselves are columns of the result. */
export function listNames(
  { columns, functions, constants }: NameSource,
  formulaNames: readonly string[],
): Completion[] {
  const reserved = new Set([...functions, ...constants].map(({ name }) => name)).add('row');
  const quote = (name: string): string => (bareName.test(name) && !reserved.has(name) ? name : `\`${name}\``);
  const counts = Map.groupBy(columns, (name) => name);
  const ofColumns = columns.map((name, index): Completion => {
    const isPlain =
      name !== '' && !name.includes('`') && name.length <= nameLengthMax && counts.get(name)?.length === 1;
    return { kind: 'column', name, text: isPlain ? quote(name) : `@${index + 1}`, hint: `column ${index + 1}` };
  });
  return [
    ...ofColumns,
    ...formulaNames
      .filter((name) => name !== '' && !counts.has(name))
      .map((name): Completion => ({ kind: 'formula', name, text: quote(name), hint: 'formula' })),
    ...functions.map(({ name, signature }): Completion => ({
      kind: 'function',
      name,
      text: `${name}(`,
      hint: signature,
    })),
    ...constants.map(({ name }): Completion => ({ kind: 'constant', name, text: name, hint: 'constant' })),
    { kind: 'constant', name: 'row', text: 'row', hint: 'number of the row' },
  ];
}

/** Names that begin with the text, then those that contain it. None when the name is already complete. */
export function completeName({ text, isQuoted }: NameStart, names: readonly Completion[]): Completion[] {
  const wanted = text.toLowerCase();
  const usable = isQuoted ? names.filter(({ kind }) => kind === 'column' || kind === 'formula') : names;
  if (!isQuoted && usable.some(({ name }) => name === text)) return [];
  const rank = ({ name }: Completion): number => name.toLowerCase().indexOf(wanted);
  return usable
    .filter((name) => rank(name) >= 0)
    .toSorted((a, b) => Number(rank(a) > 0) - Number(rank(b) > 0))
    .slice(0, completionsMax);
}

export interface Edit {
  readonly text: string;
  readonly caret: number;
}

export function applyCompletion(text: string, caret: number, { start }: NameStart, { text: name }: Completion): Edit {
  // A backtick or a parenthesis that is there already would be there twice.
  const rest = text.slice(caret);
  const isDoubled = (name.endsWith('`') && rest.startsWith('`')) || (name.endsWith('(') && rest.startsWith('('));
  const end = isDoubled ? caret + 1 : caret;
  return { text: text.slice(0, start) + name + text.slice(end), caret: start + name.length };
}

/** Puts a name where the caret is, with a blank in front where it would join a name before. */
export function insertName(text: string, caret: number, name: string): Edit {
  const gap = /[\p{L}\p{M}\p{Nd}_]$/u.test(text.slice(0, caret)) ? ' ' : '';
  return { text: text.slice(0, caret) + gap + name + text.slice(caret), caret: caret + gap.length + name.length };
}
