/**
 * The jobs of a data folder for somebody who only reads them: takes the folder's lock, so that no server can start on it
 * meanwhile, and opens the file read-only, so that nothing of it is changed, not even the leases that a start lets expire.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreError, type JobStore, type Service } from '../../engine/index.ts';
import { databaseFile } from './data-folder.ts';
import { lockFolder, openReader } from './open-database.ts';
import { requireFormat } from './schema.ts';
import { toStoreError } from './sqlite-errors.ts';
import { StoreReader } from './store-reader.ts';

export type SqliteSource = Service &
  Pick<JobStore, 'listJobs' | 'listJobsAfter' | 'readJob' | 'readTable' | 'readSlices'>;

/** `start` throws a `StoreError` where a server runs on the folder, or where it holds no jobs. */
export function createSqliteSource(options: { readonly directory: string }): SqliteSource {
  const directory = resolve(options.directory);
  const file = databaseFile(directory);
  let opened: { readonly lock: DatabaseSync; readonly reader: StoreReader } | undefined;

  function read<Result>(ask: (reader: StoreReader) => Result): Result {
    if (opened === undefined) throw new StoreError('closed', `the store in ${directory} is stopped`);
    try {
      return ask(opened.reader);
    } catch (error) {
      throw toStoreError(error, file);
    }
  }

  return {
    async start() {
      if (opened !== undefined) return;
      // Taking the lock makes its file, and a folder without jobs is to stay as it is.
      if (!existsSync(file)) throw new StoreError('failed', `no Mathmill data in the directory ${directory}`);
      const lock = await lockFolder(directory);
      try {
        const database = openReader(file);
        try {
          requireFormat(database, file);
          opened = { lock, reader: new StoreReader(database) };
        } catch (error) {
          database.close();
          throw error;
        }
      } catch (error) {
        lock.close();
        throw toStoreError(error, file);
      }
    },
    async stop() {
      opened?.reader.close();
      opened?.lock.close();
      opened = undefined;
    },
    listJobs: async (offset, limit) => read((reader) => reader.listJobs(offset, limit)),
    listJobsAfter: async (jobId, limit) => read((reader) => reader.listJobsAfter(jobId, limit)),
    readJob: async (jobId) => read((reader) => reader.readJob(jobId)),
    readTable: async (jobId) => read((reader) => reader.readTable(jobId)),
    readSlices: async (jobId, fromLine, toLine, limit) =>
      read((reader) => reader.readSlices(jobId, fromLine, toLine, limit)),
  };
}
