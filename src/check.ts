/** Whether a store holds each of its jobs whole, for the command: the store of a cluster, or a standalone data folder. */
import { checkJobs, noopLogger, type CheckSource, type JobCheck, type Service } from './engine/index.ts';
import { keepAliveTime } from './wiring.ts';
import { createMongoStore, mongoSecurityOf, type MongoSettings } from './store/mongo/index.ts';
import { createSqliteSource } from './store/sqlite/index.ts';

export type CheckedStore =
  | { readonly kind: 'cluster'; readonly settings: MongoSettings }
  /** No server may run on the folder. */
  | { readonly kind: 'standalone'; readonly dataDirectory: string };

/** No user waits for this, so a call is tried for as long as a change of primary takes. */
const storeDeadlineMs = 60_000;

/** Throws an error whose message a person can act on when the store cannot be read. */
export async function* check(checked: CheckedStore): AsyncGenerator<JobCheck, void, void> {
  const source = openSource(checked);
  await source.start();
  try {
    yield* checkJobs(source);
  } finally {
    await source.stop();
  }
}

function openSource(checked: CheckedStore): Service & CheckSource {
  if (checked.kind === 'standalone') return createSqliteSource({ directory: checked.dataDirectory });
  const { settings } = checked;
  return createMongoStore(
    { time: keepAliveTime, logger: noopLogger },
    { uri: settings.mongodbUri, security: mongoSecurityOf(settings), deadlineMs: storeDeadlineMs },
  );
}
