/** Starts a store on the folder it is given, says how that went, and holds the folder until its input ends. */
import { StoreError } from '../../../src/engine/index.ts';
import { createSqliteStore } from '../../../src/store/sqlite/index.ts';

const store = createSqliteStore({}, { directory: process.argv[2] ?? '' });
try {
  await store.start();
  process.stdout.write('started\n');
} catch (error) {
  process.stdout.write(
    error instanceof StoreError ? `${error.code} ${error.message}\n` : `unexpected ${String(error)}\n`,
  );
}
for await (const _ of process.stdin);
await store.stop();
