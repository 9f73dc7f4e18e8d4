import type { ErrorCode } from './error-codes.ts';
import { OperationFault } from './fault.ts';
import { describeLineBreak, isOrdinary, mayBreakLine, ordinaryEnd } from './line-breaks.ts';
import { exponentDigitsMax, literalDigitsMax, nameLengthMax } from './limits.ts';
import { unscaled } from './program.ts';
import type { Program } from './program.ts';
import { quote } from './quote.ts';
import { ReadableLine, toAscii } from './readable-line.ts';
import { isSuperscript, superscriptDigit, superscriptsEnd } from './superscripts.ts';
import { characterWidth, codePointAt, decodeUtf8, invalidUtf8At } from './utf8.ts';

/** A fault of the line with its place in the input. */
export class LineFault extends OperationFault {
  readonly start: number;
  readonly end: number;

  constructor(code: ErrorCode, message: string, start: number, end: number) {
    super(code, message);
    this.start = start;
    this.end = end;
  }
}

/** Kinds of tokens by their first byte. Those of a blank include line breaks, which are errors (line-breaks.ts). */
export const byteKind = { other: 0, blank: 1, digit: 2, letter: 3 } as const;

const kinds = new Uint8Array(256);
for (const blank of [0x20, 0x09, 0x0b, 0x0c, 0x0d]) kinds[blank] = byteKind.blank;
for (let digit = 0x30; digit <= 0x39; digit += 1) kinds[digit] = byteKind.digit;
for (let letter = 0x41; letter <= 0x5a; letter += 1) {
  kinds[letter] = byteKind.letter;
  kinds[letter + 0x20] = byteKind.letter;
}
kinds[0x5f] = byteKind.letter;

export function kindOf(byte: number): number {
  return kinds[byte] as number;
}

/** The largest mantissa to which one more digit can be added and the sum still be exact. */
const mantissaMax = 900_719_925_474_098;

const radixes = new Map([
  ['x', { digits: /^[0-9a-f]$/i, name: 'hexadecimal' }],
  ['b', { digits: /^[01]$/, name: 'binary' }],
  ['o', { digits: /^[0-7]$/, name: 'octal' }],
]);

const pairs = new Set(['**', '==', '!=', '<=', '>=', '&&', '||']);

/** The end of the token that begins at `start` of input[start, end): of a number, name, operator or single character. */
export function tokenEnd(input: Uint8Array, start: number, end: number): number {
  if (start >= end) return start;
  const first = input[start] as number;
  if (first >= 0x80) return Math.max(superscriptsEnd(input, start, end), Math.min(start + characterWidth(first), end));
  if (kinds[first] === byteKind.letter) return skipWord(input, start, end);
  if (kinds[first] === byteKind.digit || first === 0x2e) return numberEnd(input, start, end);
  const second = start + 1 < end ? (input[start + 1] as number) : 0;
  return start + (pairs.has(String.fromCharCode(first, second)) ? 2 : 1);
}

/** Past letters, digits and underscores. */
function skipWord(input: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end && (kinds[input[index] as number] as number) >= byteKind.digit) index += 1;
  return index;
}

function numberEnd(input: Uint8Array, start: number, end: number): number {
  if (start + 1 < end && radixes.has(String.fromCharCode((input[start + 1] as number) | 0x20)))
    return skipWord(input, start, end);
  const mantissaEnd = skipDigits(input, start, end);
  if (mantissaEnd >= end || ((input[mantissaEnd] as number) | 0x20) !== 0x65) return mantissaEnd;
  const sign = mantissaEnd + 1 < end ? (input[mantissaEnd + 1] as number) : 0;
  const exponentStart = mantissaEnd + (sign === 0x2b || sign === 0x2d ? 2 : 1);
  const isExponent = exponentStart < end && kinds[input[exponentStart] as number] === byteKind.digit;
  return isExponent ? skipDigits(input, exponentStart, end) : mantissaEnd;
}

function skipDigits(input: Uint8Array, start: number, end: number): number {
  let index = start;
  for (; index < end; index += 1) {
    const byte = input[index] as number;
    if (kinds[byte] !== byteKind.digit && byte !== 0x2e && byte !== 0x5f) break;
  }
  return index;
}

/** Reads the tokens of one line, straight from its bytes. */
export class Scanner {
  /** The bytes that are read: those of the caller, or the line made readable. */
  protected input: Uint8Array = new Uint8Array(0);
  protected position = 0;
  /** Where the expression ends: at the end of the line, or where a comment begins. */
  protected end = 0;
  private lineEnd = 0;
  private readonly readable = new ReadableLine();
  private isRewritten = false;

  /** The source that positions in the program refer to. */
  get bytes(): Uint8Array {
    return this.input;
  }

  get bytesEnd(): number {
    return this.lineEnd;
  }

  /** Where in the input of the caller the byte at `index` of `bytes` is. */
  placeOf(index: number): number {
    return this.isRewritten ? this.readable.placeOf(index) : index;
  }

  /** Takes input[start, end) as it is: all of it is ASCII, or is not read. */
  protected openPlain(input: Uint8Array, start: number, end: number): void {
    this.input = input;
    this.position = start;
    this.end = end;
    this.lineEnd = end;
    this.isRewritten = false;
  }

  /** Takes input[start, end), and ends it with ENCODING if it is not UTF-8: such a line has no other error than that. */
  protected open(input: Uint8Array, start: number, end: number): void {
    this.openPlain(input, start, end);
    const odd = ordinaryEnd(input, start, end);
    if (odd === end) return;
    this.checkEncoding(odd);
    if (!this.isReplacing(odd)) return;
    this.readable.read(input, start, end);
    this.openPlain(this.readable.bytes, 0, this.readable.length);
    this.isRewritten = true;
  }

  /** All bytes before `from` are ASCII. */
  private checkEncoding(from: number): void {
    const start = this.position;
    const invalid = invalidUtf8At(this.input, from, this.end);
    if (invalid < 0) return;
    const byte = (this.input[invalid] as number).toString(16);
    const message = `This line is not valid UTF-8 (byte ${invalid - start + 1} of it is 0x${byte}); save the file as UTF-8.`;
    this.fail('ENCODING', message, invalid, invalid);
  }

  /** Fails at the first character from `from` on that ends a line for other programs. Whether others must be replaced. */
  private isReplacing(from: number): boolean {
    let isReplacing = false;
    let index = from;
    while (index < this.end) {
      const byte = this.input[index] as number;
      if (isOrdinary(byte)) {
        index += 1;
        continue;
      }
      const point = codePointAt(this.input, index);
      const next = index + characterWidth(byte);
      const message = mayBreakLine(byte) ? describeLineBreak(point) : undefined;
      if (message !== undefined) this.fail('SYNTAX', message, index, next);
      isReplacing ||= toAscii(point) > 0;
      index = next;
    }
    return isReplacing;
  }

  /** Ends the line with an error about input[start, end). */
  protected fail(code: ErrorCode, message: string, start: number, end: number): never {
    // oxlint-disable-next-line typescript/only-throw-error -- see OperationFault
    throw new LineFault(code, message, start, end);
  }

  /** Moves past blanks and returns the byte that begins the next token, or -1 at the end of the expression. */
  protected next(): number {
    const input = this.input;
    let position = this.position;
    while (position < this.end) {
      const byte = input[position] as number;
      if (byte !== 0x20) {
        if (byte === 0x23) break; // # begins a comment
        if (byte > 0x23 || kinds[byte] !== byteKind.blank) {
          this.position = position;
          return byte;
        }
      }
      position += 1;
    }
    this.position = position;
    this.end = position;
    return -1;
  }

  /** The byte `distance` after the position, or -1 past the end. */
  protected peek(distance: number): number {
    const index = this.position + distance;
    return index < this.end ? (this.input[index] as number) : -1;
  }

  /** The end of the name that begins at the position. */
  protected nameEnd(): number {
    let index = this.position + 1;
    while (index < this.end && (kinds[this.input[index] as number] as number) >= byteKind.digit) index += 1;
    if (index - this.position > nameLengthMax) {
      this.fail('LIMIT', `A name may have at most ${nameLengthMax} characters.`, this.position, index);
    }
    return index;
  }

  protected tokenEnd(start: number): number {
    return tokenEnd(this.input, start, this.end);
  }

  /** At most `charactersMax` characters: more than a message quotes. */
  protected text(start: number, end: number, charactersMax = 80): string {
    return decodeUtf8(this.input, start, end, charactersMax);
  }

  /** The code point at the position, or -1 past the end. */
  protected codePoint(): number {
    return this.position < this.end ? codePointAt(this.input, this.position) : -1;
  }

  protected isSuperscriptHere(): boolean {
    return isSuperscript(this.codePoint());
  }

  /** The character at `start` for a message. */
  protected quotedCharacter(start: number): string {
    return quote(this.text(start, this.characterEnd(start)));
  }

  protected characterEnd(start: number): number {
    return start < this.end ? Math.min(start + characterWidth(this.input[start] as number), this.end) : start;
  }

  /** Reads the number that begins at the position, a digit or a point, into the program. */
  protected number(program: Program): void {
    const input = this.input;
    const start = this.position;
    let position = start;
    let mantissa = 0;
    let byte = 0;
    while (position < this.end && kinds[(byte = input[position] as number)] === byteKind.digit) {
      mantissa = mantissa * 10 + byte - 0x30;
      position += 1;
    }
    // Fifteen digits are below 2^53; nearly every number of a line ends here or after a short fraction.
    const integerDigits = position - start;
    if (position < this.end && byte === 0x2e && integerDigits > 0) {
      position += 1;
      while (position < this.end && kinds[(byte = input[position] as number)] === byteKind.digit) {
        mantissa = mantissa * 10 + byte - 0x30;
        position += 1;
      }
    }
    const digits = position - start;
    const isPlain =
      digits <= 15 &&
      integerDigits > 0 &&
      input[position - 1] !== 0x2e &&
      (position === this.end || ((kinds[byte] as number) < byteKind.letter && byte !== 0x2e));
    if (!isPlain) {
      this.numberSlowPath(program);
      return;
    }
    program.addLiteral(mantissa, integerDigits === digits ? 0 : integerDigits + 1 - digits, start);
    this.position = position;
  }

  /** A number with an exponent, a radix, `_`, many digits, no integer part, or an error. */
  private numberSlowPath(program: Program): void {
    const start = this.position;
    const second = String.fromCharCode(this.input[start + 1] ?? 0).toLowerCase();
    if (this.input[start] === 0x30 && start + 1 < this.end && radixes.has(second)) {
      this.radixNumber(second);
      program.addLiteral(0, unscaled, start);
      return;
    }
    const mantissa = new Mantissa();
    this.digits(mantissa);
    if (this.peek(0) === 0x2e) {
      this.position += 1;
      mantissa.isFraction = true;
      this.digits(mantissa);
    }
    if (mantissa.digits > literalDigitsMax) {
      this.fail('LIMIT', `A number may have at most ${literalDigitsMax} digits.`, start, this.position);
    }
    const exponent = this.exponent() + mantissa.exponent;
    if (this.peek(0) === 0x2e) {
      this.fail('SYNTAX', 'A number can have only one decimal point.', this.position, this.position + 1);
    }
    program.addLiteral(mantissa.value, mantissa.isExact ? exponent : unscaled, start);
  }

  /** Reads digits with `_` between them; the number must have one by then, before its point or after it. */
  private digits(mantissa: Mantissa): void {
    const start = this.position;
    for (;;) {
      const byte = this.peek(0);
      if (byte === 0x5f) {
        if (this.position === start || kindOf(this.peek(1) & 0xff) !== byteKind.digit || this.peek(1) < 0) {
          this.fail(
            'SYNTAX',
            'An underscore in a number must stand between two digits.',
            this.position,
            this.position + 1,
          );
        }
      } else if (byte < 0x30 || byte > 0x39) {
        break;
      } else {
        mantissa.add(byte - 0x30);
      }
      this.position += 1;
    }
    if (mantissa.isFraction && mantissa.digits === 0) {
      this.fail('SYNTAX', 'A digit is missing after the decimal point.', start, this.characterEnd(start));
    }
  }

  /** Reads `e` and what follows it, if digits do: else the letter belongs to what comes after the number. */
  private exponent(): number {
    if ((this.peek(0) | 0x20) !== 0x65) return 0;
    const sign = this.peek(1);
    const signLength = sign === 0x2b || sign === 0x2d ? 1 : 0;
    const first = this.peek(1 + signLength);
    if (first < 0x30 || first > 0x39) {
      if (signLength === 1) {
        this.fail(
          'SYNTAX',
          'The exponent has no digits; write them after the sign, such as 1e-3.',
          this.position,
          this.position + 1,
        );
      }
      return 0;
    }
    const start = this.position;
    this.position += 1 + signLength;
    const written = new Mantissa();
    this.digits(written);
    if (written.digits > exponentDigitsMax) {
      this.fail(
        'LIMIT',
        `The exponent of a number may have at most ${exponentDigitsMax} digits.`,
        start,
        this.position,
      );
    }
    return sign === 0x2d ? -written.value : written.value;
  }

  /** Reads the superscript digits that begin at the position, at least one, into the program. */
  protected superscriptNumber(program: Program): void {
    const start = this.position;
    const end = superscriptsEnd(this.input, start, this.end);
    const mantissa = new Mantissa();
    for (let index = start; index < end; index = this.characterEnd(index)) {
      mantissa.add(superscriptDigit(codePointAt(this.input, index)));
    }
    if (mantissa.digits > literalDigitsMax) {
      this.fail('LIMIT', `A number may have at most ${literalDigitsMax} digits.`, start, end);
    }
    program.addLiteral(mantissa.value, mantissa.isExact ? 0 : unscaled, start);
    this.position = end;
  }

  private radixNumber(letter: string): void {
    const start = this.position;
    const { digits, name } = radixes.get(letter) ?? { digits: /^$/, name: '' };
    this.position += 2;
    let count = 0;
    let previous = '';
    for (; ; this.position += 1) {
      const byte = this.peek(0);
      const character = String.fromCharCode(Math.max(byte, 0));
      if (byte < 0 || !(kindOf(byte) >= byteKind.digit || byte === 0x2e)) break;
      if (character === '_' && digits.test(previous) && digits.test(String.fromCharCode(Math.max(this.peek(1), 0)))) {
        previous = '';
        continue;
      }
      if (!digits.test(character)) {
        this.fail('SYNTAX', `${quote(character)} is not a ${name} digit.`, this.position, this.position + 1);
      }
      previous = character;
      count += 1;
    }
    if (count === 0) {
      this.fail(
        'SYNTAX',
        `The ${name} digits are missing after ${quote(this.text(start, start + 2))}.`,
        start,
        this.position,
      );
    }
    if (count > literalDigitsMax) {
      this.fail('LIMIT', `A number may have at most ${literalDigitsMax} digits.`, start, this.position);
    }
  }
}

/** Collects the digits of a decimal number. */
class Mantissa {
  value = 0;
  exponent = 0;
  digits = 0;
  isFraction = false;
  isExact = true;

  add(digit: number): void {
    this.digits += 1;
    if (this.value > mantissaMax) this.isExact = false;
    this.value = this.value * 10 + digit;
    if (this.isFraction) this.exponent -= 1;
  }
}
