/** Folders for stores under test, and stores in them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore, type SqliteStore, type SqliteStoreDependencies } from '../../../src/store/sqlite/index.ts';
import type { OpenJobStore } from '../../conformance/job-store.ts';

export async function makeFolder(): Promise<{ readonly directory: string; readonly remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'mathmill-store-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Lends a folder that is removed afterwards. */
export async function withFolder<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const { directory, remove } = await makeFolder();
  try {
    return await use(directory);
  } finally {
    await remove();
  }
}

/** Lends a started store; stops it afterwards. */
export async function withStore<Result>(
  directory: string,
  use: (store: SqliteStore) => Promise<Result>,
  dependencies: SqliteStoreDependencies = {},
): Promise<Result> {
  const store = createSqliteStore(dependencies, { directory });
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

interface OpenSqliteStore extends OpenJobStore {
  readonly store: SqliteStore;
  readonly reopen: () => Promise<SqliteStore>;
}

export async function openSqliteStore(): Promise<OpenSqliteStore> {
  const { directory, remove } = await makeFolder();
  let store = createSqliteStore({}, { directory });
  await store.start();
  return {
    store,
    async reopen() {
      await store.stop();
      store = createSqliteStore({}, { directory });
      await store.start();
      return store;
    },
    async close() {
      await store.stop();
      await remove();
    },
  };
}
