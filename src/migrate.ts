/** From one machine to a cluster: the jobs of a standalone data folder go into the store of a cluster, which may be at work. */
import { copyJobs, silentLogger, systemTime, type CopyEvent, type Time } from './engine/index.ts';
import { startAll, stopAll } from './parts.ts';
import { createMongoStore } from './store/mongo/index.ts';
import { createSqliteSource } from './store/sqlite/index.ts';

export interface Migration {
  /** The data folder of a standalone Mathmill that does not run. */
  readonly dataDirectory: string;
  readonly mongodbUri: string;
  readonly isDryRun: boolean;
}

/** Nobody waits for an answer here, so a whole change of primary, a slow one too, is sat out. */
const targetDeadlineMs = 60_000;

/** As the system's, but a waiting timer keeps the process alive: between two tries of a call, nothing else does. */
const patientTime: Time = {
  now: () => systemTime.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Throws an error whose message a person can act on when it cannot begin or go on; the next run continues. As long as it
 * runs, no server can start on the data folder.
 */
export async function* migrate({
  dataDirectory,
  mongodbUri,
  isDryRun,
}: Migration): AsyncGenerator<CopyEvent, void, void> {
  const source = createSqliteSource({ directory: dataDirectory });
  const target = createMongoStore(
    { time: patientTime, logger: silentLogger },
    { uri: mongodbUri, deadlineMs: targetDeadlineMs },
  );
  await startAll([source, target]);
  try {
    yield* copyJobs({ source, target, time: patientTime }, { isDryRun });
  } finally {
    await stopAll([target, source]);
  }
}
