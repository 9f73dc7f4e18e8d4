/** From one machine to a cluster: the jobs of a standalone data folder go into the store of a cluster, which may be at work. */
import { copyJobs, noopLogger, type CopyEvent } from './engine/index.ts';
import { keepAliveTime, startAll, stopAll } from './wiring.ts';
import { createMongoStore, mongoSecurityOf, type MongoSettings } from './store/mongo/index.ts';
import { createSqliteSource } from './store/sqlite/index.ts';

export interface Migration extends MongoSettings {
  /** The data folder of a standalone Mathmill that does not run. */
  readonly dataDirectory: string;
  readonly isDryRun: boolean;
}

/** No client waits for a response here, so the timeout outlasts a whole election, even a slow one. */
const targetDeadlineMs = 60_000;

/**
 * Throws an error whose message a person can act on when it cannot begin or continue; the next run continues. As long as it
 * runs, no server can start on the data folder.
 */
export async function* migrate(migration: Migration): AsyncGenerator<CopyEvent, void, void> {
  const { dataDirectory, mongodbUri, isDryRun } = migration;
  const source = createSqliteSource({ directory: dataDirectory });
  const target = createMongoStore(
    { time: keepAliveTime, logger: noopLogger },
    { uri: mongodbUri, security: mongoSecurityOf(migration), deadlineMs: targetDeadlineMs },
  );
  await startAll([source, target]);
  try {
    yield* copyJobs({ source, target, time: keepAliveTime }, { isDryRun });
  } finally {
    await stopAll([target, source]);
  }
}
