import { constantTable } from '../constant-table.ts';
import { Explainer } from '../explainer.ts';
import { findName, nameHint } from '../name-table.ts';
import { opcode } from '../opcodes.ts';
import { number, truth } from '../reducer.ts';
import { byteKind, kindOf } from '../scanner.ts';
import { codePointAt, decodeUtf8 } from '../utf8.ts';
import { rowSource } from './formula-names.ts';
import type { NameReference } from './formula-names.ts';
import { columnNameLengthMax, isNamePart, isNameStart } from './name-characters.ts';
import { shownName } from './shown-name.ts';

/** Results for the operand at the position: not specific to formulas, read, or a call was opened, whose argument follows. */
export const unread = 0;
export const complete = 1;
export const opened = 2;

const backtick = 0x60;
const constantNames: ReadonlySet<string> = new Set([...constantTable.map(({ name }) => name), 'π']);
/** Signs that other systems put around or before the name of a column. */
const nameSigns: ReadonlySet<string> = new Set('[ { $'.split(' '));
const nameRule = 'Write the name of a column bare (price), in backticks (`unit price`), or its position (@3).';

/** The part of the parser that reads names of columns and of other formulas. Lines have none: their parsers have no `names`. */
export class ColumnOperands extends Explainer {
  /** The formula as it was written: the source of names and strings, instead of the line made readable. */
  protected written: Uint8Array = new Uint8Array(0);

  protected columnOperand(byte: number): number {
    if (byte === backtick) return this.quotedName();
    if (byte === 0x40) return this.columnAt();
    if (nameSigns.has(String.fromCharCode(byte))) this.syntaxErrorHere(nameRule);
    return isNameStart(this.codePoint()) ? this.bareName() : unread;
  }

  private bareName(): number {
    const start = this.position;
    const end = this.bareNameEnd();
    const name = this.writtenText(start, end).normalize('NFC');
    const isCall = this.isCallAfter(end);
    const known = this.knownAs(name, start, end);
    if (isCall && known === 'function') return unread;
    const reference = name === 'row' ? this.rowOr(name) : this.names?.find(name, false);
    if (reference === undefined) return known === undefined ? this.unknownColumn(name, isCall, start, end) : unread;
    if (known !== undefined) this.ambiguousName(name, known, start, end);
    return this.refer(reference, start, end);
  }

  private rowOr(name: string): NameReference | undefined {
    return this.names?.find(name, false) ?? { kind: 'column', source: rowSource };
  }

  /** The meaning of a bare name in the language itself. */
  private knownAs(name: string, start: number, end: number): 'function' | 'constant' | 'word' | undefined {
    if (constantNames.has(name)) return 'constant';
    if (name === 'row') return this.names?.find(name, false) === undefined ? undefined : 'word';
    return findName(this.input, start, end)?.kind;
  }

  private ambiguousName(name: string, known: string, start: number, end: number): never {
    const meaning = name === 'row' ? 'the number of the row' : `a ${known} of the language`;
    const message = `${shownName(name)} is a column and ${meaning}: write it in backticks for the column.`;
    this.syntaxError(message, start, end);
  }

  private unknownColumn(name: string, isCall: boolean, start: number, end: number): number {
    if (isCall) return unread;
    const message = `${shownName(name)} is neither a column nor a formula; ${this.nameHint(name, true)}`;
    this.fail('UNKNOWN', message, start, end);
  }

  /** The hint: the second half of a sentence. */
  private nameHint(name: string, isBare: boolean): string {
    const near = this.names?.near(name);
    if (near !== undefined) return `did you mean ${near}?`;
    const known = isBare ? nameHint(name) : undefined;
    return known?.startsWith('did you mean') === true ? known : (this.names?.list(isBare) ?? '');
  }

  private bareNameEnd(): number {
    let end = this.position;
    while (end < this.end && isNamePart(codePointAt(this.input, end))) end = this.characterEnd(end);
    if (end - this.position > columnNameLengthMax) {
      this.fail('LIMIT', `A bare name may have at most ${columnNameLengthMax} bytes.`, this.position, end);
    }
    return end;
  }

  private quotedName(): number {
    const start = this.position;
    let end = start + 1;
    while (end < this.end && this.input[end] !== backtick) end = this.characterEnd(end);
    if (end >= this.end) this.syntaxErrorHere('This name has no closing backtick.');
    const name = this.writtenText(start + 1, end)
      .trim()
      .normalize('NFC');
    if (name === '') this.syntaxError('Write the name of a column between the backticks.', start, end + 1);
    const reference = this.names?.find(name, true);
    if (reference === undefined) {
      const message = `There is no column ${shownName(name)}; ${this.nameHint(name, false)}`;
      this.fail('UNKNOWN', message, start, end + 1);
    }
    return this.refer(reference, start, end + 1);
  }

  /** `@3` */
  private columnAt(): number {
    const start = this.position;
    let end = start + 1;
    while (end < this.end && kindOf(this.input[end] as number) === byteKind.digit) end += 1;
    if (end === start + 1) this.syntaxErrorHere('Write the position of a column after the @, such as @3.');
    const reference = this.names?.at(Number(this.text(start + 1, end, 12)));
    if (reference === undefined) return unread;
    return this.refer(reference, start, end);
  }

  private refer(reference: NameReference, start: number, end: number): number {
    switch (reference.kind) {
      case 'refused':
        return this.fail(reference.code, reference.message, start, end);
      case 'column':
        this.program.emit(opcode.column, reference.source, start);
        this.pushValue(number);
        break;
      case 'result':
        this.program.emit(opcode.result, reference.formula, start);
        this.pushValue(reference.isTruthValue ? truth : number);
    }
    this.position = end;
    return complete;
  }

  private writtenText(start: number, end: number): string {
    return decodeUtf8(this.written, this.placeOf(start), this.placeOf(end), Infinity);
  }
}
