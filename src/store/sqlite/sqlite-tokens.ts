/**
 * The tokens of a data folder for a command that runs next to a server, or alone. Each change is a short transaction of its own.
 * The command and the writer of a server wait for each other; the thread of the caller is blocked meanwhile.
 */
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TokenRecord, TokenStore } from '../../access/index.ts';
import { StoreError, type Service } from '../../engine/index.ts';
import { createPrivateFile, databaseFile, prepareFolder } from './data-folder.ts';
import { openSecondWriter, openWriter, tryLockFolder } from './open-database.ts';
import { toStoreError } from './sqlite-errors.ts';
import { TokenReader } from './token-reader.ts';
import { TokenWriter } from './token-writer.ts';

export type SqliteTokens = TokenStore & Service;

interface Opened {
  readonly database: DatabaseSync;
  readonly reader: TokenReader;
  readonly writer: TokenWriter;
}

/** `start` creates what is missing. It throws a `StoreError` where a server of another version runs on the folder. */
export function createSqliteTokens(options: { readonly directory: string }): SqliteTokens {
  return new FolderTokens(resolve(options.directory));
}

class FolderTokens implements SqliteTokens {
  readonly #directory: string;
  readonly #file: string;
  #opened: Opened | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#file = databaseFile(directory);
  }

  async start(): Promise<void> {
    if (this.#opened !== undefined) return;
    try {
      this.#opened = prepareCalls(await openShared(this.#directory, this.#file));
    } catch (error) {
      throw toStoreError(error, this.#file);
    }
  }

  async stop(): Promise<void> {
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  async insertToken(token: TokenRecord, forgetBefore: number): Promise<void> {
    this.#write((writer) => writer.insert(token, forgetBefore));
  }

  async readToken(id: string) {
    return this.#use(({ reader }) => reader.read(id));
  }

  async listTokens(tenant: string | undefined, limit: number) {
    return this.#use(({ reader }) => reader.list(tenant, limit));
  }

  async revokeToken(id: string, revokedAt: number): Promise<boolean> {
    return this.#write((writer) => writer.revoke(id, revokedAt));
  }

  async noteTokenUse(id: string, usedAt: number): Promise<void> {
    this.#write((writer) => writer.noteUse(id, usedAt));
  }

  #write<Result>(change: (writer: TokenWriter) => Result): Result {
    return this.#use(({ database, writer }) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = change(writer);
        database.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk may have ended the transaction already.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #use<Result>(use: (opened: Opened) => Result): Result {
    if (this.#opened === undefined) throw new StoreError('closed', `the store in ${this.#directory} is stopped`);
    try {
      return use(this.#opened);
    } catch (error) {
      throw toStoreError(error, this.#file);
    }
  }
}

function prepareCalls(database: DatabaseSync): Opened {
  try {
    return { database, reader: new TokenReader(database), writer: new TokenWriter(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Creating or migrating the database needs the lock of the folder. The lock is released immediately afterwards, so that a
 * server can start while the command runs.
 */
async function openShared(directory: string, file: string): Promise<DatabaseSync> {
  await prepareFolder(directory);
  const lock = await tryLockFolder(directory);
  try {
    await createPrivateFile(file);
    return lock === undefined ? openSecondWriter(file) : openWriter(file);
  } finally {
    lock?.close();
  }
}
