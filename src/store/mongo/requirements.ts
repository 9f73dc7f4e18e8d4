/**
 * Features that Mathmill needs of a MongoDB server, tried at each start: with a server that only resembles MongoDB, the start
 * then fails, and not the first job, and names the missing feature. docs/managed-mongodb.md lists the same for administrators.
 */
import type { Db } from 'mongodb';
import { StoreError } from '../../engine/index.ts';
import { bounded, countsIndex, exact, filterIndex, type Collections } from './database.ts';
import { isUnsupported, messageOf } from './mongo-errors.ts';

interface Requirement {
  /** Follows "does not support". */
  readonly name: string;
  readonly probe: (database: Db, collections: Collections) => Promise<unknown>;
}

/** No document has this key. */
const absentKey = '-';

/** Before anything is written. */
const ofReads: readonly Requirement[] = [
  {
    name: 'reads with the read concern "linearizable"',
    probe: (_database, { jobs }) => jobs.findOne({ _id: absentKey }, exact),
  },
  {
    name: 'reads with the read concern "majority"',
    probe: (_database, { jobs }) => jobs.findOne({ _id: absentKey }, bounded),
  },
];

/** With the indexes. None changes a document. */
const ofCommands: readonly Requirement[] = [
  {
    name: 'queries that name an index (hint)',
    probe: (_database, { jobs }) =>
      jobs.find({}, { ...bounded, hint: filterIndex, projection: { _id: 1 }, limit: 1 }).toArray(),
  },
  {
    name: 'aggregations with $match and $group that name an index (hint)',
    probe: (_database, { outcomes }) =>
      outcomes
        .aggregate(
          [
            { $match: { _id: { $gte: absentKey, $lt: absentKey } } },
            { $group: { _id: { engine: '$engine', errors: '$errors' }, lines: { $sum: '$count' } } },
          ],
          { ...bounded, hint: countsIndex },
        )
        .toArray(),
  },
  {
    name: 'writes with the write concern "majority" and journal (w: "majority", j: true)',
    probe: (_database, { jobs }) => jobs.deleteOne({ _id: absentKey }, bounded),
  },
  {
    name: 'conditional changes that return the document (findAndModify)',
    probe: (_database, { jobs }) =>
      jobs.findOneAndUpdate({ _id: absentKey }, { $set: { workAt: 0 } }, { ...bounded, returnDocument: 'after' }),
  },
];

/** `name`: of the server, in messages. Throws a `StoreError` that names the missing feature. */
export async function checkReads(database: Db, collections: Collections, name: string): Promise<void> {
  await checkReplicaSet(database, name);
  for (const requirement of ofReads) await check(requirement, database, collections, name);
}

/** Once the indexes are there. Throws a `StoreError` that names the missing feature. */
export async function checkCommands(database: Db, collections: Collections, name: string): Promise<void> {
  for (const requirement of ofCommands) await check(requirement, database, collections, name);
}

/** A router of a sharded cluster has replica sets behind it. A set that is not initiated yet may be so in a moment. */
async function checkReplicaSet(database: Db, name: string): Promise<void> {
  const { setName, msg, isreplicaset: isUninitiated } = await database.command({ hello: 1 });
  if (typeof setName === 'string' || msg === 'isdbgrid') return;
  if (isUninitiated === true) throw new StoreError('unavailable', `${name} waits for rs.initiate()`);
  throw new StoreError(
    'failed',
    `${name} is a standalone server, and Mathmill needs a replica set: start mongod with --replSet and run rs.initiate() once`,
  );
}

async function check({ name, probe }: Requirement, database: Db, collections: Collections, server: string) {
  try {
    await probe(database, collections);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    const reason = `${server} does not support ${name}, which Mathmill needs (${messageOf(error)})`;
    throw new StoreError('failed', reason, { cause: error });
  }
}
