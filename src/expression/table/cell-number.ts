import { exponentDigitsMax, literalDigitsMax } from '../limits.ts';
import type { CellSyntax } from './row-cells.ts';

/** Meaning of the text of a cell. `digits` is a literal of the language without a sign: digits, perhaps a point, perhaps an exponent. */
export type CellNumber =
  | { readonly kind: 'number'; readonly digits: string; readonly isNegative: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'text' }
  | { readonly kind: 'limit'; readonly message: string };

/** Reads the text of a cell, outer spaces taken off. */
export type ReadCellNumber = (text: string) => CellNumber;

const notNumber: CellNumber = { kind: 'text' };
const missingCell: CellNumber = { kind: 'missing' };

const sign = /^[-+\u2212]/u;
/** A sign, a currency sign, a sign, digits and the characters between them, and a currency or percent sign. */
const written = /^([-+\u2212]?)(\p{Sc}[ \u00a0\u202f]?)?([-+\u2212]?)([^\p{Sc}%]*?)([ \u00a0\u202f]?(?:\p{Sc}|%))?$/u;

/** Makes the reader of one way to write numbers. */
export function createCellNumber(syntax: CellSyntax): ReadCellNumber {
  const pattern = numberPattern(syntax);
  const missing = new Set(['', ...syntax.missingValues]);
  return (given) => {
    const text = given.trim();
    if (missing.has(text)) return missingCell;
    const { group } = syntax;
    const parts = syntax.numbers === 'written' ? writtenParts(text) : strictParts(text);
    const found = parts === undefined ? null : pattern.exec(parts.digits);
    if (found === null || parts === undefined) return notNumber;
    const [, whole = '', fraction = '', exponent = '0'] = found;
    const digits = group === undefined ? whole : whole.replaceAll(group, '');
    return numberOf(digits, fraction, exponent, parts);
  };
}

/** Whole digits, perhaps in groups, then a fraction and an exponent; or a fraction alone. */
function numberPattern({ decimal, group }: CellSyntax): RegExp {
  const mark = quoteSign(decimal);
  const grouped = group === undefined ? '' : `|[0-9]{1,3}(?:${quoteSign(group)}[0-9]{3})+`;
  return new RegExp(`^(?=[0-9]|${mark}[0-9])([0-9]*${grouped})(?:${mark}([0-9]*))?(?:[eE]([-+]?[0-9]+))?$`, 'u');
}

function quoteSign(character: string): string {
  return character === '.' ? String.raw`\.` : character;
}

/** A number without the signs around its digits. */
interface NumberParts {
  readonly digits: string;
  readonly isNegative: boolean;
  readonly isPercent: boolean;
}

function strictParts(text: string): NumberParts {
  const isSigned = sign.test(text);
  return { digits: isSigned ? text.slice(1) : text, isNegative: isSigned && text[0] !== '+', isPercent: false };
}

/** `-$12.00`, `$-12.00`, `12.00 €`, `12 %`, or one of them without a sign in parentheses, which count as a sign. */
function writtenParts(text: string): NumberParts | undefined {
  const isInParentheses = text.startsWith('(') && text.endsWith(')');
  const [, outer = '', before = '', inner = '', digits = '', after = ''] =
    written.exec(isInParentheses ? text.slice(1, -1).trim() : text) ?? [];
  const signs = outer + inner + (isInParentheses ? '-' : '');
  if (digits === '' || signs.length > 1 || (before !== '' && after !== '')) return undefined;
  return { digits, isNegative: signs !== '' && signs !== '+', isPercent: after.endsWith('%') };
}

function numberOf(whole: string, fraction: string, exponent: string, parts: NumberParts): CellNumber {
  if (whole.length + fraction.length > literalDigitsMax) {
    return { kind: 'limit', message: `has more than ${literalDigitsMax} digits` };
  }
  if (exponent.replace(/^[-+]/, '').length > exponentDigitsMax) {
    return { kind: 'limit', message: `has an exponent of more than ${exponentDigitsMax} digits` };
  }
  const scale = Number(exponent) - (parts.isPercent ? 2 : 0);
  const point = fraction === '' ? '' : `.${fraction}`;
  const digits = `${whole === '' ? '0' : whole}${point}${scale === 0 ? '' : `e${scale}`}`;
  return { kind: 'number', digits, isNegative: parts.isNegative };
}

const hintSyntax: CellSyntax = {
  decimal: '.',
  group: ',',
  numbers: 'written',
  missing: 'error',
  missingValues: [],
};
const readWritten = createCellNumber(hintSyntax);
const severalSigns = /^[-+\u2212]?(?=.*\d)[\d.,][\d.,'’ \u00a0\u202f]*$/u;
const writtenSigns = /[()%\p{Sc}]/u;

/** Advice on the option with which `text`, which was no number, is one: the end of a sentence. */
export function cellNumberHint(text: string, { numbers }: CellSyntax): string {
  if (severalSigns.test(text)) return '; decimal and group say which signs numbers have';
  const isWritten =
    numbers === 'strict' && writtenSigns.test(text) && readWritten(text.replaceAll(/[.,]/g, '')).kind === 'number';
  return isWritten ? '; set numbers to written to read it' : '';
}
