/** The connection to the database: the options of the URI, those of Mathmill, the collections and their indexes. */
import {
  MongoClient,
  ReadConcern,
  type Collection,
  type Db,
  type IndexSpecification,
  type MongoClientOptions,
} from 'mongodb';
import { StoreError } from '../../engine/index.ts';
import type {
  ChunkDocument,
  InstanceDocument,
  JobDocument,
  KeyDocument,
  OutcomeDocument,
  TokenDocument,
} from './documents.ts';
import { hideCredentials } from './mongo-errors.ts';
import type { FileOptions } from './security.ts';

export interface Collections {
  readonly jobs: Collection<JobDocument>;
  readonly keys: Collection<KeyDocument>;
  readonly chunks: Collection<ChunkDocument>;
  readonly outcomes: Collection<OutcomeDocument>;
  readonly instances: Collection<InstanceDocument>;
  readonly tokens: Collection<TokenDocument>;
}

/**
 * Bounds of one try. The driver's own `timeoutMS` does nothing in this version, so each part has its own: how long a server
 * may take, how long an idle connection is kept, and how long to wait for a connection and for a primary.
 */
export const operationMaxMs = 4_000;
const socketTimeoutMs = 5_000;
const selectionTimeoutMs = 2_000;
/** As long as a call may take: one that gave up its place in the queue would only join it again at the end. */
const queueTimeoutMs = 6_000;
const connectTimeoutMs = 2_000;
/** How often each server is checked: a primary that vanished is noticed after two of these. */
const heartbeatMs = 2_000;
const connectionsMax = 50;

const defaultDatabase = 'mathmill';

/** For every read and every command: the server itself gives up when we do. */
export const bounded = { maxTimeMS: operationMaxMs } as const;

/**
 * For the few reads that must not be stale: the absence of a job frees its key, gives up its chunks, or rejects an upload;
 * and everything else is read by the format of the database. Costs the primary a round trip to a majority.
 */
export const exact = { ...bounded, readConcern: { level: 'linearizable' } } as const;

/**
 * `rangesIndex` and `countsIndex` hold all that walking, folding and locating need, so these read no text: a job of
 * 50,000,000 lines has gigabytes of text and 10 MB of counts. They are named in the queries, so that no planner has to
 * find them.
 *
 * Older versions use `counts-and-engine`, which does without the errors, or `counts`, without the engine too. Both are
 * neither made nor dropped here: instances of that time need theirs for as long as they run. CHANGELOG.md says when
 * they may go.
 */
export const rangesIndex = 'ranges';
/** Holds all fields that a filter of the list uses, so that no document is read for one that does not match. */
export const filterIndex = 'listing-by-filter';
/** The same, with the tenant before it. */
export const tenantIndex = 'listing-by-tenant';
export const countsIndex = 'counts-and-errors';

const indexes: Record<'jobs' | 'chunks' | 'outcomes' | 'tokens', readonly { key: IndexSpecification; name: string }[]> =
  {
    jobs: [
      { key: { workAt: 1 }, name: 'work' },
      { key: { state: 1, _id: -1 }, name: 'listing' },
      { key: { state: 1, _id: -1, createdAt: 1, name: 1 }, name: filterIndex },
      { key: { tenant: 1, state: 1, _id: -1, createdAt: 1, name: 1 }, name: tenantIndex },
    ],
    chunks: [{ key: { _id: 1, count: 1 }, name: rangesIndex }],
    outcomes: [
      {
        key: { _id: 1, count: 1, succeeded: 1, failed: 1, cancelled: 1, cost: 1, engine: 1, errors: 1 },
        name: countsIndex,
      },
    ],
    tokens: [
      { key: { tenant: 1, createdAt: -1 }, name: 'listing' },
      { key: { expiresAt: 1 }, name: 'expiry' },
      { key: { revokedAt: 1 }, name: 'revocation' },
    ],
  };

export interface MongoAddress {
  /** The servers, for messages: without credentials. */
  readonly hosts: string;
  readonly database: string;
  /** Names of the options that the URI sets, in lower case. */
  readonly options: ReadonlySet<string>;
}

/** Reads the parts of a URI that Mathmill needs; the driver reads the rest. */
export function parseAddress(uri: string): MongoAddress {
  const match = /^mongodb(?:\+srv)?:\/\/(?:.*@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/u.exec(uri);
  if (match === null) {
    throw new StoreError(
      'failed',
      'MONGODB_URI is not a MongoDB connection string, which looks like mongodb://user:password@host:27017/mathmill',
    );
  }
  const [, hosts = '', database = '', query = ''] = match;
  return {
    hosts,
    database: database === '' ? defaultDatabase : decodeName(database),
    options: new Set(Array.from(new URLSearchParams(query).keys(), (name) => name.toLowerCase())),
  };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new StoreError(
      'failed',
      'MONGODB_URI names a database with a "%" that encodes no character; write it as %25',
    );
  }
}

/** Options that the URI does not set. */
function clientOptions({ options }: MongoAddress): MongoClientOptions {
  const defaults: MongoClientOptions = {
    appName: 'mathmill',
    serverSelectionTimeoutMS: selectionTimeoutMs,
    connectTimeoutMS: connectTimeoutMs,
    socketTimeoutMS: socketTimeoutMs,
    waitQueueTimeoutMS: queueTimeoutMs,
    heartbeatFrequencyMS: heartbeatMs,
    maxPoolSize: connectionsMax,
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !options.has(name.toLowerCase())));
}

export function createClient(uri: string, address: MongoAddress, files: FileOptions = {}): MongoClient {
  try {
    return new MongoClient(uri, { ...clientOptions(address), ...files });
  } catch (error) {
    // Without its cause, which may quote the URI with its password.
    const reason = hideCredentials(error instanceof Error ? error.message : String(error));
    throw new StoreError('failed', `MONGODB_URI cannot be used: ${reason}`);
  }
}

/** Write concern, read concern and read preference are not configurable by the URI. */
export function openDatabase(client: MongoClient, { database }: MongoAddress): Db {
  return client.db(database, {
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: operationMaxMs },
    readConcern: new ReadConcern('majority'),
    readPreference: 'primary',
  });
}

/**
 * Everything is read from the primary, as a majority has it: data that a decision is based on cannot be rolled back. Chunks,
 * keys and tokens are read as the primary has them: a new primary may know for a moment less of the data of a majority than was
 * acknowledged, a chunk that is missed then would not be sent, and no decision is based on a chunk that is there. Of tokens
 * the same holds: one that is missed would be rejected, and one that was revoked accepted.
 */
export function openCollections(database: Db): Collections {
  const latest = { readConcern: { level: 'local' } } as const;
  return {
    jobs: database.collection<JobDocument>('jobs'),
    keys: database.collection<KeyDocument>('keys', latest),
    chunks: database.collection<ChunkDocument>('chunks', latest),
    outcomes: database.collection<OutcomeDocument>('outcomes'),
    instances: database.collection<InstanceDocument>('instances'),
    tokens: database.collection<TokenDocument>('tokens', latest),
  };
}

/** Makes the indexes that are missing; one command each, because the stand-in fails on two that are both there. */
export async function createIndexes(collections: Collections): Promise<void> {
  for (const name of ['jobs', 'chunks', 'outcomes', 'tokens'] as const) {
    for (const index of indexes[name]) await collections[name].createIndex(index.key, { name: index.name });
  }
}
