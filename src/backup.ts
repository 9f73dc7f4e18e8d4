/** Backups of a standalone server's data folder, for the commands. */
export { backUpFolder, checkBackup, restoreFolder, unfinishedName, type BackupReport } from './store/sqlite/index.ts';
