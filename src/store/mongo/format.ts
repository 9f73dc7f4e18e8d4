/**
 * The format of the database: one document that says how all others are written, so that no program misreads what a newer
 * one wrote. A new field or index that older programs may pass over needs no new format; what they would misread does.
 *
 * Any number of instances may start at the same time. Each brings the database to the next format and then says so by one
 * conditional write, which only the first of them makes; so a migration must be safe to repeat, and to run in several instances.
 */
import type { Collection, Db } from 'mongodb';
import { StoreError } from '../../engine/index.ts';
import { bounded, exact } from './database.ts';
import type { FormatDocument } from './documents.ts';
import { isDuplicateKey } from './mongo-errors.ts';

/** Brings the database to the next format. May run again, and in several instances at the same time. */
export type Migration = (database: Db) => Promise<void>;

/** The format of databases from before they contained such a document. */
const firstFormat = 1;
const formatId = 'format';

/** The first leads from the format 1 to the format 2, and so on. */
const migrations: readonly Migration[] = [];

type Formats = Collection<FormatDocument>;

/**
 * Brings the database to the format of this program and writes down which one it is. Throws a `StoreError` where a newer
 * program wrote it; then nothing has been changed. `name` is what messages call the database.
 */
export async function prepareFormat(database: Db, name: string, steps = migrations): Promise<void> {
  const formats: Formats = database.collection<FormatDocument>('metadata');
  const present = firstFormat + steps.length;
  for (;;) {
    const version = await readFormat(formats, name);
    if (version > present) throw tooNew(name, version, present);
    if (version === present) return;
    await steps[version - firstFormat]?.(database);
    await formats.updateOne({ _id: formatId, version }, { $set: { version: version + 1 } }, bounded);
  }
}

/** A database that does not say its format is a new one, or from before there was one to say. */
async function readFormat(formats: Formats, name: string): Promise<number> {
  const document = await formats.findOne({ _id: formatId }, exact);
  if (document === null) {
    await insertFirst(formats);
    return readFormat(formats, name);
  }
  const version: unknown = document.version;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version >= firstFormat) return version;
  throw new StoreError(
    'corrupt',
    `${name} does not say which format it has (collection metadata, document "${formatId}"); ` +
      'start the version of Mathmill that wrote it, or restore it from a backup',
  );
}

async function insertFirst(formats: Formats): Promise<void> {
  try {
    await formats.insertOne({ _id: formatId, version: firstFormat });
  } catch (error) {
    // Another instance that started at the same time.
    if (!isDuplicateKey(error)) throw error;
  }
}

function tooNew(name: string, version: number, present: number): StoreError {
  return new StoreError(
    'failed',
    `${name} was written by a newer Mathmill (format ${version}, this one knows ${present}); ` +
      'start that version, or name another database in MONGODB_URI',
  );
}
