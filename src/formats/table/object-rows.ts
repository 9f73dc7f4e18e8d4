/**
 * The rows of an NDJSON table: each object's own text with members added before its last brace. A row that is no JSON object
 * becomes one, with its text as `request`, so that every line can be read.
 */
import type { LineOutcome, Table } from '../../jobs/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { createJsonMembers, writeJsonResult } from './json-results.ts';
import { createValueFinder, findObjectEnd } from './object-members.ts';
import { cellOutcomes, errorsByName } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { SliceRows } from './slice-rows.ts';

/** The member that holds the errors of a row, by formula. */
const errorsMember = 'errors';
const comma = 0x2c;

export function createObjectRows(table: Table, hasBareNumbers: boolean): RowFormat {
  return new ObjectRows(table, hasBareNumbers);
}

/** A new member, written as JSON. */
interface Member {
  readonly name: string;
  readonly value: string;
}

class ObjectRows implements RowFormat {
  readonly head: Uint8Array;
  readonly hasRequests = true;
  readonly isOutcomeEncoding = false;

  readonly #table: Table;
  readonly #hasBareNumbers: boolean;
  readonly #putMembers: ReturnType<typeof createJsonMembers>;
  readonly #findValues: ReturnType<typeof createValueFinder>;

  constructor(table: Table, hasBareNumbers: boolean) {
    this.head = table.head;
    this.#table = table;
    this.#hasBareNumbers = hasBareNumbers;
    this.#putMembers = createJsonMembers(table.program.formulas, hasBareNumbers);
    const names = new Set([...table.program.formulas.map(({ name }) => name), errorsMember]);
    this.#findValues = createValueFinder(table.program.dialect, [...names]);
  }

  write(rows: SliceRows, sink: ByteSink): void {
    if (rows.isFailed) return this.#writeFailed(rows, sink);
    if (this.#table.replaces) return this.#replace(rows, this.#newMembers(rows), sink);
    const end = findObjectEnd(rows.text, rows.start, rows.contentEnd);
    sink.putSpan(rows.text, rows.start, end.position);
    if (!end.isEmpty) sink.putByte(comma);
    this.#putMembers(rows, sink);
    sink.putSpan(rows.text, end.position, rows.end);
  }

  #writeFailed(rows: SliceRows, sink: ByteSink): void {
    const members = this.#newMembers(rows);
    if (rows.isRejected && !isObject(rows.readText())) {
      const request = { name: 'request', value: JSON.stringify(rows.readText()) };
      sink.putText(`{${[request, ...members].map(writeMember).join(',')}}`);
      return sink.putSpan(rows.text, rows.contentEnd, rows.end);
    }
    this.#replace(rows, members, sink);
  }

  #newMembers(rows: SliceRows): readonly Member[] {
    const { formulas } = this.#table.program;
    const cells = cellOutcomes(rows.readOutcome(), formulas);
    const results = formulas.map(({ name }, index) => ({ name, value: this.#writeResult(cells[index]) }));
    if (this.#table.errorColumn === undefined || !rows.isFailed) return results;
    return [...results, { name: errorsMember, value: JSON.stringify(errorsByName(cells, formulas)) }];
  }

  #writeResult(cell: LineOutcome | undefined): string {
    return cell === undefined ? 'null' : writeJsonResult(cell, this.#hasBareNumbers);
  }

  /** Members that the object has already get their new value where they stand, if that was wanted; the others are added. */
  #replace(rows: SliceRows, members: readonly Member[], sink: ByteSink): void {
    const { text, start, contentEnd } = rows;
    const values = this.#table.replaces ? this.#ownValues(rows, members) : [];
    const end = findObjectEnd(text, start, contentEnd);
    let position = start;
    for (const { span, value } of values) {
      sink.putSpan(text, position, span.start);
      sink.putText(value);
      position = span.end;
    }
    sink.putSpan(text, position, end.position);
    const added = members.filter(({ name }) => !values.some((own) => own.name === name)).map(writeMember);
    if (added.length > 0) sink.putText(`${end.isEmpty ? '' : ','}${added.join(',')}`);
    sink.putSpan(text, end.position, rows.end);
  }

  /** In the order of the text. Errors of an earlier run are taken out of a row that has none now. */
  #ownValues({ text, start, contentEnd, isFailed }: SliceRows, members: readonly Member[]) {
    const stale = isFailed || this.#table.errorColumn === undefined ? [] : [{ name: errorsMember, value: 'null' }];
    const values = new Map([...stale, ...members].map(({ name, value }) => [name, value]));
    return this.#findValues(text, start, contentEnd).flatMap(({ name, ...span }) => {
      const value = values.get(name);
      return value === undefined ? [] : [{ name, span, value }];
    });
  }
}

function writeMember({ name, value }: Member): string {
  return `${JSON.stringify(name)}:${value}`;
}

function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
