/**
 * The tables of jobs, each read from the store once as long as it is in use: a table never changes, its job is read many
 * times a second, and a header can take a quarter of a megabyte.
 */
import type { Job, Table, TableProgram } from '../jobs/index.ts';
import { JobDeleted } from './errors.ts';
import type { JobStore } from './ports.ts';

/** Bytes of all tables that are kept, roughly. With ordinary headers these are thousands. */
const keptBytesMax = 16 * 1024 * 1024;
/** Memory of a table, in addition to its header. */
const bytesBesideHead = 4 * 1024;

export interface JobTables {
  /** Undefined: the operations of the job are lines, or the job is gone. */
  find(job: Pick<Job, 'id' | 'isTable'>): Promise<Table | undefined>;
  /** The program that evaluates the rows of a table job. Throws `JobDeleted` when there is no such job any more. */
  findProgram(jobId: string): Promise<TableProgram>;
  /** A table that the caller has at hand. */
  keep(jobId: string, table: Table): void;
}

export function createJobTables(store: Pick<JobStore, 'readTable'>): JobTables {
  /** Those used last are last. */
  const kept = new Map<string, Table>();
  let keptBytes = 0;

  function remove(jobId: string): void {
    const table = kept.get(jobId);
    if (table !== undefined && kept.delete(jobId)) keptBytes -= bytesOf(table);
  }

  function keep(jobId: string, table: Table): void {
    remove(jobId);
    kept.set(jobId, table);
    keptBytes += bytesOf(table);
    for (const oldest of kept.keys()) {
      if (keptBytes <= keptBytesMax) return;
      remove(oldest);
    }
  }

  async function find({ id, isTable }: Pick<Job, 'id' | 'isTable'>): Promise<Table | undefined> {
    if (!isTable) return undefined;
    const table = kept.get(id) ?? (await store.readTable(id));
    if (table !== undefined) keep(id, table);
    return table;
  }

  async function findProgram(id: string): Promise<TableProgram> {
    const table = await find({ id, isTable: true });
    if (table === undefined) throw new JobDeleted('the job was deleted');
    return table.program;
  }

  return { find, findProgram, keep };
}

/** The header is kept as bytes and as names, which have two bytes a character. */
function bytesOf({ head }: Table): number {
  return 3 * head.length + bytesBesideHead;
}
