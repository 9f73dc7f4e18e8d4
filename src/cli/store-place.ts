/** Which store a command opens without a server: that of a cluster, or the data folder of a standalone server. */
import { readMigrationConfig } from '../config.ts';
import type { StorePlace } from '../store-place.ts';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, describeError, type ExitCode } from './exit-codes.ts';
import { nameOptions, toSettings } from './option-names.ts';

export interface StorePlaceOptions {
  readonly dataDir?: string;
  readonly mongodbUri?: string;
}

/** Runs `use` with the store that the options, or else the settings, name. What it throws names the options that were given. */
export async function withStorePlace(
  { environment }: CommandContext,
  options: StorePlaceOptions,
  use: (place: StorePlace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const given = { DATA_DIR: options.dataDir, MONGODB_URI: options.mongodbUri };
  const reading = readMigrationConfig({ ...environment, ...toSettings(given) });
  if (reading.kind === 'invalid') throw new CommandFailure(nameOptions(reading.problems.join('\n'), given));
  const { config } = reading;
  const isCluster = options.dataDir === undefined && (options.mongodbUri ?? environment['MONGODB_URI'] ?? '') !== '';
  try {
    return await use(
      isCluster ? { kind: 'cluster', settings: config } : { kind: 'standalone', dataDirectory: config.dataDirectory },
    );
  } catch (error) {
    throw new CommandFailure(nameOptions(describeError(error), given), { cause: error });
  }
}
