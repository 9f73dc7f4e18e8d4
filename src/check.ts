/** Whether a store holds each of its jobs whole, for the command: the store of a cluster, or a standalone data folder. */
import { checkJobs, noopLogger, type CheckSource, type JobCheck, type Service } from './engine/index.ts';
import type { StorePlace } from './store-place.ts';
import { keepAliveTime } from './wiring.ts';
import { createMongoStore, mongoSecurityOf } from './store/mongo/index.ts';
import { createSqliteSource } from './store/sqlite/index.ts';

/** No user waits for this, so a call is tried for as long as a change of primary takes. */
const storeDeadlineMs = 60_000;

/** Throws an error whose message a person can act on when the store cannot be read. No server may run on a data folder. */
export async function* check(checked: StorePlace): AsyncGenerator<JobCheck, void, void> {
  const source = openSource(checked);
  await source.start();
  try {
    yield* checkJobs(source);
  } finally {
    await source.stop();
  }
}

function openSource(checked: StorePlace): Service & CheckSource {
  if (checked.kind === 'standalone') return createSqliteSource({ directory: checked.dataDirectory });
  const { settings } = checked;
  return createMongoStore(
    { time: keepAliveTime, logger: noopLogger },
    { uri: settings.mongodbUri, security: mongoSecurityOf(settings), deadlineMs: storeDeadlineMs },
  );
}
