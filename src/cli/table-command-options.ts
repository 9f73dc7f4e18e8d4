import type { TableResultFormat } from '../formats/index.ts';
import type { TableArguments } from './table-options.ts';

/** The options of `mathmill table`. */
export interface TableCommandOptions extends TableArguments {
  /** Undefined: as the table itself is written. */
  readonly format?: TableResultFormat;
  readonly outcome: 'all' | 'succeeded' | 'failed';
  readonly spreadsheetSafe?: boolean;
  readonly bareNumbers?: boolean;
  /** The file of the results; undefined: standard output. */
  readonly output?: string;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress: boolean;
  readonly threads: number;
  /** The URL, or true: the one that MATHMILL_URL says, or this machine. */
  readonly server?: string | true;
  readonly name?: string;
  readonly idempotencyKey?: string;
  readonly detach?: boolean;
}
