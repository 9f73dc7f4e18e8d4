/**
 * Databases for stores under test: on the MongoDB stand-in of the local stack, or on the servers that
 * MATHMILL_TEST_MONGODB_URI names (a real replica set), where each gets a name of its own and is dropped afterwards.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { MongoClient, type Db } from 'mongodb';
import { startMongoStandIn, type MongoStandIn } from '../../../deploy/local-stack/mongo-stand-in.ts';
import { noopLogger, systemTime, type InstanceRegistry, type JobStore } from '../../../src/engine/index.ts';
import type { TokenStore } from '../../../src/access/index.ts';
import { createMongoStore, type MongoStoreOptions } from '../../../src/store/mongo/index.ts';
import type { OpenJobStore } from '../../conformance/job-store.ts';

export const realUri = process.env['MATHMILL_TEST_MONGODB_URI'];

/** Names a database in a connection string. */
export function withDatabase(uri: string, name: string): string {
  return uri.replace(/^([^/]+\/\/[^/?]+)(?:\/[^?]*)?/u, `$1/${name}`);
}

export function createStore(
  uri: string,
  options: Omit<MongoStoreOptions, 'uri'> = {},
): JobStore & InstanceRegistry & TokenStore {
  return createMongoStore({ time: systemTime, logger: noopLogger }, { uri, ...options });
}

export async function withDb<Result>(uri: string, use: (db: Db) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(uri);
  try {
    return await use(client.db());
  } finally {
    await client.close();
  }
}

export interface MongoServer {
  /** The URI of a database that nobody else uses; dropped when the tests of the file are over. */
  newUri(): string;
  /** For a proxy: one server, of which the driver learns no other address. */
  newDirectUri(): string;
  /** Undefined on real servers: these are not the tests' to kill. */
  readonly standIn: MongoStandIn | undefined;
}

/** Starts the server before the tests of the file that calls it, and stops it after them. */
export function useMongoServer(): MongoServer {
  const uris: string[] = [];
  let directory: string | undefined;
  let standIn: MongoStandIn | undefined;

  before(async () => {
    if (realUri !== undefined) return;
    directory = await mkdtemp(join(tmpdir(), 'mathmill-mongo-'));
    standIn = await startMongoStandIn({ directory });
  });

  after(async () => {
    if (standIn === undefined) for (const uri of uris) await withDb(uri, (db) => db.dropDatabase());
    await standIn?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  function newUri(base: string | undefined): string {
    if (base === undefined) throw new Error('the server is not started yet');
    const uri = withDatabase(base, `mathmill-test-${randomUUID().slice(0, 13)}`);
    uris.push(uri);
    return uri;
  }

  return {
    newUri: () => newUri(realUri ?? standIn?.uri),
    newDirectUri: () => newUri(standIn?.directUri),
    get standIn() {
      return standIn;
    },
  };
}

interface OpenMongoStore extends OpenJobStore {
  readonly uri: string;
  readonly store: JobStore & TokenStore;
  readonly reopen: () => Promise<JobStore & TokenStore>;
}

/** A started store on a database of its own. */
export async function openMongoStore(server: MongoServer): Promise<OpenMongoStore> {
  const uri = server.newUri();
  let store = createStore(uri);
  await store.start();
  return {
    uri,
    store,
    async reopen() {
      await store.stop();
      store = createStore(uri);
      await store.start();
      return store;
    },
    close: () => store.stop(),
  };
}
