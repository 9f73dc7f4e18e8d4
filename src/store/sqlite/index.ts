export { createSqliteStore, type SqliteStoreDependencies } from './sqlite-job-store.ts';
export { readFreeBytes } from './open-database.ts';
export type { Commit } from './writer-protocol.ts';
