/** One client of the database with all parts that use it, and the steps of a start. */
import type { Db, MongoClient } from 'mongodb';
import { StoreError } from '../../engine/index.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { findConnectionFault } from './connection-fault.ts';
import {
  bounded,
  createClient,
  createIndexes,
  openCollections,
  openDatabase,
  type Collections,
  type MongoAddress,
} from './database.ts';
import { prepareFormat } from './format.ts';
import { InstanceRecords } from './instance-records.ts';
import { JobLists } from './job-lists.ts';
import { JobRecords } from './job-records.ts';
import { Removal } from './removal.ts';
import { checkCommands, checkReads } from './requirements.ts';
import type { FileOptions } from './security.ts';
import { TokenRecords } from './token-records.ts';

export interface Connection {
  readonly client: MongoClient;
  /** File contents it was made with. */
  readonly files: FileOptions;
  /** Why the driver's last check of a server failed; undefined when it succeeded. */
  readonly lastFailure: () => Error | undefined;
  readonly database: Db;
  readonly collections: Collections;
  readonly records: JobRecords;
  readonly instances: InstanceRecords;
  readonly tokens: TokenRecords;
  readonly lists: JobLists;
  readonly writer: ChunkWriter;
  readonly reader: ChunkReader;
  readonly removal: Removal;
}

/** Connects to no server yet. Throws a `StoreError` when the driver does not take the connection string. */
export function createConnection(uri: string, address: MongoAddress, files: FileOptions): Connection {
  const client = createClient(uri, address, files);
  const database = openDatabase(client, address);
  const collections = openCollections(database);
  const records = new JobRecords(collections);
  const reader = new ChunkReader(collections);
  return {
    client,
    files,
    lastFailure: watchServers(client),
    database,
    collections,
    records,
    reader,
    instances: new InstanceRecords(collections),
    tokens: new TokenRecords(collections),
    lists: new JobLists(collections),
    writer: new ChunkWriter(collections, records),
    removal: new Removal(collections, records, reader),
  };
}

/** The driver checks each server every few seconds; a call that waits for a server fails without the reason. */
function watchServers(client: MongoClient): () => Error | undefined {
  let failure: Error | undefined;
  client.on('serverHeartbeatFailed', (event) => (failure = event.failure));
  client.on('serverHeartbeatSucceeded', () => (failure = undefined));
  return () => failure;
}

/** Connects, and prepares the database for this program. Safe to repeat. */
export async function prepareDatabase(
  { client, database, collections }: Connection,
  { database: name, hosts }: MongoAddress,
): Promise<void> {
  await client.connect();
  const server = `MongoDB at ${hosts}`;
  await checkReads(database, collections, server);
  await prepareFormat(database, `the database ${name} at ${hosts}`);
  await createIndexes(collections);
  await checkCommands(database, collections, server);
}

/** Connects, logs in, and reads something, which is more than a user without rights may. */
export async function tryConnection({ client, collections }: Connection): Promise<void> {
  await client.connect();
  await collections.jobs.findOne({}, { ...bounded, projection: { _id: 1 } });
}

/** The error of a start that failed. */
export function explainStart(error: unknown, hosts: string): unknown {
  if (!(error instanceof StoreError) || error.code !== 'unavailable') return error;
  const fault = findConnectionFault(error.cause);
  const message =
    fault === undefined
      ? `no MongoDB primary can be reached at ${hosts}; is it running, and is MONGODB_URI right? (${error.message})`
      : `cannot use MongoDB at ${hosts}: ${fault.message}`;
  return new StoreError('unavailable', message, { cause: error.cause });
}

/** The error of a health check that failed: an operator's fault has its own sentence. */
export function explainHealth(error: unknown, lastFailure: Error | undefined): unknown {
  const fault = findConnectionFault(lastFailure);
  if (!(error instanceof StoreError) || fault === undefined || fault.isUncertain === true) return error;
  return new StoreError(error.code, `the database does not respond: ${fault.message}`, { cause: error });
}
