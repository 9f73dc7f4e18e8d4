/** The columns of a file by name, as formulas look them up; knows afterwards which were looked up. */
import type { ColumnSet } from '../expression/index.ts';
import type { TableHead, UsedColumn } from '../jobs/index.ts';

/**
 * UTF-16 units that are kept of the name of a column of CSV which is only used by its position: it shows in messages. The
 * program goes with every request to an evaluator, and a header may have names of 256 KiB.
 */
const positionalNameLengthMax = 64;

export class HeadColumns implements ColumnSet {
  readonly #head: TableHead;
  readonly #indexes: ReadonlyMap<string, readonly number[]>;
  readonly #found = new Set<string>();

  constructor(head: TableHead) {
    this.#head = head;
    this.#indexes = Map.groupBy(head.columns.keys(), (index) => head.columns[index] ?? '');
  }

  get names(): readonly string[] {
    return this.#head.columns;
  }

  get count(): number | undefined {
    return this.#head.format === 'csv' ? this.#head.columns.length : undefined;
  }

  /** 0-based places of the columns of that name. */
  placesOf(name: string): readonly number[] {
    return this.#indexes.get(name) ?? [];
  }

  /** As `placesOf`, for formulas. */
  find(name: string): readonly number[] {
    this.#found.add(name);
    return this.placesOf(name);
  }

  /** `used`: what compiling found out. In NDJSON a column is known by its place among the used ones. */
  describeUsed(used: readonly UsedColumn[]): readonly UsedColumn[] {
    if (this.#head.format === 'ndjson') return used.map(({ name }, index) => ({ name, index }));
    return used.map(({ index }) => ({ name: this.#usedName(this.#head.columns[index] ?? ''), index }));
  }

  #usedName(name: string): string {
    if (this.#found.has(name) || name.length <= positionalNameLengthMax) return name;
    return `${name.slice(0, positionalNameLengthMax).toWellFormed()}…`;
  }
}
