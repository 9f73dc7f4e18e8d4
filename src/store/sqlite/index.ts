export { backUpFolder, checkBackup, restoreFolder, unfinishedName, type BackupReport } from './backup.ts';
export { createSqliteStore, type SqliteStore, type SqliteStoreDependencies } from './sqlite-job-store.ts';
export { createSqliteSource, type SqliteSource } from './sqlite-job-source.ts';
export { createSqliteTokens, type SqliteTokens } from './sqlite-tokens.ts';
export { readFreeBytes } from './open-database.ts';
export type { Commit } from './writer-protocol.ts';
