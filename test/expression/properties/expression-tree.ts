import type { Random } from './random.ts';

/** An expression as a tree, independent of the parser under test. */
export type Tree =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'prefix'; readonly operator: '-' | '+' | 'not' | '!'; readonly operand: Tree }
  | { readonly kind: 'factorial'; readonly operand: Tree }
  | { readonly kind: 'call'; readonly name: string; readonly values: readonly Tree[] }
  | { readonly kind: 'condition'; readonly test: Tree; readonly yes: Tree; readonly no: Tree };

/** From the specification, not from the code: how tightly each operator binds. */
const precedences: Readonly<Record<string, number>> = {
  or: 2,
  and: 4,
  '==': 8,
  '!=': 8,
  '<': 8,
  '<=': 8,
  '>': 8,
  '>=': 8,
  '+': 10,
  '-': 10,
  '*': 12,
  '/': 12,
  '%': 12,
  mod: 12,
  '^': 16,
};
const primary = 20;

function precedenceOf(tree: Tree): number {
  switch (tree.kind) {
    case 'literal':
    case 'name':
    case 'call':
      return primary;
    case 'binary':
      return precedences[tree.operator] ?? primary;
    case 'prefix':
      return tree.operator === 'not' ? 6 : 14;
    case 'factorial':
      return 18;
    case 'condition':
      return 1;
  }
}

/** The tokens of a line with the fewest parentheses that keep its meaning; a few more where `random` says so. */
export function tokensOf(tree: Tree, random?: Random): string[] {
  const within = (inner: Tree, precedence: number): string[] => {
    const tokens = tokensOf(inner, random);
    const isNeeded = precedenceOf(inner) < precedence || random?.integer(12) === 0;
    return isNeeded ? ['(', ...tokens, ')'] : tokens;
  };
  switch (tree.kind) {
    case 'literal':
      return [tree.text];
    case 'name':
      return [tree.name];
    case 'binary': {
      const own = precedenceOf(tree);
      if (tree.operator === '^') {
        // A sign may stand in an exponent without brackets.
        const isSigned = tree.right.kind === 'prefix' && tree.right.operator !== 'not';
        return [...within(tree.left, own + 1), '^', ...within(tree.right, isSigned ? 14 : own)];
      }
      const leftmost = own === 8 ? own + 1 : own;
      if (tree.operator === '%' && /^[-+]$/.test(tokensOf(tree.right)[0] ?? '')) {
        // A sign after % is an error.
        return [...within(tree.left, own), '%', '(', ...tokensOf(tree.right, random), ')'];
      }
      return [...within(tree.left, leftmost), tree.operator, ...within(tree.right, own + 1)];
    }
    case 'prefix':
      return [tree.operator, ...within(tree.operand, precedenceOf(tree))];
    case 'factorial':
      return [...within(tree.operand, 18), '!'];
    case 'call':
      return [
        tree.name,
        '(',
        ...tree.values.flatMap((value, index) => [...(index > 0 ? [','] : []), ...tokensOf(value, random)]),
        ')',
      ];
    case 'condition':
      return [...within(tree.test, 2), '?', ...tokensOf(tree.yes, random), ':', ...within(tree.no, 1)];
  }
}

const spellings: Readonly<Record<string, readonly string[]>> = {
  or: ['or', '||'],
  and: ['and', '&&'],
  '*': ['*', '*', '×', '·', '⋅', '∗', '＊'],
  '/': ['/', '/', '÷', '∕', '／'],
  '+': ['+', '+', '＋'],
  '-': ['-', '-', '−', '–', '‑', '－'],
  '%': ['%', '%', '％'],
  '(': ['(', '(', '（'],
  ')': [')', ')', '）'],
  '!=': ['!=', '≠'],
  '<=': ['<=', '≤'],
  '>=': ['>=', '≥'],
  '^': ['^', '**'],
  pi: ['pi', 'π'],
};
const blanks = ['', '', '', ' ', ' ', '  ', '\t', '\u00a0', '\u2009', '\u3000', '\ufeff'];

const superscriptDigits = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function inFullWidth(digits: string): string {
  return digits.replaceAll(/[0-9.]/g, (digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0));
}

function inSuperscript(digits: string): string {
  return digits.replaceAll(/\d/g, (digit) => superscriptDigits.charAt(Number(digit)));
}

/** The token in one of its spellings, and how many tokens that takes. */
function spell(tokens: readonly string[], index: number, random: Random): { spelled: string; count: number } {
  const token = tokens[index] ?? '';
  const next = tokens[index + 1] ?? '';
  const isPower = token === '^' && /^\d+$/.test(next) && !['!', '^'].includes(tokens[index + 2] ?? '');
  if (isPower && random.integer(2) === 0) return { spelled: inSuperscript(next), count: 2 };
  if (/^[\d.]+$/.test(token) && random.integer(8) === 0) return { spelled: inFullWidth(token), count: 1 };
  return { spelled: spellings[token] === undefined ? token : random.pick(spellings[token]), count: 1 };
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\w.０-９．]/.test(character);
}

/** One line for the tree, with blanks and spellings as `random` says. */
export function lineOf(tree: Tree, random: Random): string {
  let line = blanks[random.integer(blanks.length)] ?? '';
  let previous = '';
  const tokens = tokensOf(tree, random);
  for (let index = 0; index < tokens.length;) {
    const { spelled, count } = spell(tokens, index, random);
    index += count;
    const mustPart = (isWord(previous.at(-1)) && isWord(spelled[0])) || (previous === '!' && spelled.startsWith('='));
    const blank = random.pick(blanks);
    line += (mustPart && blank === '' ? ' ' : blank) + spelled;
    previous = spelled;
  }
  return random.integer(10) === 0 ? `${line} # ${random.fraction()}` : line;
}

/** The tree in mathjs's words: where its grammar differs, as calls. */
export function mathjsLineOf(tree: Tree): string {
  return tokensOf(inMathjsWords(tree)).join(' ');
}

const mathjsNames: Readonly<Record<string, string>> = {
  ln: 'log',
  trunc: 'fix',
  comb: 'combinations',
  perm: 'permutations',
  nthroot: 'nthRoot',
  bitand: 'bitAnd',
  bitor: 'bitOr',
  bitxor: 'bitXor',
  stddev: 'std',
  isprime: 'isPrime',
};

function inMathjsWords(tree: Tree): Tree {
  switch (tree.kind) {
    case 'literal':
    case 'name':
      return tree;
    case 'binary': {
      const [left, right] = [inMathjsWords(tree.left), inMathjsWords(tree.right)];
      return tree.operator === '%'
        ? { kind: 'call', name: 'remainder', values: [left, right] }
        : { ...tree, left, right };
    }
    case 'prefix': {
      const operand = inMathjsWords(tree.operand);
      const isNegation = tree.operator === 'not' || tree.operator === '!';
      return isNegation ? { kind: 'call', name: 'not', values: [operand] } : { ...tree, operand };
    }
    case 'factorial':
      return { kind: 'factorial', operand: inMathjsWords(tree.operand) };
    case 'call': {
      if (tree.name === 'if') {
        const [test, yes, no] = tree.values;
        if (test === undefined || yes === undefined || no === undefined) throw new RangeError('if takes three.');
        return inMathjsWords({ kind: 'condition', test, yes, no });
      }
      return { kind: 'call', name: mathjsNames[tree.name] ?? tree.name, values: tree.values.map(inMathjsWords) };
    }
    case 'condition':
      return {
        kind: 'condition',
        test: inMathjsWords(tree.test),
        // It cannot read a condition there without brackets, which are the only thing that a call of no name adds.
        yes: { kind: 'call', name: '', values: [inMathjsWords(tree.yes)] },
        no: inMathjsWords(tree.no),
      };
  }
}
